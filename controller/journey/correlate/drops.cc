#include "controller/journey/correlate/drops.h"

#include <algorithm>
#include <array>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {
namespace {

// The tap's clock and the tracepoint's are set against each other once a journey.
constexpr int64_t kSlackNs = 2'000'000;
// Longest that a kernel keeps a packet it will drop: the fragment timer (ip(7) ipfrag_time).
constexpr int64_t kLongestWaitNs = 35'000'000'000;
constexpr size_t kBodyBytes = 16;

uint64_t key_of(uint32_t node, const Packet& p) {
  if (p.net == Net::kArp) {
    const Bytes body = p.bytes.subspan(std::min<size_t>(14, p.bytes.size()));
    return mix(node, hash_bytes(body.first(std::min<size_t>(28, body.size()))));
  }
  if (!p.is_ip()) return 0;
  const Bytes rest = p.l4 < p.bytes.size() ? p.bytes.subspan(p.l4) : Bytes{};
  uint64_t body = 0;
  if (p.is(kTcp)) {
    body = mix(static_cast<uint64_t>(p.sequence) << 32U | p.acknowledgement, p.flags);
  } else if (p.is_icmp()) {
    const uint64_t number = rest.size() >= 8 ? rest[6] << 8U | rest[7] : 0U;
    body = mix(static_cast<uint64_t>(p.icmp_type) << 8U | p.icmp_code, number);
  } else {
    // Of UDP the ports and the checksum are NAT's.
    const Bytes after = p.is(kUdp) ? rest.subspan(std::min<size_t>(8, rest.size())) : rest;
    body = hash_bytes(after.first(std::min(kBodyBytes, after.size())));
  }
  const uint64_t header = static_cast<uint64_t>(p.ip_id) << 32U |
                          static_cast<uint64_t>(p.fragment_offset) << 8U | p.tuple.protocol;
  return mix(mix(node, header), body);
}

// 2: the same; 1: one end the same, the other NAT's; 0: another packet.
int likeness(const Tuple& a, const Tuple& b) {
  if (a.protocol != b.protocol) return 0;
  if (a.source == b.source && a.destination == b.destination) return 2;
  return a.source == b.source || a.destination == b.destination ? 1 : 0;
}

constexpr std::array<std::string_view, 3> kRefused = {"NO_SOCKET", "IP_NOPROTO", "TCP_RESET"};

// Where a packet is not meant for the node, holds nothing new, or was read before its socket went.
constexpr auto kHarmless = std::to_array<std::string_view>({"OTHERHOST",
                                                            "TCP_OLD_DATA",
                                                            "TCP_OFOMERGE",
                                                            "TCP_OLD_ACK",
                                                            "TCP_TOO_OLD_ACK",
                                                            "TCP_OLD_SEQUENCE",
                                                            "TCP_INVALID_SEQUENCE",
                                                            "TCP_RFC7323_PAWS",
                                                            "TCP_RFC7323_PAWS_ACK",
                                                            "TCP_RFC7323_TW_PAWS",
                                                            "TCP_CLOSE",
                                                            "TCP_FASTOPEN",
                                                            "TCP_ABORT_ON_DATA",
                                                            "TCP_ZEROWINDOW",
                                                            "TCP_OVERWINDOW",
                                                            "TCP_ACK_UNSENT_DATA",
                                                            "TCP_INVALID_ACK_SEQUENCE",
                                                            "TCP_INVALID_END_SEQUENCE",
                                                            "TCP_FLAGS",
                                                            "TCP_INVALID_SYN",
                                                            "SOCKET_CLOSE",
                                                            "QUEUE_PURGE",
                                                            "UNIX_DISCONNECT",
                                                            "UNIX_SKIP_OOB",
                                                            "PACKET_SOCK_ERROR",
                                                            "UNHANDLED_PROTO",
                                                            "IPV6DISABLED",
                                                            "UNICAST_IN_L2_MULTICAST",
                                                            "LOCAL_MAC",
                                                            "DUP_FRAG",
                                                            "NOT_SPECIFIED"});

}  // namespace

Loss loss_of(std::string_view reason) {
  if (std::ranges::find(kRefused, reason) != kRefused.end()) return Loss::kRefused;
  if (std::ranges::find(kHarmless, reason) != kHarmless.end()) return Loss::kNone;
  return Loss::kLost;
}

void Drops::add(uint32_t node, const v1::DaemonEvent& event) {
  const v1::DropEvent& told = event.drop();
  std::string head(12, '\0');
  head.push_back(static_cast<char>(told.ether_type() >> 8U));
  head.push_back(static_cast<char>(told.ether_type()));
  head += told.packet();
  heads_.push_back(std::make_unique<std::string>(std::move(head)));
  auto drop = std::make_unique<Drop>();
  drop->node = node;
  drop->time = event.time_ns();
  drop->event = &told;
  drop->packet = decode_packet(as_bytes(*heads_.back()), true);
  const uint64_t key = key_of(node, drop->packet);
  if (key != 0) by_packet_.emplace(key, drop.get());
  all_.push_back(std::move(drop));
}

const Drop* Drops::find(uint32_t node, const Packet& packet, int64_t time) const {
  if (by_packet_.empty()) return nullptr;
  const uint64_t key = key_of(node, packet);
  if (key == 0) return nullptr;
  const Drop* best = nullptr;
  int best_likeness = 0;
  const auto [from, to] = by_packet_.equal_range(key);
  for (auto it = from; it != to; ++it) {
    const Drop& drop = *it->second;
    if (drop.time < time - kSlackNs || drop.time > time + kLongestWaitNs) continue;
    const int like = packet.net == Net::kArp ? 2 : likeness(packet.tuple, drop.packet.tuple);
    if (like == 0 || like < best_likeness) continue;
    if (like == best_likeness && best != nullptr && drop.time >= best->time) continue;
    best = &drop;
    best_likeness = like;
  }
  return best;
}

}  // namespace hoplab::journey
