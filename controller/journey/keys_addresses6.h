// The sentences about how hosts come by their IPv6 addresses: duplicate address detection, router
// advertisements, DHCPv6. Part of kKeys (keys.h).
#pragma once

#include "controller/journey/key.h"

namespace hoplab::journey {

// clang-format off
inline constexpr auto kAddress6Keys = std::to_array<Key>({
    {"trip.dad", "address", "neighbour solicitation from ::, to find out whether anybody has {address}"},
    {"trip.router_solicitation", "sender", "router solicitation: {sender} asks all routers (ff02::2)"},
    {"trip.router_advertisement", "router prefixes", "router advertisement: {router} tells of {prefixes}"},
    {"trip.dhcpv6", "message duid", "DHCPv6 {message} for {duid}"},

    {"exchange.dad", "client address", "{client} asks whether anybody has {address} already"},
    {"exchange.router_advertisement", "client router", "{client} asks for routers, {router} answers"},
    {"exchange.no_router", "client", "{client} asks for routers, and none answers"},
    {"exchange.dhcpv6", "client server address", "{client} obtains {address} from {server} by DHCPv6"},
    {"exchange.dhcpv6_failed", "client", "{client} asks for an address by DHCPv6 and gets none"},
    {"exchange.dhcpv6_renewal", "client server address", "{client} renews {address} with {server} (DHCPv6)"},
    {"exchange.dhcpv6_rebinding", "client server address", "{client} asks any DHCPv6 server to go on with {address}"},
    {"exchange.dhcpv6_confirm", "client server address", "{client} asks whether {address} still fits the link (DHCPv6)"},
    {"exchange.dhcpv6_release", "client server address", "{client} gives {address} back (DHCPv6)"},
    {"exchange.dhcpv6_other", "client message", "{client}: DHCPv6 {message}"},

    {"gateway.kept", "address", "forwarded, and {address} stays what it is: there is no NAT for IPv6, every host has an address of its own"},
    {"filter.begun", "source destination", "connection tracking remembers {source} → {destination} from now on: answers may come in (state NEW)"},
    {"filter.established", "rule chain handle", "connection tracking knows this connection (state ESTABLISHED): firewall rule {handle} of {chain} lets it pass: {rule}"},
    {"filter.related", "rule chain handle", "an error about a connection that connection tracking knows (state RELATED): firewall rule {handle} of {chain} lets it pass: {rule}"},
    {"filter.passed", "rule chain handle", "firewall rule {handle} of {chain} lets it pass whether or not a connection is known: {rule}"},
    {"filter.stranger", "source destination", "connection tracking knows of no connection between {source} and {destination} (state NEW), and one that begins outside is not let in (RFC 6092, section 3)"},

    {"cause.lost_site", "node prefix gateway", "{node} has no route to {prefix}, which is delegated to the site behind {gateway}: what is bound for it finds no way"},
    {"evidence.lost_site", "prefix via", "its routing table has no {prefix} by {via}"},

    {"fact.dad_sent", "address group", "sent from ::, as {address} may not be used yet, to {group}: the group of all whose address ends alike (RFC 4862, section 5.4.2)"},
    {"fact.dad_free", "address", "nobody answers: {address} is free and may be used"},
    {"fact.dad_taken", "address node mac", "{node} ({mac}) answers: it has {address}, which therefore may not be used (RFC 4862, section 5.4.5)"},
    {"fact.eui64", "address mac", "the last 64 bits of {address} are the MAC {mac} with ff:fe in the middle and its seventh bit turned (modified EUI-64; RFC 4291, appendix A)"},
    {"fact.router_asked", "client", "{client} asks all routers at once (ff02::2) instead of waiting for the next advertisement (RFC 4861, section 6.3.7)"},
    {"fact.router_silent", "tries", "{tries} {tries:solicitation|solicitations}, and no router answered"},
    {"fact.ra_way_out", "router address seconds", "{router} is a way out for {seconds} s: the default route goes to {address} (RFC 4861, section 6.3.4)"},
    {"fact.ra_no_way_out", "router", "{router} is no way out: router lifetime 0 (RFC 4861, section 6.3.4)"},
    {"fact.ra_prefix_autonomous", "prefix valid preferred", "prefix {prefix}: on this link (flag L), and hosts may make an address of it (flag A); valid for {valid} s, preferred for {preferred} s (RFC 4861, section 4.6.2)"},
    {"fact.ra_prefix_managed", "prefix valid preferred", "prefix {prefix}: on this link (flag L), but no address is to be made of it (no flag A); valid for {valid} s, preferred for {preferred} s (RFC 4861, section 4.6.2)"},
    {"fact.ra_managed", "", "flag M: addresses are managed here, DHCPv6 gives them (RFC 4861, section 4.2)"},
    {"fact.ra_other", "", "flag O: other settings are to be had by DHCPv6 (RFC 4861, section 4.2)"},
    {"fact.ra_name_servers", "servers seconds", "name servers {servers} for {seconds} s (RDNSS; RFC 8106, section 5.1)"},
    {"fact.ra_retransmission", "milliseconds", "{milliseconds} ms are to be waited for an answer of a neighbour: so long a check for duplicates takes (RFC 4861, section 6.3.4)"},
    {"fact.slaac", "client prefix address", "{client} puts its own 64 bits behind {prefix}: {address} (RFC 4862, section 5.5.3)"},
    {"fact.dhcpv6_group", "client", "{client} asks from its link-local address all servers and relays of the link, ff02::1:2 (RFC 8415, section 7.1)"},
    {"fact.dhcpv6_duid", "client duid", "{client} is known as {duid}, whatever its addresses are (RFC 8415, section 11)"},
    {"fact.dhcpv6_asked_for", "options", "asks for the options: {options}"},
    {"fact.dhcpv6_advertised", "server address preference", "{server} advertises {address}, with preference {preference}"},
    {"fact.dhcpv6_preference", "client server", "preference 255: {client} takes {server} without waiting for others (RFC 8415, section 18.2.1)"},
    {"fact.dhcpv6_taken", "server duid", "the REQUEST goes to all again and names {server} by its DUID, {duid}: any other server reads that it was not chosen (RFC 8415, section 18.2.2)"},
    {"fact.dhcpv6_lease", "address server valid preferred", "{server} lends {address}: valid for {valid} s, for new connections {preferred} s"},
    {"fact.dhcpv6_timers", "renew rebind", "renewal at T1, after {renew} s, rebinding at T2, after {rebind} s (RFC 8415, section 21.4)"},
    {"fact.dhcpv6_options", "name_servers search", "options: name servers {name_servers} (23), search list {search} (24); prefix length and router are no matter of DHCPv6, routers advertise them"},
    {"fact.dhcpv6_renewing", "client server address", "T1 has passed: {client} asks {server}, named by its DUID, to go on with {address} (RFC 8415, section 18.2.4)"},
    {"fact.dhcpv6_rebinding", "client address", "T2 has passed without an answer: {client} asks every server to go on with {address} (RFC 8415, section 18.2.5)"},
    {"fact.dhcpv6_confirm", "client address", "{client} has been away and asks whether {address} still fits the link (RFC 8415, section 18.2.3)"},
    {"fact.dhcpv6_refused", "server status message", "{server} refuses: {status}, \"{message}\" (RFC 8415, section 21.13)"},
    {"fact.dhcpv6_silent", "", "no DHCPv6 server answered"},

    {"ra.asked", "sender", "{sender} asks for routers"},
    {"ra.answers", "interface wait", "I advertise what is configured on {interface}, to all nodes (ff02::1), {wait} after the question: routers wait for a random time of at most 500 ms (RFC 4861, section 6.2.6)"},
    {"ra.answers_one", "interface wait", "I advertise what is configured on {interface}, to it alone, {wait} after the question (RFC 4861, section 6.2.6)"},
    {"dhcpv6.asked", "duid message", "{message} of {duid}"},
    {"dhcpv6.advertised", "address", "I advertise {address}: it is free"},
    {"dhcpv6.lent", "address seconds", "I lend {address} for {seconds} s and write it down"},
    {"dhcpv6.taken_back", "address", "{address} is free again"},

    {"dad.unheard", "address", "no node of this link listens to the group of {address}, so none has it: silence is the answer that was hoped for (RFC 4862, section 5.4)"},

    {"source.candidates", "client addresses", "{client} has to send from: {addresses}"},
    {"source.one", "address", "one of them may be used: {address} (RFC 6724, section 4)"},
    {"source.same", "winner loser", "{winner} before {loser}: it is the destination itself (RFC 6724, section 5, rule 1)"},
    {"source.scope", "winner loser", "{winner} before {loser}: the scope of the other does not fit the destination's (RFC 6724, section 5, rule 2)"},
    {"source.deprecated", "winner loser", "{winner} before {loser}: the other's preferred lifetime has passed, it is deprecated (RFC 6724, section 5, rule 3)"},
    {"source.interface", "winner loser interface", "{winner} before {loser}: it is on {interface}, by which the packet leaves (RFC 6724, section 5, rule 5)"},
    {"source.label", "winner loser", "{winner} before {loser}: the policy table gives it the destination's label, and another to the other (RFC 6724, section 5, rule 6)"},
    {"source.longest", "winner loser bits other_bits", "{winner} before {loser}: {bits} of its first bits are the destination's, {other_bits} of the other's (RFC 6724, section 5, rule 8)"},
    {"source.alike", "winner loser", "{winner} before {loser}: alike by every rule, the kernel takes the one it has first"},
    {"source.chosen", "address", "the source is {address}"},
    {"source.bound", "address best", "the source is {address}, though the rules would take {best}: the program asked for it"},

    {"phase.address_slaac", "address prefix router", "{address}, made of {prefix} that {router} advertises"},
    {"phase.address_dhcpv6", "address server seconds", "{address}, valid for {seconds} s, from {server}"},
    {"phase.address_no_router", "", "no router advertised a prefix"},
});
// clang-format on

}  // namespace hoplab::journey
