#include "tests/integration/lessons/said.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/packet.h"
#include "tests/integration/lab/hoplab.h"

namespace hoplab::test {
namespace {

std::string line_of(const v1::Fact& fact) {
  std::string line = fact.key();
  const std::map<std::string, std::string> ordered(fact.args().begin(), fact.args().end());
  for (const auto& [name, value] : ordered) line += " " + name + "=" + value;
  return line;
}

// Frames of a pcap file (pcap-savefile(5)): a header of 24 bytes, then each behind one of 16.
std::vector<std::string> frames_of(const std::string& pcap) {
  std::vector<std::string> lines;
  for (size_t at = 24; at + 16 <= pcap.size();) {
    uint32_t length = 0;
    std::memcpy(&length, pcap.data() + at + 8, sizeof length);
    at += 16;
    if (at + length > pcap.size()) break;
    const auto* bytes = reinterpret_cast<const uint8_t*>(pcap.data() + at);
    lines.push_back(journey::info_line(journey::decode_packet({bytes, length})));
    at += length;
  }
  return lines;
}

}  // namespace

std::vector<std::string> said_at(const v1::Journey& journey, const std::string& node) {
  std::vector<std::string> lines;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      if (hop.node() != node) continue;
      for (const auto& e : hop.decisions()) {
        for (const auto* fact : {&e.check(), &e.result(), &e.consequence()}) {
          if (!fact->key().empty()) lines.push_back(line_of(*fact));
        }
      }
    }
  }
  return lines;
}

std::vector<std::string> on_the_wire(const std::string& lab, const std::string& interface,
                                     const std::string& seconds) {
  Process capture({"capture", interface, "--lab", lab});
  hoplab({"exec", interface.substr(0, interface.find(':')), "--lab", lab, "--", "sleep", seconds});
  capture.signal(SIGINT);
  return frames_of(capture.wait(std::chrono::seconds(10)).out);
}

uint64_t background(const v1::Journey& journey, const std::string& kind) {
  uint64_t frames = 0;
  for (const auto& one : journey.completeness().background_kinds()) {
    if (one.reason().key() == kind) frames += one.frames();
  }
  return frames;
}

}  // namespace hoplab::test
