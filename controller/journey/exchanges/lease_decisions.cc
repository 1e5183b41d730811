// What DHCP servers and relays decided: which address and why, and which offer was taken back.
#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/lease_talk.h"

namespace hoplab::journey {
namespace {

struct Range {
  uint32_t first = 0;
  uint32_t last = 0;
  [[nodiscard]] bool contains(uint32_t a) const { return first <= a && a <= last; }
};

// Of text that the topology or Kea wrote; 0 when it is none.
uint32_t address_number(const std::string& text) {
  return net::parse_ipv4(text).value_or(net::Ipv4{}).value;
}

bool in_subnet(const std::string& cidr, uint32_t address) {
  const auto subnet = net::parse_prefix(cidr);
  return subnet && subnet->contains(net::Ipv4{address});
}

const v1::DhcpSubnet* subnet_of(const Story& story, uint32_t server, uint32_t address) {
  if (server == kNone || story.lab.nodes[server].spec == nullptr) return nullptr;
  const auto& subnets = story.lab.nodes[server].spec->dhcp_server().subnets();
  const auto it =
      std::ranges::find_if(subnets, [&](const auto& s) { return in_subnet(s.subnet(), address); });
  return it == subnets.end() ? nullptr : &*it;
}

// Leases the server held before the recording began; its own clients' among them.
const v1::NodeState* before(const Story& story, uint32_t node) {
  const auto* capture = story.lab.nodes[node].capture;
  return capture != nullptr && capture->has_before() ? &capture->before() : nullptr;
}

bool holds_after(const Story& story, uint32_t node, uint32_t address, const std::string& mac) {
  const auto* capture = story.lab.nodes[node].capture;
  return capture == nullptr || !capture->has_after() ||
         std::ranges::any_of(capture->after().leases(), [&](const v1::Lease& l) {
           return address_number(l.address()) == address && l.mac() == mac;
         });
}

// What lies in the pool below the address and could not be given.
struct PassedOver {
  std::string leased, excluded, reserved;
};

void add_below(const Range& pool, uint32_t address, const Range& part, std::string& text) {
  const Range below{std::max(part.first, pool.first), std::min(part.last, address - 1)};
  if (below.first > below.last) return;
  append_item(text, below.first == below.last
                        ? address_text(below.first)
                        : address_text(below.first) + "–" + address_text(below.last));
}

PassedOver passed_over(const v1::DhcpSubnet& subnet, const v1::NodeState& state, uint32_t address) {
  const Range pool{address_number(subnet.first()), address_number(subnet.last())};
  PassedOver over;
  for (const v1::Lease& l : state.leases()) {
    const uint32_t a = address_number(l.address());
    add_below(pool, address, {a, a}, over.leased);
  }
  for (const v1::DhcpRange& r : subnet.excluded()) {
    add_below(pool, address, {address_number(r.first()), address_number(r.last())}, over.excluded);
  }
  for (const v1::DhcpReservation& r : subnet.reservations()) {
    const uint32_t a = address_number(r.address());
    add_below(pool, address, {a, a}, over.reserved);
  }
  for (std::string* text : {&over.leased, &over.excluded, &over.reserved}) {
    if (text->empty()) *text = "none";
  }
  return over;
}

}  // namespace

uint32_t arrival_at(const Story& story, uint32_t trip, uint32_t node) {
  uint32_t found = kNone;
  story.forest.walk(story.forest.trips[trip].root, [&](uint32_t i) {
    const Seen& s = story.forest.frames[i];
    if (found == kNone && !s.out && story.forest.node_of(s) == node) found = i;
  });
  return found;
}

v1::Fact why_this_address(const Story& story, const LeaseTalk& talk, uint32_t server,
                          uint32_t address) {
  const v1::DhcpSubnet* subnet = subnet_of(story, server, address);
  if (subnet == nullptr) return {};
  const std::string mac = mac_text(talk.mac);
  const std::string text = address_text(address);
  const std::string name = story.lab.name(server);
  for (const v1::DhcpReservation& r : subnet->reservations()) {
    if (r.mac() == mac && address_number(r.address()) == address) {
      return fact("fact.dhcp_reserved", {{"server", name}, {"address", text}, {"mac", mac}});
    }
  }
  const v1::NodeState* state = before(story, server);
  if (state == nullptr) return {};
  for (const v1::Lease& l : state->leases()) {
    if (l.mac() == mac && address_number(l.address()) == address) {
      return fact("fact.dhcp_remembered", {{"server", name}, {"address", text}, {"mac", mac}});
    }
  }
  if (talk.suggested == address) {
    return fact("fact.dhcp_suggestion_free", {{"server", name}, {"address", text}});
  }
  if (!Range{address_number(subnet->first()), address_number(subnet->last())}.contains(address)) {
    return {};
  }
  const PassedOver over = passed_over(*subnet, *state, address);
  return fact("fact.dhcp_sequential", {{"server", name},
                                       {"address", text},
                                       {"first", subnet->first()},
                                       {"last", subnet->last()},
                                       {"leased", over.leased},
                                       {"excluded", over.excluded},
                                       {"reserved", over.reserved}});
}

std::vector<LeaseOffer> withdrawn(const Story& story, const LeaseTalk& talk) {
  std::vector<LeaseOffer> result;
  for (const LeaseOffer& offer : talk.offers) {
    if (offer.server_address == talk.chosen || offer.server == kNone) continue;
    const bool heard = std::ranges::any_of(talk.messages, [&](const LeaseMessage& m) {
      return m.is.type == DhcpMessage::kRequest && arrival_at(story, m.trip, offer.server) != kNone;
    });
    if (heard && !holds_after(story, offer.server, offer.address, mac_text(talk.mac))) {
      result.push_back(offer);
    }
  }
  return result;
}

void decide_talk(Story& story, const LeaseTalk& talk) {
  const std::string mac = mac_text(talk.mac);
  for (const LeaseMessage& message : talk.messages) {
    const DhcpMessage& m = message.is;
    const uint32_t root = story.forest.trips[message.trip].root;
    const std::string address = address_text(m.your_address);
    if (message.relay != kNone && !m.reply) {
      const IpAddress& to = story.forest.packet(message.trip).tuple.destination.address;
      story.decide(root,
                   explain(fact("dhcp.relay_hears", {{"mac", mac}}),
                           fact("dhcp.relay_marks", {{"giaddr", address_text(m.relay)}}),
                           fact("dhcp.relay_sends", {{"server", story.lab.name_of_address(to)}})));
      continue;
    }
    if (m.relay != 0 && message.relay == kNone && m.reply) {
      story.decide(root, explain({}, fact("dhcp.relay_answers", {{"mac", mac}})));
      continue;
    }
    if (m.type == DhcpMessage::kOffer) {
      v1::Fact why = why_this_address(story, talk, message.sender, m.your_address);
      story.decide(root, explain(std::move(why),
                                 fact("dhcp.offered", {{"address", address}, {"mac", mac}})));
    } else if (m.type == DhcpMessage::kAck && m.lease_seconds != 0) {
      story.decide(root, explain({}, fact("dhcp.lease_given",
                                          {{"address", address},
                                           {"mac", mac},
                                           {"seconds", std::to_string(m.lease_seconds)}})));
    } else if (m.type == DhcpMessage::kBootp && m.reply) {
      story.decide(root,
                   explain({}, fact("dhcp.bootp_given", {{"address", address}, {"mac", mac}})));
    } else if (m.type == DhcpMessage::kNak) {
      story.decide(root, explain({}, fact("dhcp.refused", {{"mac", mac}})));
    }
  }
  for (const LeaseOffer& offer : withdrawn(story, talk)) {
    for (const LeaseMessage& message : talk.messages) {
      if (message.is.type != DhcpMessage::kRequest) continue;
      const uint32_t frame = arrival_at(story, message.trip, offer.server);
      if (frame == kNone) continue;
      story.decide(frame,
                   explain(fact("dhcp.not_chosen",
                                {{"server", story.lab.name_of_address(net::Ipv4{talk.chosen})},
                                 {"identifier", address_text(talk.chosen)}}),
                           fact("dhcp.withdrawn", {{"address", address_text(offer.address)}})));
      break;
    }
  }
}

}  // namespace hoplab::journey
