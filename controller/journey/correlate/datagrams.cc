// A datagram that its sender cut into fragments (RFC 791; RFC 8200, section 4.5) is several trips.
// Here they are told to belong together, and where all were seen the datagram is put together
// again, so that what it says can be read.
#include <algorithm>
#include <unordered_map>

#include "controller/journey/correlate/trips.h"

namespace hoplab::journey {
namespace {

// Linux waits so long for the rest (ipfrag_time).
constexpr int64_t kReassemblyNs = 30'000'000'000;

struct Datagram {
  int64_t since = 0;
  std::vector<uint32_t> trips;
};

uint64_t datagram_key(const Seen& s) {
  const Tuple& t = s.packet.tuple;
  const uint64_t ends = mix(digest(t.source.address), digest(t.destination.address));
  return mix(mix(ends, static_cast<uint64_t>(t.protocol) << 16U | s.packet.ip_id), s.interface);
}

void set_u16(std::vector<uint8_t>& bytes, size_t at, size_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8U);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

// The headers say that this is all of it: what IPv6 says of fragments stands in a header of its
// own, the last before what was cut.
void make_whole(std::vector<uint8_t>& bytes, const Packet& head, size_t length) {
  constexpr size_t kHeader = 40;
  const bool v6 = head.net == Net::kIpv6;
  set_u16(bytes, head.l3() + (v6 ? 4U : 2U), v6 ? length - kHeader : length);
  set_u16(bytes, v6 ? head.l4 - 6U : head.l3() + 6U, 0);
}

}  // namespace

// Fragments wait for the missing one where the datagram is put together, and are thrown away there:
// it is the missing one that was lost.
void Forest::wait_in_vain(const std::vector<uint32_t>& fragments) {
  uint32_t missing = kNone;
  for (const uint32_t t : fragments) {
    if (!is_lost(trips[t].outcome)) continue;
    if (missing == kNone || trips[t].crossings < trips[missing].crossings) missing = t;
  }
  if (missing == kNone) return;
  const bool on_link =
      trips[missing].outcome == End::kLostOnLink || trips[missing].outcome == End::kLostInEmulator;
  for (const uint32_t t : fragments) {
    TripTree& trip = trips[t];
    if (t == missing || (trip.outcome != End::kSwallowed && trip.outcome != End::kDelivered)) {
      continue;
    }
    if (trip.crossings < trips[missing].crossings + (on_link ? 0U : 1U)) continue;
    frames[trip.last].waited = true;
    trip.outcome = End::kUnassembled;
    trip.misses = missing;
  }
}

void Forest::reassemble() {
  const auto packet_of = [&](uint32_t t) -> const Packet& { return root(trips[t]).packet; };
  std::vector<Datagram> cut;
  std::unordered_map<uint64_t, size_t> latest;
  for (uint32_t t = 0; t < trips.size(); ++t) {
    const Seen& s = root(trips[t]);
    if (!s.packet.is_ip() || !s.packet.is_fragment() || s.packet.malformed != nullptr) {
      continue;
    }
    const uint64_t key = datagram_key(s);
    const auto [it, added] = latest.try_emplace(key, cut.size());
    if (!added) {
      const Datagram& known = cut[it->second];
      // The same part again, and no copy: the IP ID has come round to another datagram.
      const bool again = std::ranges::any_of(known.trips, [&](uint32_t x) {
        return packet_of(x).fragment_offset == s.packet.fragment_offset;
      });
      if (s.time - known.since > kReassemblyNs || (again && !trips[t].copy))
        it->second = cut.size();
    }
    if (it->second == cut.size()) cut.push_back({.since = s.time, .trips = {}});
    cut[it->second].trips.push_back(t);
  }
  for (Datagram& datagram : cut) {
    std::ranges::stable_sort(datagram.trips, {},
                             [&](uint32_t t) { return packet_of(t).fragment_offset; });
    wait_in_vain(datagram.trips);
    const uint32_t first = datagram.trips.front();
    if (packet_of(first).fragment_offset != 0) continue;
    const Packet& head = packet_of(first);
    std::vector<uint8_t> bytes(head.bytes.begin(), head.bytes.begin() + head.l4);
    bool whole = false;
    bool gap = false;
    for (const uint32_t t : datagram.trips) {
      if (t != first) trips[t].fragment_of = first;
      const Packet& p = packet_of(t);
      const size_t had = bytes.size() - head.l4;
      const size_t size = p.end - p.l4;
      gap = gap || p.fragment_offset > had;
      if (gap || p.fragment_offset + size <= had) continue;
      const auto part = p.bytes.first(p.end).subspan(p.l4 + (had - p.fragment_offset));
      bytes.insert(bytes.end(), part.begin(), part.end());
      whole = whole || !p.more_fragments;
    }
    const size_t length = bytes.size() - head.l3();
    if (!whole || gap || length > 0xffff) continue;
    make_whole(bytes, head, length);
    trips[first].datagram = static_cast<uint32_t>(datagrams.size());
    datagrams.push_back(decode_packet(bytes_.emplace_back(std::move(bytes))));
  }
}

}  // namespace hoplab::journey
