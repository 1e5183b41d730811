// The sentences about routes: IGPs, OSPF's kinds of route, BGP's attributes and its choice, tables.
// Part of kKeys (keys.h).
#pragma once

#include "controller/journey/key.h"

namespace hoplab::journey {

// clang-format off
inline constexpr auto kRouteKeys = std::to_array<Key>({
    {"route.rip", "prefix hops", "longest match {prefix}, RIP, metric {hops}: so many networks away, 16 would be infinity (RFC 2453, section 3.4)"},
    {"route.ripng", "prefix hops", "longest match {prefix}, RIPng, metric {hops}: so many networks away, 16 would be infinity (RFC 2080, section 2.1)"},
    {"route.eigrp", "prefix metric", "longest match {prefix}, EIGRP, metric {metric} from bandwidth and delay (RFC 7868, section 5.6)"},
    {"route.isis", "prefix metric", "longest match {prefix}, IS-IS level 2, metric {metric}: the sum of the links' metrics (RFC 1195)"},
    {"route.ospf_intra", "prefix protocol area metric rfc section", "longest match {prefix}, {protocol}, inside area {area}, cost {metric} (RFC {rfc}, section {section})"},
    {"route.ospf_inter", "prefix protocol area metric rfc section", "longest match {prefix}, {protocol}, of another area, told into area {area} by a border router, cost {metric} (RFC {rfc}, section {section})"},
    {"route.ospf_external1", "prefix protocol asbr metric rfc section", "longest match {prefix}, {protocol} external type 1: brought in by {asbr}, cost {metric} with the way there (RFC {rfc}, section {section})"},
    {"route.ospf_external2", "prefix protocol asbr metric rfc section", "longest match {prefix}, {protocol} external type 2: brought in by {asbr}, cost {metric} outside, the way there not counted (RFC {rfc}, section {section})"},
    {"route.redistributed", "asbr peer as_path", "{asbr} learnt it by BGP from {peer}, AS path {as_path}, and redistributed it into the IGP"},
    {"route.next_hop_of", "index count", "next hop {index} of {count} equal ones: the kernel's hash of addresses, protocol and ports picked it for this flow"},
    {"ospf.designated", "interface router backup", "{interface} is a LAN to OSPF: {router} was elected its designated router, {backup} its backup (RFC 2328, section 9.4)"},
    {"ospf.designated6", "interface router backup", "{interface} is a LAN to OSPFv3: {router} was elected its designated router, {backup} its backup, both known by their router ids (RFC 5340, section 2.11)"},
    {"ospf.point_to_point", "interface protocol", "{interface} is point-to-point to {protocol}: no designated router is elected"},
    {"bgp.attributes", "local_preference med origin", "local preference {local_preference}, MED {med}, origin {origin}"},
    {"bgp.communities", "communities", "communities {communities} (RFC 1997, RFC 8092)"},
    {"bgp.reflected", "peer originator", "passed on by the route reflector {peer}; {originator} brought it into this AS (RFC 4456)"},
    {"best.only", "", "the only path there is"},
    {"best.weight", "paths", "best of {paths} paths by its weight, which is this router's own matter"},
    {"best.local_preference", "paths", "best of {paths} paths: the highest local preference (RFC 4271, section 9.1.1)"},
    {"best.local_route", "paths", "best of {paths} paths: made here"},
    {"best.as_path", "paths", "best of {paths} paths: the shortest AS path (RFC 4271, section 9.1.2.2 a)"},
    {"best.origin", "paths", "best of {paths} paths: the lowest origin (RFC 4271, section 9.1.2.2 b)"},
    {"best.med", "paths", "best of {paths} paths: the lowest MED among those of the same neighbouring AS (RFC 4271, section 9.1.2.2 c)"},
    {"best.external", "paths", "best of {paths} paths: external before internal (RFC 4271, section 9.1.2.2 d)"},
    {"best.igp_metric", "paths", "best of {paths} paths: its next hop is nearest by the IGP (RFC 4271, section 9.1.2.2 e)"},
    {"best.older", "paths", "best of {paths} paths: the one known for longest"},
    {"best.router_id", "paths", "best of {paths} paths that are alike so far: the peer with the lowest router id (RFC 4271, section 9.1.2.2 f)"},
    {"best.cluster", "paths", "best of {paths} paths: it passed the fewest route reflectors (RFC 4456, section 9)"},
    {"best.neighbor", "paths", "best of {paths} paths that are alike so far: the peer with the lowest address (RFC 4271, section 9.1.2.2 g)"},
    {"best.other", "paths reason", "best of {paths} paths: {reason}"},
    {"best.multipath", "", "as good as the best, and used beside it"},
    {"lost.not_valid", "next_hop", "not usable: its next hop {next_hop} cannot be reached"},
    {"lost.local_preference", "own best", "local preference {own}; the best has {best}, and the higher wins"},
    {"lost.local_route", "", "not made here, as the best is"},
    {"lost.as_path", "own best", "AS path of {own}; the best has {best}, and the shorter wins"},
    {"lost.origin", "own best", "origin {own}; the best has {best}, which is lower"},
    {"lost.med", "own best", "MED {own}; the best has {best}, and the lower wins"},
    {"lost.internal", "", "learnt inside the AS; the best came from outside"},
    {"lost.igp_metric", "own best", "its next hop is {own} away by the IGP; that of the best {best}"},
    {"lost.tie", "", "alike in everything that counts: age, router id or address of the peer decided"},
    {"table.distance", "distance", "administrative distance {distance}"},
    {"table.not_chosen", "protocol distance winner winner_distance", "not used: {protocol} has distance {distance}, {winner} has {winner_distance}, and the smaller wins"},
    {"table.longest", "address length", "matches {address} in {length} bits, more than any other: the longest match wins"},
});
// clang-format on

}  // namespace hoplab::journey
