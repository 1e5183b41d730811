// DNS over TCP: each message is preceded by its length (RFC 1035, section 4.2.2).
#include <utility>

#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/name_questions.h"

namespace hoplab::journey {

std::vector<FlowMessage> messages_of(const Story& story, const std::vector<uint32_t>& trips,
                                     uint32_t sender) {
  std::vector<FlowMessage> messages;
  const Stream stream = gather_stream(story, trips, sender);
  const Bytes bytes = stream.bytes;
  size_t part = 0;
  for (size_t at = 0; at + 2 <= bytes.size();) {
    const size_t end = at + 2 + (static_cast<size_t>(bytes[at]) << 8U | bytes[at + 1]);
    if (end > bytes.size()) break;
    auto m = decode_dns(bytes.subspan(at + 2, end - at - 2));
    if (!m) break;
    FlowMessage& message = messages.emplace_back();
    while (part < stream.parts.size() && stream.parts[part].at + stream.parts[part].size <= at) {
      ++part;
    }
    for (size_t p = part; p < stream.parts.size() && stream.parts[p].at < end; ++p) {
      if (stream.parts[p].size > 0) message.trips.push_back(stream.parts[p].trip);
    }
    m->opt.options.clear();
    message.message = std::move(*m);
    at = end;
  }
  std::erase_if(messages, [](const FlowMessage& m) { return m.trips.empty(); });
  return messages;
}

}  // namespace hoplab::journey
