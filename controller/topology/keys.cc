#include "controller/topology/keys.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hoplab::topology {
namespace {

using W = std::string_view;

constexpr std::array kTopology{W("name"), W("timers"), W("systems"), W("links"), W("zones")};
constexpr std::array kSystem{W("asn"),       W("prefix"),    W("prefix6"),
                             W("igp"),       W("multipath"), W("route_reflectors"),
                             W("relations"), W("resolver"),  W("nodes")};
constexpr std::array kInterface{W("address"), W("address6"), W("mac")};
constexpr std::array kLink{W("ends"),    W("subnet"), W("subnet6"), W("mtu"),
                           W("offload"), W("cost"),   W("area")};
constexpr std::array kZone{W("servers"), W("records"), W("ttl"),   W("negative_ttl"),
                           W("primary"), W("letters"), W("dnssec")};
constexpr std::array kServer{W("node"), W("name")};
constexpr std::array kRecord{W("type"), W("data"), W("ttl")};

constexpr std::array kClient{W("role"),     W("after"),        W("interfaces"), W("address"),
                             W("address6"), W("name_servers"), W("cache")};
constexpr std::array kDhcpServer{
    W("role"),   W("after"),         W("interfaces"), W("address"),      W("address6"), W("pool"),
    W("pool6"),  W("lease"),         W("domain"),     W("reservations"), W("exclude"),  W("renew"),
    W("rebind"), W("reservations6"), W("exclude6"),   W("preference6")};
constexpr std::array kGateway{W("role"), W("after"),      W("interfaces"),
                              W("wan"),  W("masquerade"), W("forward_to")};
constexpr std::array kRouter{W("role"),     W("after"),     W("interfaces"), W("router_id"),
                             W("loopback"), W("loopback6"), W("announce"),   W("redistribute"),
                             W("peers"),    W("relay")};
constexpr std::array kSwitch{W("role"), W("after"), W("interfaces"), W("subnet"), W("subnet6")};
constexpr std::array kResolver{
    W("role"),        W("after"),      W("interfaces"),         W("address"),
    W("address6"),    W("forward_to"), W("qname_minimisation"), W("validate"),
    W("full_answers")};
constexpr std::array kDnsServer{W("role"), W("after"), W("interfaces"), W("address"),
                                W("address6")};
constexpr std::array kLoadBalancer{W("role"),     W("after"),    W("interfaces"), W("address"),
                                   W("address6"), W("backends"), W("serves"),     W("algorithm")};
constexpr std::array kWebServer{W("role"),     W("after"), W("interfaces"), W("address"),
                                W("address6"), W("port"),  W("serves"),     W("body")};
constexpr std::array kContainer{W("role"),     W("after"), W("interfaces"), W("address"),
                                W("address6"), W("image"), W("command"),    W("environment")};

constexpr std::array kRoles{W("client"),     W("dhcp_server"), W("gateway"),    W("router"),
                            W("switch"),     W("resolver"),    W("dns_server"), W("load_balancer"),
                            W("web_server"), W("container")};
constexpr std::array kPeer{W("local_preference"), W("med"), W("prepend"), W("communities")};
// In the order of v1::Igp and v1::Relation.
constexpr std::array kIgps{W("none"), W("ospf"), W("rip"), W("eigrp"), W("isis")};
constexpr std::array kRelations{W("customer"), W("peer"), W("provider")};
constexpr std::array kRedistributed{W("bgp"), W("igp")};
constexpr std::array kDnssec{W("unsigned"), W("signed"), W("wrong_ds")};
constexpr std::array kTimers{W("lab"), W("standard")};
constexpr std::array kAlgorithms{W("roundrobin"), W("static-rr"), W("leastconn"),
                                 W("first"),      W("source"),    W("random")};
constexpr std::array kTypes{W("A"),   W("AAAA"), W("CNAME"), W("MX"), W("TXT"),
                            W("SRV"), W("PTR"),  W("CAA"),   W("NS")};

const std::vector<W>& every_node_key() {
  static const std::vector<W> all = [] {
    std::vector<W> words;
    for (int role = v1::CLIENT; role <= v1::CONTAINER; ++role) {
      for (const W key : node_keys(static_cast<v1::Role>(role))) {
        if (std::find(words.begin(), words.end(), key) == words.end()) words.push_back(key);
      }
    }
    return words;
  }();
  return all;
}

}  // namespace

Words topology_keys() { return kTopology; }
Words system_keys() { return kSystem; }
Words interface_keys() { return kInterface; }
Words link_keys() { return kLink; }
Words zone_keys() { return kZone; }
Words server_keys() { return kServer; }
Words record_keys() { return kRecord; }
Words role_names() { return kRoles; }
Words peer_keys() { return kPeer; }
Words igp_names() { return kIgps; }
Words dnssec_names() { return kDnssec; }
Words relation_names() { return kRelations; }
Words redistributed_names() { return kRedistributed; }
Words timer_names() { return kTimers; }
Words algorithm_names() { return kAlgorithms; }
Words record_types() { return kTypes; }

Words node_keys(v1::Role role) {
  switch (role) {
    case v1::CLIENT:
      return kClient;
    case v1::DHCP_SERVER:
      return kDhcpServer;
    case v1::GATEWAY:
      return kGateway;
    case v1::ROUTER:
      return kRouter;
    case v1::SWITCH:
      return kSwitch;
    case v1::RESOLVER:
      return kResolver;
    case v1::DNS_SERVER:
      return kDnsServer;
    case v1::LOAD_BALANCER:
      return kLoadBalancer;
    case v1::WEB_SERVER:
      return kWebServer;
    case v1::CONTAINER:
      return kContainer;
    default:
      return every_node_key();
  }
}

std::optional<v1::Role> role_of(std::string_view name) {
  const auto found = std::find(kRoles.begin(), kRoles.end(), name);
  if (found == kRoles.end()) return std::nullopt;
  return static_cast<v1::Role>(found - kRoles.begin() + 1);
}

std::string_view role_name(v1::Role role) {
  return role >= v1::CLIENT && role <= v1::CONTAINER ? kRoles[static_cast<size_t>(role) - 1] : "?";
}

}  // namespace hoplab::topology
