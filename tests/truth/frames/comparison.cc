#include "tests/truth/frames/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <tuple>

namespace hoplab::truth {
namespace {

// Two taps of one interface see a frame in the same softirq, so microseconds apart; a virtual
// machine's processor may be taken away between them. Frames that are alike byte for byte (ARP,
// OSPF hellos) are much further apart than this.
constexpr int64_t kSameFrameNs = 50'000'000;

struct Claimed {  // a frame in a hop
  Sighting seen;
  uint32_t trip = 0;
  uint32_t hop = 0;
};

std::string describe(const Sighting& s) {
  std::string what =
      fmt::format("{}:{} {} {} bytes, {} → {}", s.node, s.interface, s.out ? "out" : "in",
                  s.bytes.size(), mac_text(s.wire.source_mac), mac_text(s.wire.destination_mac));
  const auto arp_address = [](uint32_t a) {
    return fmt::format("{}.{}.{}.{}", a >> 24U, a >> 16U & 0xFFU, a >> 8U & 0xFFU, a & 0xFFU);
  };
  if (const auto& ip = s.wire.ip) {
    what += fmt::format(", protocol {}, {}:{} → {}:{}, {} bytes of payload", ip->protocol,
                        address_text(ip->source), ip->source_port, address_text(ip->destination),
                        ip->destination_port, ip->payload.size());
  }
  if (const auto& arp = s.wire.arp) {
    what += fmt::format(", ARP {} {} of {}", arp->operation == 1 ? "request" : "reply",
                        arp_address(arp->target), arp_address(arp->sender));
  }
  return what + fmt::format(", at {}.{:09}", s.time_ns / 1'000'000'000, s.time_ns % 1'000'000'000);
}

std::vector<Claimed> claimed_frames(const v1::Bundle& bundle, const v1::Journey& journey,
                                    Comparison& result) {
  std::map<std::string, const v1::NodeCapture*> captures;
  for (const auto& capture : bundle.captures()) captures[capture.node()] = &capture;
  std::vector<Claimed> claimed;
  std::set<std::pair<std::string, uint64_t>> used;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const bool in : {true, false}) {
        if (!(in ? hop.has_in_frame() : hop.has_out_frame())) continue;
        const v1::FrameRef& ref = in ? hop.in_frame() : hop.out_frame();
        const std::string place = ref.node() + ":" + ref.interface();
        const auto wrong = [&](uint64_t Counts::*count, const std::string& why) {
          ++(result.by_interface[place].*count);
          result.wrong.push_back(
              fmt::format("trip {} hop {} at {}: {}", trip.id(), hop.id(), place, why));
        };
        const auto capture = captures.find(ref.node());
        if (capture == captures.end() ||
            ref.index() >= static_cast<uint64_t>(capture->second->frames_size())) {
          wrong(&Counts::invented, "refers to a frame that the bundle does not have");
          continue;
        }
        if (!used.emplace(ref.node(), ref.index()).second) {
          wrong(&Counts::twice, "its frame is in another hop too");
          continue;
        }
        const v1::Frame& frame = capture->second->frames(static_cast<int>(ref.index()));
        const auto wire = read_wire(frame.data());
        claimed.push_back({{ref.node(), ref.interface(), ref.direction() == v1::Frame::OUT,
                            frame.time_ns(), frame.data(), wire.value_or(Wire{})},
                           trip.id(),
                           hop.id()});
      }
    }
  }
  return claimed;
}

using Likeness = std::tuple<std::string, std::string, bool, std::string>;
Likeness likeness(const Sighting& s) { return {s.node, s.interface, s.out, s.bytes}; }

}  // namespace

Comparison compare(const std::vector<Sighting>& dumped, const v1::Bundle& bundle,
                   const v1::Journey& journey) {
  Comparison result;
  const std::vector<Owner> owner = owners(dumped, Wires(bundle), bundle.started_ns());
  std::map<Likeness, std::vector<size_t>> alike;
  for (size_t i = 0; i < dumped.size(); ++i) alike[likeness(dumped[i])].push_back(i);

  std::vector<bool> matched(dumped.size(), false);
  for (const Claimed& claim : claimed_frames(bundle, journey, result)) {
    Counts& here = result.by_interface[claim.seen.node + ":" + claim.seen.interface];
    size_t best = dumped.size();
    int64_t nearest = kSameFrameNs;
    for (const size_t i : alike[likeness(claim.seen)]) {
      const int64_t apart = std::abs(dumped[i].time_ns - claim.seen.time_ns);
      if (matched[i] || apart > nearest) continue;
      best = i;
      nearest = apart;
    }
    const std::string where = fmt::format("trip {} hop {}: ", claim.trip, claim.hop);
    if (best == dumped.size()) {
      ++here.invented;
      result.wrong.push_back("invented, " + where + describe(claim.seen));
      continue;
    }
    matched[best] = true;
    ++here.matched;
    result.largest_difference_ns = std::max(result.largest_difference_ns, nearest);
    if (owner[best] == Owner::kLab && !dumped[best].wire.arp) {
      ++here.foreign;
      result.wrong.push_back("the lab's own, " + where + describe(claim.seen));
    }
  }
  for (size_t i = 0; i < dumped.size(); ++i) {
    const Sighting& s = dumped[i];
    if (s.time_ns < bundle.started_ns() || s.time_ns > bundle.ended_ns()) continue;
    Counts& here = result.by_interface[s.node + ":" + s.interface];
    ++here.dumped;
    ++(owner[i] == Owner::kRequest ? here.request
       : owner[i] == Owner::kLab   ? here.lab
                                   : here.either);
    if (owner[i] != Owner::kRequest || matched[i]) continue;
    ++here.missing;
    result.wrong.push_back("missing: " + describe(s));
  }
  for (const auto& [name, counts] : result.by_interface) {
    for (const auto count :
         {&Counts::dumped, &Counts::request, &Counts::lab, &Counts::either, &Counts::matched,
          &Counts::missing, &Counts::invented, &Counts::twice, &Counts::foreign}) {
      result.total.*count += counts.*count;
    }
  }
  return result;
}

void print(const Comparison& comparison, std::ostream& out) {
  constexpr const char* kRow = "  {:22} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8}\n";
  out << fmt::format(kRow, "interface", "tcpdump", "request", "lab", "either", "matched", "missing",
                     "invented", "twice", "foreign");
  const auto row = [&](const std::string& name, const Counts& c) {
    out << fmt::format(kRow, name, c.dumped, c.request, c.lab, c.either, c.matched, c.missing,
                       c.invented, c.twice, c.foreign);
  };
  for (const auto& [name, counts] : comparison.by_interface) row(name, counts);
  row("all", comparison.total);
  out << fmt::format("  the two clocks differ by at most {} µs\n",
                     comparison.largest_difference_ns / 1000);
  for (const auto& line : comparison.wrong) out << "  " << line << "\n";
}

}  // namespace hoplab::truth
