// Every sentence the engine can say: its key, the names of its arguments, and its plain English.
// The catalogues of controller/report are made from this table; the engine only names keys, and a
// unit test holds the two together. Arguments are words a reader needs no unit table for: names,
// addresses, "50.3 ms", "3".
#pragma once

#include <array>
#include <string_view>

namespace hoplab::journey {

struct Key {
  std::string_view key;
  std::string_view args;     // names, separated by one space
  std::string_view english;  // {name} is replaced
};

// clang-format off
inline constexpr auto kKeys = std::to_array<Key>({
    // ── trips: what one packet is
    {"trip.arp_request", "sender target", "ARP: who has {target}? Tell {sender}"},
    {"trip.arp_reply", "address mac", "ARP: {address} is at {mac}"},
    {"trip.dhcp", "message mac", "DHCP {message} for {mac}"},
    {"trip.dns_query", "name type", "DNS: {name} {type}?"},
    {"trip.dns_answer", "name type rcode answer", "DNS: {name} {type} is {answer} ({rcode})"},
    {"trip.dns_referral", "name zone servers", "DNS: for {name} ask {servers}, who serve {zone}"},
    {"trip.tcp", "flags bytes", "TCP {flags}, {bytes} bytes"},
    {"trip.tls", "records", "TLS: {records}"},
    {"trip.http_request", "method path host", "HTTP {method} {path} (host {host})"},
    {"trip.http_response", "status reason", "HTTP {status} {reason}"},
    {"trip.icmp", "message", "ICMP {message}"},
    {"trip.other", "info", "{info}"},

    // ── decisions: sending from here
    {"route.destination_local", "destination interface", "{destination} is on the subnet of {interface}"},
    {"route.destination_remote", "destination", "{destination} is on no subnet of this node"},
    {"route.connected", "prefix interface", "longest match {prefix}, directly connected on {interface}"},
    {"route.default", "prefix protocol metric", "longest match {prefix}, the default route ({protocol}, metric {metric})"},
    {"route.static", "prefix metric", "longest match {prefix}, static, metric {metric}"},
    {"route.dhcp", "prefix router", "longest match {prefix}, learnt by DHCP: router {router}"},
    {"route.ospf", "prefix metric", "longest match {prefix}, OSPF, metric {metric}"},
    {"route.bgp", "prefix as_path peer", "longest match {prefix}, BGP from {peer}, AS path {as_path}"},
    {"route.ibgp", "prefix as_path peer", "longest match {prefix}, internal BGP from {peer}, AS path {as_path}"},
    {"route.other", "prefix protocol metric", "longest match {prefix}, {protocol}, metric {metric}"},
    {"route.blackhole", "prefix kind", "longest match {prefix}, a {kind} route"},
    {"route.none", "destination", "no route covers {destination}"},
    {"route.via", "next_hop node interface", "next hop {next_hop} ({node}), out of {interface}"},
    {"route.direct", "destination interface", "sent to {destination} itself, out of {interface}"},
    {"route.out", "interface", "sent out of {interface} (no snapshot of the table)"},
    {"route.multipath", "count", "{count} equal next hops; the flow's hash picked this one"},
    {"route.dropped", "destination", "the packet for {destination} was dropped here"},
    {"arp.hit", "address mac", "ARP table: {address} is at {mac}"},
    {"arp.asked", "address mac", "{address} was not in the ARP table: asked, and {mac} answered"},
    {"arp.unanswered", "address tries", "{address} was not in the ARP table: asked {tries} times, nobody answered"},
    {"arp.broadcast", "", "broadcast: no ARP entry is needed"},
    {"arp.own", "address", "{address} is my address: I answer"},
    {"ttl.decremented", "before after", "TTL {before} → {after}"},
    {"ttl.expired", "", "TTL ran out here"},
    {"deliver.local", "destination", "{destination} is my own address: delivered upwards"},
    {"deliver.broadcast", "", "broadcast: delivered upwards"},
    {"deliver.not_mine", "mac", "the frame is for {mac}, not for this node: ignored"},
    {"deliver.not_asked", "target", "{target} is asked for, which is not my address: ignored"},
    {"deliver.port", "protocol port service", "{protocol} port {port}: {service}"},

    // ── decisions: NAT
    {"nat.source", "before after", "NAT: source {before} becomes {after}"},
    {"nat.destination", "before after", "NAT: destination {before} becomes {after}"},
    {"nat.new", "inside outside", "new conntrack entry {inside} ⇄ {outside}"},
    {"nat.reply", "outside inside", "conntrack knows {outside}: it belongs to {inside}"},
    {"nat.seen", "", "read off the packets; conntrack no longer held the entry"},

    // ── decisions: switch
    {"switch.known", "mac port", "MAC table: {mac} is behind {port}"},
    {"switch.flooded", "mac ports", "{mac} is not in the MAC table: flooded to {ports}"},
    {"switch.broadcast", "ports", "broadcast: sent out of every other port ({ports})"},
    {"switch.forward", "port", "sent out of {port}"},
    {"switch.learnt", "mac port", "{mac} was learnt to be behind {port}"},
    {"switch.filtered", "mac port", "{mac} is behind the port it came from ({port}): nothing to do"},

    // ── decisions: names
    {"dns.asks", "name type", "asks for {name} {type}"},
    {"dns.cache_hit", "name type", "{name} {type} is in the cache"},
    {"dns.cache_miss", "name type", "{name} {type} is not in the cache"},
    {"dns.forward", "name server", "asks the forwarder {server} for {name}"},
    {"dns.recurse", "name server zone", "asks {server}, who serves {zone}, for {name}"},
    {"dns.answered", "answer rcode", "answers: {answer} ({rcode})"},
    {"dns.authoritative", "zone name", "authoritative for {zone}, and {name} is in it"},
    {"dns.delegates", "zone child servers", "serves {zone}; {child} is delegated to {servers}"},
    {"dns.not_here", "name rcode", "does not serve {name}: {rcode}"},
    {"dns.servfail", "name", "cannot answer for {name}: SERVFAIL"},

    // ── decisions: load balancer, web server, DHCP server
    {"lb.accept", "frontend client", "frontend {frontend} took the connection of {client}"},
    {"lb.pick", "backend server algorithm", "{algorithm} in {backend} picked {server}"},
    {"lb.down", "servers", "not considered, because down: {servers}"},
    {"lb.none", "backend", "no server of {backend} is up"},
    {"lb.retry", "count", "the first choice failed: {count} retries"},
    {"lb.connect", "source server_address", "second connection {source} → {server_address}"},
    {"lb.unknown", "", "no log line of the load balancer tells which server it picked"},
    {"web.answer", "method path status", "{method} {path} → {status}"},
    {"dhcp.lease_given", "address mac seconds", "lease of {address} to {mac} for {seconds} s"},
    {"dhcp.offered", "address mac", "offers {address} to {mac}"},
    {"dhcp.refused", "mac", "refuses the address {mac} asked for"},

    // ── where a packet ended, and how sure that is
    {"hop.lost_on_link", "peer peer_interface", "left, and never arrived at {peer} {peer_interface}"},
    {"hop.dropped_by_emulator", "", "the link emulator dropped it"},
    {"hop.held", "delay", "the link emulator held it for {delay}"},
    {"hop.ring_drops", "drops", "the capture lost {drops} frames here: lost or merely not seen, cannot be told"},
    {"hop.peer_silent", "peer", "{peer} was not captured: cannot be told whether it arrived"},
    {"hop.capture_ended", "", "the capture ended before it could be seen to arrive"},
    {"hop.not_captured_out", "", "not seen leaving; it arrived at the other end all the same"},
    {"hop.inferred", "", "this node was not captured; its part is inferred from its neighbours"},
    {"hop.no_origin", "", "where it came from was not captured"},
    {"hop.duplicate", "", "a second copy of the same frame arrived"},
    {"hop.qdisc_drops", "drops interface", "the queue of {interface} dropped {drops} frames during the request"},
    {"hop.swallowed", "", "came in and went nowhere"},
    {"hop.malformed", "what", "malformed: {what}"},

    // ── exchanges
    {"exchange.dora", "client server address", "{client} obtains {address} from {server}"},
    {"exchange.dora_failed", "client", "{client} asks for an address and gets none"},
    {"exchange.release", "client address", "{client} gives {address} back"},
    {"exchange.dhcp", "client message", "{client}: DHCP {message}"},
    {"exchange.arp", "client target", "{client} asks for the MAC of {target}"},
    {"exchange.dns", "client server name type", "{client} asks {server} for {name} {type}"},
    {"exchange.tcp_handshake", "client server address port", "{client} connects to {server} ({address}:{port})"},
    {"exchange.tls_handshake", "client server name", "{client} and {server} agree on keys for {name}"},
    {"exchange.http", "client server method path", "{client} asks {server}: {method} {path}"},
    {"exchange.http_encrypted", "client server", "{client} asks {server} (encrypted)"},
    {"exchange.tcp_data", "client server port", "{client} and {server} talk over TCP port {port}"},
    {"exchange.tcp_close", "client server", "{client} and {server} close the connection"},
    {"exchange.icmp", "client server message", "{client} to {server}: ICMP {message}"},
    {"exchange.flow", "client server protocol", "{client} to {server}: {protocol}"},

    // ── facts of exchanges
    {"fact.lease", "address router name_servers seconds server", "{address}, router {router}, name servers {name_servers}, for {seconds} s, from {server}"},
    {"fact.dhcp_message", "message", "DHCP {message}"},
    {"fact.dhcp_nak", "server", "{server} refused (NAK)"},
    {"fact.dhcp_silent", "", "no DHCP server answered"},
    {"fact.arp_answer", "address mac", "{address} is at {mac}"},
    {"fact.arp_silent", "address tries", "nobody answered for {address} ({tries} requests)"},
    {"fact.dns_cache_hit", "server name", "{server} had {name} in its cache"},
    {"fact.dns_cache_miss", "server name", "{server} did not have {name} in its cache"},
    {"fact.dns_forwarded", "server upstream", "{server} forwarded to {upstream}"},
    {"fact.dns_referral", "server zone servers", "{server} refers to {servers} for {zone}"},
    {"fact.dns_answer", "name type data ttl", "{name} {type} {data}, TTL {ttl} s"},
    {"fact.dns_authoritative", "server zone", "{server} is authoritative (AA)"},
    {"fact.dns_rcode", "server rcode name", "{server} answers {rcode} for {name}"},
    {"fact.dns_no_data", "server name type", "{server}: {name} has no {type}"},
    {"fact.dns_silent", "server name", "{server} did not answer for {name}"},
    {"fact.dns_truncated", "server", "{server} answered truncated: TCP must be used"},
    {"fact.tcp_options", "mss window_scale sack", "MSS {mss}, window scale {window_scale}, SACK {sack}"},
    {"fact.tcp_hops", "out back lost", "{out} hops out, {back} back, {lost} lost"},
    {"fact.tcp_round_trip", "time", "round trip {time}"},
    {"fact.tcp_retransmissions", "count", "{count} segments were sent again"},
    {"fact.tcp_refused", "server port", "{server} refused port {port} (RST)"},
    {"fact.tcp_silent", "tries", "no answer to {tries} SYN"},
    {"fact.tcp_reset", "by", "{by} reset the connection"},
    {"fact.tls_client_hello", "name versions alpn", "ClientHello: server name {name}, offers {versions}, protocols {alpn}"},
    {"fact.tls_server_hello", "version cipher", "ServerHello: {version}, {cipher}"},
    {"fact.tls_certificate", "subject issuer", "certificate {subject} ← {issuer}"},
    {"fact.tls_trusted", "issuer", "the client trusts {issuer}"},
    {"fact.tls_alert", "by alert", "{by} sent alert {alert}"},
    {"fact.tls_proxy", "version cipher", "the load balancer logged {version}, {cipher}"},
    {"fact.http_request", "method path host", "{method} {path}, host {host}"},
    {"fact.http_status", "status server", "{server} answered {status}"},
    {"fact.http_silent", "server", "{server} did not answer"},
    {"fact.http_records", "sent received", "{sent} encrypted records to the server, {received} back"},
    {"fact.http_bytes", "bytes", "{bytes} bytes of body"},
    {"fact.backend", "server algorithm", "{algorithm} picked {server}"},
    {"fact.icmp", "by message", "{by}: {message}"},
    {"fact.lost", "count", "{count} packets lost"},
    {"fact.packets", "count bytes", "{count} packets, {bytes} bytes"},

    // ── phases
    {"phase.address", "address router server seconds", "{address}, gateway {router}, lease {seconds} s, from {server}"},
    {"phase.address_release", "address", "{address} given back"},
    {"phase.address_failed", "", "no address was obtained"},
    {"phase.name", "path answer ttl authority", "{path}: {answer} (TTL {ttl}, {authority})"},
    {"phase.name_failed", "path rcode", "{path}: {rcode}"},
    {"phase.connection", "server out back lost mss", "{server}: {out} hops out, {back} back, {lost} lost, MSS {mss}"},
    {"phase.connection_failed", "server port reason", "{server} port {port}: {reason}"},
    {"phase.security", "version cipher subject issuer", "{version}, {cipher}, {subject} ← {issuer}"},
    {"phase.security_failed", "reason", "no agreement: {reason}"},
    {"phase.page", "path status bytes", "{path} → {status}, {bytes} bytes"},
    {"phase.page_failed", "path reason", "{path}: {reason}"},
    {"phase.close", "by", "closed, {by} first"},
    {"phase.close_reset", "by", "reset by {by}"},
    {"phase.other", "exchanges trips", "{exchanges} exchanges, {trips} packets"},

    // ── verdict
    {"verdict.ok", "url status time", "{url}: {status} in {time}"},
    {"verdict.degraded", "url status time problems", "{url}: {status} in {time}, but {problems} things are not as they should be"},
    {"verdict.failed_address", "client", "failed: {client} got no address"},
    {"verdict.failed_name", "name rcode", "failed: {name} could not be resolved ({rcode})"},
    {"verdict.failed_connection", "server", "failed: no connection to {server}"},
    {"verdict.failed_security", "server", "failed: no TLS session with {server}"},
    {"verdict.failed_page", "status", "failed: the server answered {status}"},
    {"verdict.failed_no_answer", "server", "failed: {server} did not answer the request"},
    {"verdict.failed_other", "error", "failed: {error}"},
    {"verdict.unknown", "", "what happened cannot be told from what was captured"},

    // ── culprits: the cause
    {"cause.node_silent", "node reason", "{node} does not run or cannot be reached: {reason}"},
    {"cause.link_down", "link state", "the link {link} is down ({state})"},
    {"cause.link_missing", "link", "the interface of the link {link} is gone"},
    {"cause.link_loss", "link lost sent percent", "the link {link} lost {lost} of {sent} frames ({percent} %)"},
    {"cause.link_delay", "link delay normal", "the link {link} takes {delay}; other links {normal}"},
    {"cause.daemon_down", "node daemon detail", "{daemon} on {node} does not run ({detail})"},
    {"cause.bgp_admin_down", "node peer", "{node} has shut its BGP session with {peer}"},
    {"cause.bgp_down", "node peer state", "the BGP session of {node} with {peer} is {state}"},
    {"cause.ospf_down", "node peer detail", "{node} has lost its OSPF neighbour {peer}: {detail}"},
    {"cause.dns_servfail", "node name", "{node} answers SERVFAIL for {name}"},
    {"cause.dns_refused", "node name rcode", "{node} answers {rcode} for {name}"},
    {"cause.dns_silent", "node name", "{node} did not answer the question for {name}"},
    {"cause.web_status", "node status", "{node} answers {status}"},
    {"cause.backend_down", "node check", "the load balancer holds {node} to be down ({check})"},
    {"cause.no_backend", "node", "{node} has no back end that is up"},
    {"cause.condition", "node condition detail", "{node}: {condition}: {detail}"},
    {"cause.no_route", "node destination", "{node} has no route to {destination}"},
    {"cause.ttl_expired", "node", "the TTL ran out at {node}: a loop, or a path too long"},
    {"cause.dropped", "node destination", "{node} dropped packets for {destination}"},
    {"cause.arp_unanswered", "node target", "{node} asked for the MAC of {target}; nobody answered"},
    {"cause.refused", "node port", "{node} refused port {port}"},
    {"cause.reset", "node", "{node} reset the connection"},
    {"cause.icmp", "node message", "{node} reported: {message}"},
    {"cause.no_lease", "node", "{node} gave no lease"},
    {"cause.tls", "node reason", "TLS with {node}: {reason}"},
    {"cause.no_answer", "node", "{node} received the request and did not answer"},

    // ── evidence for a culprit
    {"evidence.lost", "count interface peer", "{count} frames left {interface} and never arrived at {peer}"},
    {"evidence.emulator_dropped", "count interface", "the link emulator of {interface} dropped {count} frames"},
    {"evidence.emulator_held", "count interface delay", "the link emulator of {interface} held {count} frames, {delay} each"},
    {"evidence.qdisc_drops", "count interface", "the queue of {interface} dropped {count} frames"},
    {"evidence.link_state", "node interface state", "{node} {interface}: {state}"},
    {"evidence.crossing", "count median", "{count} frames crossed, median {median}"},
    {"evidence.condition", "condition detail", "{condition}: {detail}"},
    {"evidence.daemon", "daemon exit", "{daemon} is not running; last exit: {exit}"},
    {"evidence.bgp", "node peer state", "on {node} the session with {peer} is {state}"},
    {"evidence.ospf", "node peer state", "on {node} the neighbour {peer} is {state}"},
    {"evidence.silent", "reason", "no capture: {reason}"},
    {"evidence.dns_rcode", "rcode name", "answered {rcode} for {name}"},
    {"evidence.dns_silent", "count name", "{count} questions for {name} without an answer"},
    {"evidence.http_status", "status path", "answered {status} for {path}"},
    {"evidence.backend", "balancer check", "{balancer} checks it: {check}"},
    {"evidence.ended_here", "count", "{count} trips ended here"},
    {"evidence.retransmissions", "count", "{count} segments had to be sent again"},
    {"evidence.refused", "port", "RST in answer to a SYN for port {port}"},
    {"evidence.icmp", "message", "ICMP {message}"},
    {"evidence.arp", "tries target", "{tries} ARP requests for {target} without an answer"},
    {"evidence.no_route", "destination", "its table has no route to {destination}"},
    {"evidence.client_error", "error", "the client says: {error}"},

    // ── frames that are no part of the journey
    {"background.ospf", "", "OSPF between routers"},
    {"background.bgp", "", "BGP between routers"},
    {"background.routing", "", "other routing protocols"},
    {"background.health_check", "", "the load balancer's health checks"},
    {"background.arp", "", "ARP of the lab's own life"},
    {"background.dhcp", "", "DHCP of other nodes"},
    {"background.dns", "", "DNS of other nodes"},
    {"background.ipv6", "", "IPv6 housekeeping: neighbour discovery, multicast reports"},
    {"background.multicast", "", "IPv4 multicast housekeeping: IGMP, mDNS"},
    {"background.bridge", "", "spanning tree and link-layer discovery"},
    {"background.other_flows", "", "traffic of other nodes, not caused by this request"},
    {"leftover.malformed", "", "frames that could not be decoded"},
    {"leftover.unknown_interface", "", "frames of an interface that no wire is known for"},
    {"leftover.no_origin", "", "frames whose origin was not captured"},
    {"leftover.unclaimed", "", "traffic no rule accounts for"},
});
// clang-format on

constexpr const Key* find_key(std::string_view key) {
  for (const Key& k : kKeys) {
    if (k.key == key) return &k;
  }
  return nullptr;
}

}  // namespace hoplab::journey
