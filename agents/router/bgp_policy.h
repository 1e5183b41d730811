// BGP policy of a router as route-maps: what it believes a neighbour, and what it tells it.
//
// Where systems declare what they are to each other, Gao and Rexford's rules: a route from a
// customer is preferred to one from a peer, that to one from a provider; customers are told
// everything, peers and providers only our own routes and our customers'. Where a route came from
// is written on it as a large community (RFC 8092) ASN:1:1, ASN:1:2 or ASN:1:3, and taken off when
// it leaves the system.
#pragma once

#include <string>

#include "proto/node.pb.h"

namespace hoplab::router {

// What routes from a customer, a peer, a provider are worth; bgpd's own default is 100.
inline constexpr uint32_t kCustomerPreference = 300;
inline constexpr uint32_t kPeerPreference = 200;
inline constexpr uint32_t kProviderPreference = 100;

bool has_import_policy(const v1::BgpNeighbor& neighbor);
bool has_export_policy(const v1::BgpNeighbor& neighbor);
// Names of the route-maps.
std::string import_policy(const v1::BgpNeighbor& neighbor);
std::string export_policy(const v1::BgpNeighbor& neighbor);

// All route-maps of a router and the lists they match.
void bgp_policies(std::string& out, const v1::RouterSpec& router);

}  // namespace hoplab::router
