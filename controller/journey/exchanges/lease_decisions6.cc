// What DHCPv6 servers and relays decided: which address and why, how a message is wrapped, and who
// was not chosen.
#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/lease_talk.h"
#include "controller/journey/exchanges/lease_talk6.h"

namespace hoplab::journey {
namespace {

using Type = Dhcpv6Message::Type;

struct Range6 {
  IpAddress first;
  IpAddress last;
  [[nodiscard]] bool contains(const IpAddress& a) const { return first <= a && a <= last; }
};

// Of text that the topology or Kea wrote.
Range6 range_of(const std::string& first, const std::string& last) {
  return {net::parse_ip(first).value_or(IpAddress{}), net::parse_ip(last).value_or(IpAddress{})};
}

const v1::Dhcp6Subnet* subnet_of(const Story& story, uint32_t server, const IpAddress& address) {
  if (server == kNone || story.lab.nodes[server].spec == nullptr) return nullptr;
  const auto& subnets = story.lab.nodes[server].spec->dhcp_server().subnets6();
  const auto found = std::ranges::find_if(subnets, [&](const v1::Dhcp6Subnet& s) {
    const auto prefix = net::parse_ip_prefix(s.subnet());
    return prefix && prefix->contains(address);
  });
  return found == subnets.end() ? nullptr : &*found;
}

// What of the part lies in the pool and before the address, which is in the pool.
void add_before(const Range6& pool, const IpAddress& address, const Range6& part,
                std::string& text) {
  const IpAddress first = std::max(part.first, pool.first);
  if (first >= address || part.last < pool.first) return;
  const IpAddress before{address.high, address.low - 1};  // a pool is of one /64
  const IpAddress last = std::min(part.last, before);
  append_item(text, first == last ? net::to_string(first)
                                  : net::to_string(first) + "–" + net::to_string(last));
}

v1::Fact sequential(const v1::Dhcp6Subnet& subnet, const v1::NodeState& state,
                    const IpAddress& address, const std::string& server) {
  const Range6 pool = range_of(subnet.first(), subnet.last());
  std::string leased, excluded, reserved;
  for (const v1::Lease& l : state.leases()) {
    add_before(pool, address, range_of(l.address(), l.address()), leased);
  }
  for (const v1::DhcpRange& r : subnet.excluded()) {
    add_before(pool, address, range_of(r.first(), r.last()), excluded);
  }
  for (const v1::DhcpReservation& r : subnet.reservations()) {
    add_before(pool, address, range_of(r.address(), r.address()), reserved);
  }
  for (std::string* text : {&leased, &excluded, &reserved}) {
    if (text->empty()) *text = "none";
  }
  return fact("fact.dhcp_sequential", {{"server", server},
                                       {"address", net::to_string(address)},
                                       {"first", subnet.first()},
                                       {"last", subnet.last()},
                                       {"leased", leased},
                                       {"excluded", excluded},
                                       {"reserved", reserved}});
}

// What of an address a client suggests in its SOLICIT (a hint).
bool suggests(const LeaseTalk6& talk, const IpAddress& address) {
  const auto& first = talk.messages.front().is;
  return first.type == Type::kSolicit && first.address() != nullptr &&
         first.address()->address == address;
}

class Decider6 {
 public:
  Decider6(Story& story, const LeaseTalk6& talk) : story_(story), talk_(talk) {}

  void run() {
    for (const LeaseMessage6& m : talk_.messages) {
      if (m.is.from_server()) {
        unwrap(m);
      } else {
        wrap(m);
        for (const uint32_t server : servers()) answer(m, server);
      }
    }
    for (const NotChosen& other : not_chosen(story_, talk_)) {
      const auto* chosen = chosen_advertisement(talk_);
      if (chosen == nullptr) continue;
      story_.decide(other.frame, explain({}, fact("dhcpv6.not_chosen",
                                                  {{"server", story_.lab.name(chosen->server)},
                                                   {"duid", duid_text(chosen->is.server)}})));
    }
  }

 private:
  [[nodiscard]] std::vector<uint32_t> servers() const {
    std::vector<uint32_t> all;
    for (const LeaseMessage6& m : talk_.messages) {
      const bool known = std::ranges::find(all, m.server) != all.end();
      if (m.is.from_server() && m.server != kNone && !known) all.push_back(m.server);
    }
    return all;
  }

  // A relay towards the server, or towards the next relay.
  void wrap(const LeaseMessage6& m) {
    if (!m.wrapped()) return;
    const Dhcpv6Message::Relay& relay = m.is.relays.front();
    const IpAddress& to = story_.forest.packet(m.trip).tuple.destination.address;
    story_.decide(story_.forest.trips[m.trip].root,
                  explain(fact("dhcpv6.relay_hears", {{"message", dhcpv6_name(m.is.type)},
                                                      {"duid", duid_text(m.is.client)}}),
                          fact("dhcpv6.relay_wraps", {{"link", net::to_string(relay.link)},
                                                      {"peer", net::to_string(relay.peer)},
                                                      {"hops", std::to_string(relay.hops)}}),
                          fact("dhcp.relay_sends", {{"server", story_.lab.name_of_address(to)}})));
  }

  void unwrap(const LeaseMessage6& m) {
    const uint32_t sender = story_.forest.trips[m.trip].origin;
    if (m.wrapped() || sender == kNone || story_.lab.nodes[sender].role != v1::ROUTER) return;
    story_.decide(
        story_.forest.trips[m.trip].root,
        explain({}, fact("dhcpv6.relay_unwraps",
                         {{"message", dhcpv6_name(m.is.type)},
                          {"peer", net::to_string(
                                       story_.forest.packet(m.trip).tuple.destination.address)}})));
  }

  // What the server did about what it heard.
  void answer(const LeaseMessage6& m, uint32_t server) {
    const uint32_t frame = arrival_at(story_, m.trip, server);
    if (frame == kNone) return;
    const auto next = std::ranges::find_if(talk_.messages, [&](const LeaseMessage6& other) {
      return other.is.from_server() && other.is.xid == m.is.xid && other.server == server;
    });
    if (next == talk_.messages.end() || next->is.refusal() != nullptr) return;
    const auto* address = lent_address(next->is);
    const auto of = [](const Dhcpv6Message& message) {
      return message.address() == nullptr ? "" : net::to_string(message.address()->address);
    };
    v1::Fact result;
    if (m.is.type == Type::kRelease) {
      result = fact("dhcpv6.taken_back", {{"address", of(m.is)}});
    } else if (m.is.type == Type::kDecline) {
      result = fact("dhcpv6.set_aside", {{"address", of(m.is)}});
    } else if (address == nullptr) {
      return;
    } else if (next->is.type == Type::kAdvertise) {
      result = fact("dhcpv6.advertised", {{"address", net::to_string(address->address)}});
    } else {
      result = fact("dhcpv6.lent", {{"address", net::to_string(address->address)},
                                    {"seconds", std::to_string(address->valid_seconds)}});
    }
    story_.decide(frame, explain(fact("dhcpv6.asked", {{"duid", duid_text(m.is.client)},
                                                       {"message", dhcpv6_name(m.is.type)}}),
                                 std::move(result)));
  }

  Story& story_;
  const LeaseTalk6& talk_;
};

}  // namespace

std::vector<v1::Fact> why_this_address6(const Story& story, const LeaseTalk6& talk, uint32_t server,
                                        const IpAddress& address) {
  const v1::Dhcp6Subnet* subnet = subnet_of(story, server, address);
  const Duid& client = talk.messages.front().is.client;
  if (subnet == nullptr) return {};
  const std::string mac = mac_text(client.mac);
  const std::string text = net::to_string(address);
  const std::string name = story.lab.name(server);
  const auto is_it = [&](const auto& kept) {
    return client.mac != 0 && kept.mac() == mac && net::parse_ip(kept.address()) == address;
  };
  if (std::ranges::any_of(subnet->reservations(), is_it)) {
    return {fact("fact.dhcp_reserved", {{"server", name}, {"address", text}, {"mac", mac}}),
            fact("fact.dhcpv6_mac", {{"server", name}, {"mac", mac}, {"duid", duid_text(client)}})};
  }
  const auto* capture = story.lab.nodes[server].capture;
  if (capture == nullptr || !capture->has_before()) return {};
  if (std::ranges::any_of(capture->before().leases(), is_it)) {
    return {fact("fact.dhcpv6_remembered",
                 {{"server", name}, {"address", text}, {"duid", duid_text(client)}})};
  }
  if (suggests(talk, address)) {
    return {fact("fact.dhcpv6_suggestion_free", {{"server", name}, {"address", text}})};
  }
  if (!range_of(subnet->first(), subnet->last()).contains(address)) return {};
  return {sequential(*subnet, capture->before(), address, name)};
}

void decide_talk6(Story& story, const LeaseTalk6& talk) { Decider6(story, talk).run(); }

}  // namespace hoplab::journey
