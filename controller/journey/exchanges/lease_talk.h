// One DHCP transaction of the client's as its messages, and what is told of it. Internal to this
// folder: leases.cc gathers, lease_facts.cc tells of the exchange, lease_decisions.cc of the nodes.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "controller/journey/decode/dhcp.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {

struct LeaseMessage {
  uint32_t trip = kNone;
  DhcpMessage is;
  uint32_t sender = kNone;  // node: the client, a relay, a server
  uint32_t relay = kNone;   // router it was passed on by or is passed on to; none: the client's LAN
  bool to_all = false;      // sent to 255.255.255.255
};

struct LeaseOffer {
  uint32_t server = kNone;  // node
  uint32_t server_address = 0;
  uint32_t address = 0;
  uint32_t trip = kNone;
};

struct LeaseTalk {
  enum class Kind { kDora, kReboot, kRenewal, kRebinding, kRelease, kBootp, kInform };
  Kind kind = Kind::kDora;
  uint64_t mac = 0;
  std::vector<LeaseMessage> messages;  // in time order, those that relays passed on among them
  std::vector<LeaseOffer> offers;      // the first of each server
  DhcpMessage ack;
  bool acknowledged = false;
  bool refused = false;
  uint32_t server = kNone;  // node: whose lease it is, or who was asked for it
  uint32_t chosen = 0;      // server identifier of the REQUEST
  uint32_t suggested = 0;   // what the client asked for of its own
};

// The kind, offers and outcome of its messages.
void read_talk(const Story& story, LeaseTalk& talk);
// The exchange: title, facts, status; its trips are those of the messages.
Draft tell_talk(const Story& story, const LeaseTalk& talk);
// What servers, relays and those who were not chosen decided, at their hops.
void decide_talk(Story& story, const LeaseTalk& talk);

// Why a server gave that address to that MAC; a fact without a key when its intent is not known.
v1::Fact why_this_address(const Story& story, const LeaseTalk& talk, uint32_t server,
                          uint32_t address);
// Servers whose offer was not taken and who heard so.
std::vector<LeaseOffer> withdrawn(const Story& story, const LeaseTalk& talk);
// That the client's own daemon gave an address up, or part of its use: told with the last exchange
// of that protocol that asked in vain to go on with it.
struct LeaseEnd {
  std::string_view reason;  // dhclient's
  std::string_view key;     // of the fact: {client}, {address}
};
void tell_ends(const Story& story, std::string_view protocol, std::initializer_list<LeaseEnd> ends,
               std::vector<Draft>& drafts);

// Where the trip arrived at that node: a frame, or kNone.
uint32_t arrival_at(const Story& story, uint32_t trip, uint32_t node);

}  // namespace hoplab::journey
