// A node's forwarding table at any time of the request (FIB entries as netlink tells of them).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/common/net/address.h"
#include "controller/journey/correlate/lab.h"
#include "controller/journey/decisions/timeline.h"

namespace hoplab::journey {

// Where a packet was seen to go: what an entry must agree with.
struct Leaving {
  std::string interface;       // empty: not seen to leave
  uint32_t next_node = kNone;  // that its frame was addressed to
};

class Routes {
 public:
  Routes(const Lab& lab, const v1::NodeCapture& capture);

  // The longest match as of `time`; where that disagrees with what was seen, one that a change told
  // of shortly after, or only the later snapshot, explains. nullptr: none at all.
  [[nodiscard]] const v1::Route* find(const IpAddress& destination, int64_t time,
                                      const Leaving& seen) const;
  // The same at any time: the earliest that agrees.
  [[nodiscard]] const v1::Route* find(const IpAddress& destination, const Leaving& seen) const;
  // Whether at some time of the request no usable route led there.
  [[nodiscard]] bool lacking(const IpAddress& destination) const;
  // A route that, as the longest match at some time, forbids an address: blackhole, unreachable,
  // prohibit. nullptr: none did.
  [[nodiscard]] const v1::Route* forbidding(const IpAddress& destination) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    net::IpPrefix prefix;
    const v1::Route* route = nullptr;
    Life life;
  };
  void add(const v1::Route& route, int64_t from, bool certain);
  void apply(const v1::RouteEvent& event, int64_t time);
  void interface_down(const std::string& interface, int64_t time);
  void reconcile(const v1::NodeState& after);
  const v1::Route& with_daemon_detail(const v1::Route& route, const v1::NodeCapture& capture);
  [[nodiscard]] const v1::Route* longest(const IpAddress& destination, int64_t time, bool unsure,
                                         const std::string& link) const;
  [[nodiscard]] bool agrees(const v1::Route& route, const Leaving& seen) const;

  const Lab& lab_;
  const v1::NodeCapture& capture_;
  std::vector<Entry> entries_;                     // longest first, then metric
  std::vector<int64_t> changes_;                   // when any entry came or went, in order
  std::vector<std::unique_ptr<v1::Route>> owned_;  // notices with what the daemons know added
};

}  // namespace hoplab::journey
