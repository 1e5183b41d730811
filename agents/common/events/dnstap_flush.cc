#include "agents/common/events/dnstap_flush.h"

#include <vector>

namespace hoplab::agent {
namespace {

constexpr std::chrono::milliseconds kTimeout{200};

}  // namespace

bool flush_name_server(DnstapReceiver& receiver, net::Ipv4 server,
                       const probe::DnsQuestion& question, unsigned questions) {
  std::vector<probe::DnsBurst> bursts;  // all kept, so that no port is taken twice
  return receiver.flush(
      [&]() -> std::optional<uint16_t> {
        auto burst = probe::DnsBurst::send(server, question, questions);
        if (!burst) return std::nullopt;
        return bursts.emplace_back(std::move(*burst)).from_port();
      },
      kTimeout);
}

}  // namespace hoplab::agent
