// The part of a decision that the forwarding table took: which route, why that one, and what
// brought it here.
#include "controller/journey/decisions/decide.h"
#include "controller/journey/decisions/route_facts.h"
#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

void add(v1::Hop& hop, v1::Explanation explanation) {
  *hop.add_decisions() = std::move(explanation);
}

// Which of several next hops it is, counted from 1; 0 where there is no choice.
int next_hop_index(const v1::Route& route, const std::string& out, const IpAddress& next) {
  if (route.next_hops_size() < 2) return 0;
  for (int i = 0; i < route.next_hops_size(); ++i) {
    const v1::NextHop& hop = route.next_hops(i);
    if (hop.interface() == out && address_of(hop.via()) == next) return i + 1;
  }
  return 0;
}

}  // namespace

IpAddress next_hop_of(const v1::Route& route, const std::string& out,
                      const IpAddress& destination) {
  for (const auto& hop : route.next_hops()) {
    if (hop.interface() == out || out.empty()) {
      return hop.via().empty() ? destination : address_of(hop.via());
    }
  }
  return destination;
}

void Decider::explain_route(uint32_t node, const Packet& p, const v1::Route* route,
                            const std::string& out, v1::Hop& hop) {
  const Tables& t = tables(node);
  const IpAddress& destination = p.tuple.destination.address;
  const std::string text = address_text(destination);
  // A link-local address is on the link it is sent to, whichever that is (RFC 4291, section 2.5.6).
  std::string local = destination.is_link_local() ? out : t.local_interface(destination);
  // A prefix that a router advertised is on the link, whatever the host's own address is (RFC
  // 5942).
  if (local.empty() && route != nullptr && destination.is_v6() && route->next_hops_size() > 0 &&
      route->next_hops(0).via().empty()) {
    local = route->next_hops(0).interface();
  }
  v1::Fact check = local.empty() ? fact("route.destination_remote", {{"destination", text}})
                                 : fact("route.destination_local",
                                        {{"destination", text}, {"interface", local}});
  if (route == nullptr) {
    if (out.empty()) {
      add(hop, explain(check, fact(t.has_routes() ? "route.none" : "route.dropped",
                                   {{"destination", text}})));
    } else {
      add(hop, explain(check, local.empty() ? fact("route.out", {{"interface", out}})
                                            : fact("route.direct",
                                                   {{"destination", text}, {"interface", out}})));
    }
    return;
  }
  const std::string leaving = !out.empty()                  ? out
                              : route->next_hops_size() > 0 ? route->next_hops(0).interface()
                                                            : "";
  const IpAddress next = next_hop_of(*route, leaving, destination);
  v1::Fact then = next == destination
                      ? fact("route.direct", {{"destination", text}, {"interface", leaving}})
                      : fact("route.via", {{"next_hop", address_text(next)},
                                           {"node", lab_.name_of_address(next)},
                                           {"interface", leaving}});
  if (!route->kind().empty() && route->kind() != "unicast") then.Clear();
  const NameOf name = [&](const std::string& address) {
    return lab_.name_of_address(address_of(address));
  };
  add(hop, explain(check, route_fact(*route, leaving, name), std::move(then)));
  for (auto& reason : route_reasons(*route, name)) add(hop, explain({}, std::move(reason)));
  explain_redistribution(*route, destination, hop);
  if (const int at = next_hop_index(*route, leaving, next); at > 0) {
    add(hop, explain({}, fact("route.next_hop_of",
                              {{"index", std::to_string(at)},
                               {"count", std::to_string(route->next_hops_size())}})));
  }
  if (route->protocol() == "ospf") explain_ospf_link(node, leaving, destination.is_v6(), hop);
}

// What brought a route from one protocol into another, as the ASBR's own table has it.
void Decider::explain_redistribution(const v1::Route& route, const IpAddress& destination,
                                     v1::Hop& hop) {
  const std::string& asbr = route.detail().redistributed_by();
  const uint32_t node = asbr.empty() ? kNone : lab_.owner(address_of(asbr));
  if (node == kNone) return;
  const v1::Route* there = tables(node).route(destination, "");
  if (there == nullptr || there->protocol() != "bgp") return;
  add(hop, explain({}, fact("route.redistributed",
                            {{"asbr", lab_.name(node)},
                             {"peer", lab_.name_of_address(address_of(there->bgp_peer()))},
                             {"as_path", as_path_text(there->as_path())}})));
}

// Who speaks for the LAN it leaves by, or that nobody need to.
void Decider::explain_ospf_link(uint32_t node, const std::string& interface, bool v6,
                                v1::Hop& hop) {
  const v1::NodeCapture* capture = lab_.nodes[node].capture;
  if (capture == nullptr) return;
  const auto name = [&](const std::string& address) {
    return address.empty() ? "" : lab_.name_of_address(address_of(address));
  };
  for (const v1::OspfInterfaceState& state : capture->after().ospf_interfaces()) {
    if (state.interface() != interface || state.ipv6() != v6) continue;
    if (state.network() == "POINTOPOINT") {
      add(hop, explain({}, fact("ospf.point_to_point",
                                {{"interface", interface}, {"protocol", v6 ? "OSPFv3" : "OSPF"}})));
    } else if (!state.designated().empty()) {
      add(hop, explain({}, fact(v6 ? "ospf.designated6" : "ospf.designated",
                                {{"interface", interface},
                                 {"router", name(state.designated())},
                                 {"backup", name(state.backup())}})));
    }
  }
}

}  // namespace hoplab::journey
