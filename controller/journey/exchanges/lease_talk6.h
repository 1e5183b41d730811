// One DHCPv6 conversation of the client's as its messages, and what is told of it. Internal to this
// folder: leases6.cc gathers, lease_facts6.cc tells of the exchange, lease_decisions6.cc of the
// nodes.
#pragma once

#include <string>
#include <vector>

#include "controller/journey/decode/dhcpv6.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {

struct LeaseMessage6 {
  uint32_t trip = kNone;
  Dhcpv6Message is;
  uint32_t server = kNone;  // node: whose message it is, or who is named in it
  // Between relay and server, or between two relays.
  [[nodiscard]] bool wrapped() const { return !is.relays.empty(); }
};

struct LeaseTalk6 {
  std::vector<LeaseMessage6> messages;  // in time order, those of relays among them
  [[nodiscard]] uint8_t kind() const { return messages.front().is.type; }
};

// "RELAY-FORW (SOLICIT)"
std::string title_of(const Dhcpv6Message& message);
// The first address that may be used; nullptr: none.
const Dhcpv6Message::Address* lent_address(const Dhcpv6Message& message);

// The exchange: title, facts, status; its trips are those of the messages.
Draft tell_talk6(Story& story, const LeaseTalk6& talk);
// What servers, relays and those who were not chosen decided, at their hops.
void decide_talk6(Story& story, const LeaseTalk6& talk);

// Why a server gives that address to that client; no facts when its intent is not known.
std::vector<v1::Fact> why_this_address6(const Story& story, const LeaseTalk6& talk, uint32_t server,
                                        const IpAddress& address);
// The advertisement that the REQUEST takes; nullptr: there is no REQUEST, or it was not seen.
const LeaseMessage6* chosen_advertisement(const LeaseTalk6& talk);
// Servers that advertised, and read in the REQUEST that another was chosen.
struct NotChosen {
  uint32_t server = kNone;  // node
  uint32_t frame = kNone;   // the REQUEST's arrival there
  std::string address;      // it had advertised
};
std::vector<NotChosen> not_chosen(const Story& story, const LeaseTalk6& talk);

}  // namespace hoplab::journey
