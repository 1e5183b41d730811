// The lab of a bundle with numbers for names: nodes, interfaces, wires, and who owns which address.
// Built once, read by everything else; references into the bundle, which must outlive it.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "controller/journey/correlate/drops.h"
#include "controller/journey/correlate/flat_map.h"
#include "controller/journey/correlate/frames.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

struct Interface {
  uint32_t node = kNone;
  std::string name;
  uint64_t mac = 0;
  uint32_t peer = kNone;  // interface at the other end of the wire
  uint64_t ring_drops = 0;
  uint64_t qdisc_drops = 0;
};

struct Node {
  std::string name;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string system;
  uint32_t asn = 0;
  const v1::NodeSpec* spec = nullptr;
  const v1::NodeCapture* capture = nullptr;
  std::string silent;  // why there is no capture, or not to the end; empty when there is one
  int64_t silent_since = INT64_MAX;  // its last frame, where it broke off; INT64_MIN: never any
  std::vector<uint32_t> interfaces;
  std::vector<uint32_t> captured;            // interface numbers, by Frame.interface
  std::unordered_set<IpAddress> addresses;   // its own
  std::unordered_set<IpAddress> broadcasts;  // of its subnets
};

class Lab {
 public:
  explicit Lab(const v1::Bundle& bundle);

  const v1::Bundle& bundle;
  std::vector<Node> nodes;
  std::vector<Interface> interfaces;
  uint32_t client = kNone;
  Drops drops;  // what the kernels told they threw away

  [[nodiscard]] uint32_t node(std::string_view name) const;
  [[nodiscard]] uint32_t interface(uint32_t node, std::string_view name) const;
  [[nodiscard]] uint32_t owner(const IpAddress& address) const;
  [[nodiscard]] uint32_t owner_of_mac(uint64_t mac) const;
  [[nodiscard]] bool owns(uint32_t node, const IpAddress& address) const;
  [[nodiscard]] const std::string& name(uint32_t node) const;  // "?" for kNone
  // The node's name where it is known, else the address.
  [[nodiscard]] std::string name_of_address(const IpAddress& address) const;
  // "a eth0 – b eth1", the same from both ends.
  [[nodiscard]] std::string link_name(uint32_t interface) const;
  [[nodiscard]] bool is_switch(uint32_t node) const;
  // Not captured at all, or not to the end.
  [[nodiscard]] bool silent(uint32_t node) const { return !nodes[node].silent.empty(); }
  [[nodiscard]] bool silent_at(uint32_t node, int64_t time) const {
    return time >= nodes[node].silent_since;
  }
  // Whether the capture of a neighbour broke off before: a node that goes away takes its wires with
  // it, so that what its neighbours sent there is not seen leaving.
  [[nodiscard]] bool neighbour_broke_off(uint32_t node, int64_t time) const;
  // Whether a packet that is first seen here leaving its node came from elsewhere, unseen; and
  // whether one that is not seen to go on from here may have gone on all the same.
  [[nodiscard]] bool came_unseen(const Seen& s) const;
  [[nodiscard]] bool left_unseen(const Seen& s) const;
  // Whether a frame may have passed there at that time without being seen.
  [[nodiscard]] bool may_miss(uint32_t interface, int64_t time) const {
    return interfaces[interface].ring_drops > 0 || silent_at(interfaces[interface].node, time);
  }
  [[nodiscard]] bool misses_frames() const { return misses_frames_; }
  void own(uint32_t node, const IpAddress& address);

 private:
  uint32_t add_interface(uint32_t node, const std::string& name);
  void read_spec(const v1::NodeSpec& spec);
  void read_capture(const v1::NodeCapture& capture);
  void read_state(uint32_t node, const v1::NodeState& state);
  void know_mac(uint32_t interface, const std::string& text);
  void own_cidr(uint32_t node, const std::string& text);
  // Whether the node forwards what comes from, or is for, that address.
  [[nodiscard]] bool passes_on(uint32_t node, const IpAddress& address) const;
  [[nodiscard]] bool misses_around(uint32_t node, int64_t time) const;

  bool misses_frames_ = false;
  std::unordered_map<std::string, uint32_t> by_name_;
  std::unordered_map<std::string, uint32_t> by_interface_;  // "node\ninterface"
  std::unordered_map<IpAddress, uint32_t> by_address_;
  std::unordered_map<uint64_t, uint32_t> by_mac_;
};

uint64_t mac_number(std::string_view text);  // 0 when it is none
bool is_loopback(const IpAddress& address);  // 127.0.0.0/8, ::1
// "192.0.2.1", "192.0.2.1/24" or the same of IPv6; unspecified when it is none.
IpAddress address_of(std::string_view text);

}  // namespace hoplab::journey
