// Why a node did what it did with one packet, from its tables and from what was learnt on the way.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "controller/journey/decisions/tables.h"
#include "controller/journey/story.h"

namespace hoplab::journey {

class Decider {
 public:
  explicit Decider(const Story& story);

  // `in` or `out` may be kNone; `end` says how a hop without `out` (or whose frame never arrived)
  // ended. Adds to hop.decisions in the order the node took them.
  void explain_hop(uint32_t node, uint32_t in, uint32_t out, v1::Hop& hop);
  const Tables& tables(uint32_t node);

 private:
  void explain_nat(uint32_t node, const Seen& arrived, const Packet& after, v1::Hop& hop);
  // decide_filter.cc: a gateway that forwards IPv6, or does not, as it knows no connection.
  void explain_untranslated(uint32_t node, const Seen& arrived, const Seen& leaving, v1::Hop& hop);
  void explain_stranger(uint32_t node, const Seen& leaf, v1::Hop& hop);
  void explain_route(uint32_t node, const Packet& packet, const v1::Route* route,
                     const std::string& out, v1::Hop& hop);
  void explain_redistribution(const v1::Route& route, const IpAddress& destination, v1::Hop& hop);
  void explain_ospf_link(uint32_t node, const std::string& interface, bool v6, v1::Hop& hop);
  void explain_arp(uint32_t node, uint32_t out, const IpAddress& next_hop, v1::Hop& hop);
  void explain_unanswered(uint32_t leaf, v1::Hop& hop);
  void explain_switch(uint32_t node, uint32_t in, uint32_t out, v1::Hop& hop);
  void explain_end(uint32_t node, uint32_t leaf, v1::Hop& hop);
  void explain_link(uint32_t out, v1::Hop& hop);
  void explain_loss(uint32_t node, const Seen& leaf, v1::Hop& hop);
  void explain_firewall(uint32_t node, const Drop& drop, const Seen& leaf, v1::Hop& hop);

  const Story& story_;
  const Lab& lab_;
  std::vector<std::unique_ptr<Tables>> tables_;  // made when first asked for
  std::unordered_set<const v1::NatMapping*> mappings_met_;
  std::unordered_set<uint64_t> macs_learnt_;  // node and MAC
};

// Where a route leads for an address: the next hop's address, or the destination itself.
IpAddress next_hop_of(const v1::Route& route, const std::string& out_interface,
                      const IpAddress& destination);

}  // namespace hoplab::journey
