// The report's own words: key and English; the Korean is in catalogue_ko_report.cc. Same form as
// controller/journey/keys.h.
#pragma once

#include <array>

#include "controller/report/sentences.h"

namespace hoplab::report {

// clang-format off
inline constexpr auto kReportWords = std::to_array<Sentence>({
    // ── headline
    {"head.from", "{what} from {client}"},
    {"head.nodes", "{count} {count:node|nodes}"},
    {"head.packets_all", "{count} {count:packet|packets}, all accounted for"},
    {"head.packets_some", "{count} {count:packet|packets}, {frames} {frames:frame|frames} not accounted for"},
    {"head.packets_unsure", "{count} {count:packet|packets}, capture incomplete"},

    // ── statuses
    {"status.ok", "ok"},
    {"status.failed", "failed"},
    {"status.degraded", "degraded"},
    {"status.unknown", "unknown"},
    {"status.delivered", "delivered"},
    {"status.lost", "lost"},

    // ── phases: names, and the outcome column (who asked whom stands in a column of its own)
    {"phase.kind.address", "address"},
    {"phase.kind.name", "name"},
    {"phase.kind.connection", "connection"},
    {"phase.kind.security", "security"},
    {"phase.kind.page", "page"},
    {"phase.kind.close", "close"},
    {"phase.kind.other", "other"},
    {"row.phase.address", "{address}, gateway {router}, lease {seconds} s"},
    {"row.phase.name", "{answer} ({authority}, TTL {ttl})"},
    {"row.phase.name_failed", "{rcode}"},
    {"row.phase.connection", "{out} {out:hop|hops} out, {back} back, {lost} lost; MSS {mss}"},
    {"row.phase.connection_failed", "port {port}: {reason}"},
    {"row.phase.page", "{status}, {bytes} {bytes:byte|bytes}"},
    {"row.phase.page_failed", "{reason}"},

    // ── verdict
    {"verdict.where", "where"},
    {"verdict.layer", "layer"},
    {"verdict.why", "why"},
    {"verdict.evidence", "evidence"},
    {"verdict.next", "look next"},
    {"verdict.also", "also"},
    {"verdict.link", "the link {a} ⇄ {b}"},
    {"verdict.off_path", "this request did not meet it"},
    {"verdict.no_culprit", "no node or link stands out"},
    {"verdict.see_trip", "packet #{trip}"},
    {"verdict.see_hop", "packet #{trip} at {node}"},
    {"verdict.client_error", "the client says: {error}"},
    {"layer.physical", "physical"},
    {"layer.link", "link"},
    {"layer.network", "network"},
    {"layer.transport", "transport"},
    {"layer.name", "name"},
    {"layer.security", "security"},
    {"layer.application", "application"},
    {"layer.node", "node"},
    {"faults.one", "1 fault was active; `hoplab fault list` tells which"},
    {"faults.many", "{count} faults were active; `hoplab fault list` tells which"},
    {"faults.title", "faults that were active"},

    // ── hops
    {"hops.syn", "SYN, hop by hop"},
    {"hops.trip", "{packet}, hop by hop"},
    {"hops.lost_trip", "where it was lost: {packet}, hop by hop"},
    {"hops.made", "made here"},
    {"hops.delivered", "delivered"},
    {"hops.switched", "passed on by its MAC"},
    {"hops.forwarded", "passed on"},
    {"hops.lost", "lost"},
    {"hops.unknown", "cannot be told"},
    {"hops.ignored", "ignored"},
    {"hops.merged", "put together with others"},
    {"hops.also_heard", "{nodes} heard it too and ignored it"},
    {"hops.on_the_wire", "{time} on the wire"},
    {"hops.becomes", "{layer} {field} {before} → {after}"},
    {"hops.none", "no frame of it was captured"},
    {"hops.in", "in"},
    {"hops.out", "out"},
    {"hops.bytes", "{count} {count:byte|bytes}"},
    {"hops.frame", "frame {number}"},
    {"hops.ttl", "TTL {ttl}"},
    {"hops.id", "id {id}"},

    // ── short forms of decisions, for the hop by hop without -v: the interfaces stand beside them.
    //    An empty one leaves that part out.
    {"short.route.destination_local", "{destination} is on the subnet of {interface}"},
    {"short.route.destination_remote", "{destination} is on no subnet of mine"},
    {"short.route.connected", "{prefix} is directly connected"},
    {"short.route.default", "default route"},
    {"short.route.static", "{prefix} static"},
    {"short.route.dhcp", "default route by DHCP"},
    {"short.route.ospf", "{prefix} by OSPF, metric {metric}"},
    {"short.route.bgp", "{prefix} by BGP, AS path {as_path}"},
    {"short.route.ibgp", "{prefix} by internal BGP, AS path {as_path}"},
    {"short.route.other", "{prefix} by {protocol}"},
    {"short.route.via", "{next_hop} ({node})"},
    {"short.route.direct", "{destination} itself"},
    {"short.arp.hit", "ARP hit"},
    {"short.arp.stale", "ARP hit, not confirmed lately"},
    {"short.arp.asked", "ARP asked"},
    {"short.arp.unanswered", "ARP asked {tries} {tries:time|times}, nobody answered"},
    {"short.arp.broadcast", ""},
    {"short.nat.source", "NAT {before} → {after}"},
    {"short.nat.destination", "NAT {before} → {after}"},
    {"short.nat.new", ""},
    {"short.switch.known", "MAC table: {mac} is behind {port}"},
    {"short.switch.forward", ""},
    {"short.deliver.local", ""},
    {"short.trip.tcp", "TCP {flags}"},

    // ── every exchange
    {"exchanges.title", "every exchange"},
    {"exchanges.packets_one", "1 packet"},
    {"exchanges.packets", "{count} packets"},
    {"exchanges.because", "needed by {title}"},
    {"exchanges.more", "… and {count} more {count:packet|packets} (-vv shows every one)"},
    {"exchanges.again", "sent again"},
    {"exchanges.copy", "a copy of #{packet}"},
    {"exchanges.fragment", "a fragment of #{packet}"},
    {"exchanges.merged", "goes on in #{packet}"},
    {"exchanges.segments", "{count} segments"},
    {"exchanges.like", "and {count} more like it, {bytes} {bytes:byte|bytes}, {fastest} to {slowest} each"},
    {"exchanges.unclaimed", "packets of no exchange"},

    // ── completeness
    {"complete.title", "frames"},
    {"complete.sum", "{seen} captured = {explained} of this journey + {background} of the lab's own life + {left} left over"},
    {"complete.background", "the lab's own life: {list}"},
    {"complete.item", "{count} {reason}"},
    {"complete.left", "left over: {count} {reason}"},
    {"complete.left_at", "for example {places}"},
    {"complete.more", "… and {count} more {count:kind|kinds}"},
    {"complete.drops", "{count} {count:frame was|frames were} lost by the capture itself ({places}): hops there are unknown, not lost"},
    {"complete.events", "{count} {count:event|events} of daemons and kernel were lost ({places}): what decided there may be missing"},
    {"complete.silent", "no capture of {nodes}: their hops are inferred or unknown"},
    {"complete.unbalanced", "the count does not add up by {count} {count:frame|frames}: please report this"},
    {"complete.none", "nothing was captured"},
});
// clang-format on

}  // namespace hoplab::report
