// DHCPv6 (RFC 8415): SOLICIT and ADVERTISE, REQUEST and REPLY are one exchange; what is renewed,
// given back, declined or confirmed is one of its own.
#include <algorithm>

#include "controller/journey/exchanges/lease_talk.h"
#include "controller/journey/exchanges/lease_talk6.h"

namespace hoplab::journey {
namespace {

using Type = Dhcpv6Message::Type;

// Whatever is wrapped into it, and whoever passes it on.
bool is_of_client(const Story& story, const Dhcpv6Message& m, const TripTree& trip) {
  if (story.lab.client == kNone) return false;
  if (trip.origin == story.lab.client) return true;
  if (m.client.mac != 0) return story.lab.owner_of_mac(m.client.mac) == story.lab.client;
  if (!m.relays.empty()) return story.lab.owner(m.relays.back().peer) == story.lab.client;
  return m.from_server() && trip.destination == story.lab.client;
}

// By its DUID; where that holds no MAC, it is who sent it, unless a relay passed it on.
uint32_t server_of(const Story& story, const Dhcpv6Message& m, const TripTree& trip) {
  const uint32_t named = m.server.mac == 0 ? kNone : story.lab.owner_of_mac(m.server.mac);
  if (named != kNone || !m.from_server() || trip.origin == kNone) return named;
  return story.lab.nodes[trip.origin].role == v1::ROUTER ? kNone : trip.origin;
}

bool has_advertisement(const LeaseTalk6& talk) {
  return std::ranges::any_of(talk.messages, [](const LeaseMessage6& m) {
    return m.is.type == Type::kAdvertise && !m.wrapped();
  });
}

// Whether the server says, at the end, that it has lent the address.
bool lends(const Story& story, uint32_t server, const IpAddress& address) {
  const auto* capture = story.lab.nodes[server].capture;
  return capture == nullptr || !capture->has_after() ||
         std::ranges::any_of(capture->after().leases(), [&](const v1::Lease& l) {
           return net::parse_ip(l.address()) == address;
         });
}

}  // namespace

std::string title_of(const Dhcpv6Message& m) {
  if (m.relays.empty()) return dhcpv6_name(m.type);
  const bool reply = m.relays.front().reply;
  return std::string(dhcpv6_name(reply ? Type::kRelayReply : Type::kRelayForward)) + " (" +
         dhcpv6_name(m.type) + ")";
}

const Dhcpv6Message::Address* lent_address(const Dhcpv6Message& message) {
  for (const auto& association : message.associations) {
    for (const auto& address : association.addresses) {
      if (address.valid_seconds != 0) return &address;
    }
  }
  return nullptr;
}

const LeaseMessage6* chosen_advertisement(const LeaseTalk6& talk) {
  const auto request = std::ranges::find_if(
      talk.messages, [](const LeaseMessage6& m) { return m.is.type == Type::kRequest; });
  if (request == talk.messages.end()) return nullptr;
  const auto found = std::ranges::find_if(talk.messages, [&](const LeaseMessage6& m) {
    return m.is.type == Type::kAdvertise && !m.wrapped() && m.is.server == request->is.server;
  });
  return found == talk.messages.end() ? nullptr : &*found;
}

std::vector<NotChosen> not_chosen(const Story& story, const LeaseTalk6& talk) {
  std::vector<NotChosen> result;
  for (const LeaseMessage6& offer : talk.messages) {
    const auto* address = offer.is.address();
    const bool known =
        std::ranges::any_of(result, [&](const NotChosen& n) { return n.server == offer.server; });
    if (offer.is.type != Type::kAdvertise || offer.server == kNone || known || address == nullptr) {
      continue;
    }
    for (const LeaseMessage6& m : talk.messages) {
      if (m.is.type != Type::kRequest || m.is.server == offer.is.server) continue;
      const uint32_t frame = arrival_at(story, m.trip, offer.server);
      if (frame == kNone || lends(story, offer.server, address->address)) continue;
      result.push_back({offer.server, frame, net::to_string(address->address)});
      break;
    }
  }
  return result;
}

void find_leases6(Story& story, const std::vector<uint32_t>& dhcpv6_trips) {
  std::vector<LeaseTalk6> talks;
  for (const uint32_t t : dhcpv6_trips) {
    TripTree& trip = story.forest.trips[t];
    auto message = decode_dhcpv6(story.forest.packet(t).payload_bytes());
    if (!message) continue;
    if (!is_of_client(story, *message, trip)) {
      trip.background = "background.dhcp";
      continue;
    }
    const auto known = std::find_if(talks.rbegin(), talks.rend(), [&](const LeaseTalk6& talk) {
      return std::ranges::any_of(talk.messages,
                                 [&](const LeaseMessage6& m) { return m.is.xid == message->xid; });
    });
    size_t number = static_cast<size_t>(std::distance(known, talks.rend())) - 1;
    // A REQUEST has a transaction id of its own, and goes on with what was advertised.
    const bool goes_on = message->type == Type::kRequest && !talks.empty() &&
                         talks.back().kind() == Type::kSolicit && has_advertisement(talks.back());
    if (known == talks.rend()) {
      if (!goes_on) talks.emplace_back();
      number = talks.size() - 1;
    }
    const uint32_t server = server_of(story, *message, trip);
    talks[number].messages.push_back({t, std::move(*message), server});
  }
  std::vector<Draft> drafts;
  for (const LeaseTalk6& talk : talks) {
    decide_talk6(story, talk);
    drafts.push_back(tell_talk6(story, talk));
  }
  tell_ends(story, "dhcpv6",
            {{"DEPREF6", "fact.dhcpv6_deprecated"}, {"EXPIRE6", "fact.dhcpv6_expired"}}, drafts);
  for (Draft& d : drafts) story.add(std::move(d));
}

}  // namespace hoplab::journey
