// The way out of an interface, led past this process: every frame the node sends goes into a pair
// of helper interfaces instead, whose far end is read here, and nothing else hears it.
//
//   eth0 egress ──filter──► hop-N ═══ hop-Nr ──tap──► us
//                                        └──► port of hop-Ns, a bridge that is down: discarded, so
//                                        the
//                                             node's own stack never sees it
//
// Needs CAP_NET_ADMIN and nothing else: no device node, and of the kernel only what labs need
// anyway (veth, bridge) and clsact, u32 and mirred.
#pragma once

#include <memory>
#include <string>

#include "agents/common/netlink/netlink.h"

namespace hoplab::link_emulation {

class Detour {
 public:
  // Prepares the helpers; frames are led into them from open_to_traffic on.
  static Result<std::unique_ptr<Detour>> prepare(const netlink::Netlink& netlink,
                                                 const netlink::LinkInfo& link);
  Detour(const Detour&) = delete;
  Detour& operator=(const Detour&) = delete;
  ~Detour();  // closes and removes, and logs what fails

  Status open_to_traffic();
  // Frames go straight out again. What is in the helpers already can still be read.
  Status close_to_traffic();
  Status remove();

  [[nodiscard]] int index() const { return index_; }          // of the interface
  [[nodiscard]] int reader_index() const { return reader_; }  // of the end to read
  [[nodiscard]] const net::Mac& entry_mac() const {
    return entry_mac_;
  }  // sender of helper's own noise

 private:
  Detour(const netlink::Netlink& netlink, int index);
  const netlink::Netlink& netlink_;
  int index_;
  std::string entry_name_;
  std::string reader_name_;
  std::string sink_name_;
  int entry_ = 0;
  int reader_ = 0;
  net::Mac entry_mac_;
  bool made_hook_ = false;
  bool open_ = false;
};

}  // namespace hoplab::link_emulation
