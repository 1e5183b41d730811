// What the nodes' kernels said they threw away, and why: found again by the packet a frame carried.
// Built by Lab from the DropEvents of a bundle; few, so that a lab without drops pays nothing.
// A drop is told of the packet as it was then: its TTL may be one lower than on arrival, and NAT
// may have rewritten one of its ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/journey/correlate/flat_map.h"
#include "controller/journey/decode/packet.h"
#include "proto/agent.pb.h"

namespace hoplab::journey {

struct Drop {
  uint32_t node = kNone;
  int64_t time = 0;
  const v1::DropEvent* event = nullptr;  // reason, device, kernel function
  Packet packet;                         // snapped, without its Ethernet addresses
};

// What a drop means for the packet, by its reason.
enum class Loss : uint8_t {
  kLost,     // it should have gone on, or up, and did not
  kRefused,  // it arrived, and nobody here wanted it: the kernel answers with an error or a reset
  kNone,     // housekeeping: not for this node, or nothing new in it (an old TCP segment)
};
Loss loss_of(std::string_view reason);

class Drops {
 public:
  void add(uint32_t node, const v1::DaemonEvent& event);
  [[nodiscard]] bool empty() const { return all_.empty(); }
  // In the order of the bundle: by node.
  [[nodiscard]] const std::vector<std::unique_ptr<Drop>>& all() const { return all_; }
  // The drop of this packet in that node, at `time` (of the frame's capture there) or later: a
  // packet that waits for ARP is dropped seconds after it came. nullptr: none was told.
  [[nodiscard]] const Drop* find(uint32_t node, const Packet& packet, int64_t time) const;

 private:
  std::vector<std::unique_ptr<Drop>> all_;
  std::vector<std::unique_ptr<std::string>> heads_;           // Ethernet header and packet
  std::unordered_multimap<uint64_t, const Drop*> by_packet_;  // node and what NAT leaves alone
};

}  // namespace hoplab::journey
