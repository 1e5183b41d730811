#include "tests/unit/report/sample_journeys.h"

#include <initializer_list>
#include <string>
#include <utility>

namespace hoplab::report::test {
namespace {

constexpr int64_t kStart = 1'700'000'000'000'000'000;
constexpr int64_t kMicro = 1000;
constexpr int64_t kMilli = 1000 * kMicro;

using Args = std::initializer_list<std::pair<const char*, const char*>>;

v1::Fact fact(const char* key, Args args = {}) {
  v1::Fact made;
  made.set_key(key);
  for (const auto& [name, value] : args) (*made.mutable_args())[name] = value;
  return made;
}

v1::Explanation explain(const v1::Fact& check, const v1::Fact& result = {},
                        const v1::Fact& consequence = {}) {
  v1::Explanation made;
  if (!check.key().empty()) *made.mutable_check() = check;
  if (!result.key().empty()) *made.mutable_result() = result;
  if (!consequence.key().empty()) *made.mutable_consequence() = consequence;
  return made;
}

struct HopAt {
  const char* node;
  const char* in;
  const char* out;
  int64_t in_us;  // after the start; negative: no time
  int64_t out_us;
};

v1::Hop& add_hop(v1::Trip& trip, const HopAt& at, v1::Hop::Outcome outcome, uint32_t parent) {
  v1::Hop& hop = *trip.add_hops();
  hop.set_id(trip.id() * 100 + static_cast<uint32_t>(trip.hops_size()));
  hop.set_parent(parent);
  hop.set_node(at.node);
  hop.set_in_interface(at.in);
  hop.set_out_interface(at.out);
  if (at.in_us >= 0) hop.set_in_ns(kStart + at.in_us * kMicro);
  if (at.out_us >= 0) hop.set_out_ns(kStart + at.out_us * kMicro);
  hop.set_outcome(outcome);
  return hop;
}

void rewrite(v1::Hop& hop, const char* layer, const char* field, const char* before,
             const char* after) {
  v1::Rewrite& one = *hop.add_rewrites();
  one.set_layer(layer);
  one.set_field(field);
  one.set_before(before);
  one.set_after(after);
}

void headers(v1::Headers& made, const char* source, uint32_t ttl) {
  made.set_source_mac("02:68:00:00:00:01");
  made.set_destination_mac("02:68:00:00:00:02");
  made.set_ether_type("IPv4");
  made.set_source(source);
  made.set_destination("203.0.113.10");
  made.set_ttl(ttl);
  made.set_ip_id(4711);
  made.set_protocol("TCP");
  made.set_source_port(40112);
  made.set_destination_port(443);
  made.set_info("SYN seq=0 win=64240 MSS=1460");
}

void frame(v1::FrameRef& made, const char* node, const char* interface, uint64_t index) {
  made.set_node(node);
  made.set_interface(interface);
  made.set_index(index);
  made.set_length(74);
}

v1::Trip& add_trip(v1::Journey& journey, const char* protocol, const v1::Fact& summary,
                   const char* origin, const char* destination, int64_t start_us, int64_t end_us) {
  v1::Trip& trip = *journey.add_trips();
  trip.set_id(static_cast<uint32_t>(journey.trips_size()));
  trip.set_protocol(protocol);
  *trip.mutable_summary() = summary;
  trip.set_origin(origin);
  trip.set_destination(destination);
  trip.set_start_ns(kStart + start_us * kMicro);
  trip.set_end_ns(kStart + end_us * kMicro);
  trip.set_outcome(v1::Trip::DELIVERED);
  return trip;
}

v1::Phase& add_phase(v1::Journey& journey, v1::Phase::Kind kind, int64_t start_us, int64_t end_us,
                     const v1::Fact& summary) {
  v1::Phase& phase = *journey.add_phases();
  phase.set_kind(kind);
  phase.set_start_ns(kStart + start_us * kMicro);
  phase.set_end_ns(kStart + end_us * kMicro);
  phase.set_status(v1::Exchange::OK);
  *phase.mutable_summary() = summary;
  return phase;
}

v1::Exchange& add_exchange(v1::Journey& journey, v1::Phase& phase, const char* kind,
                           const v1::Fact& title, const char* client, const char* server) {
  uint32_t id = 1;
  for (const auto& other : journey.phases()) id += static_cast<uint32_t>(other.exchanges_size());
  v1::Exchange& exchange = *phase.add_exchanges();
  exchange.set_id(id);
  exchange.set_kind(kind);
  *exchange.mutable_title() = title;
  exchange.set_client(client);
  exchange.set_server(server);
  exchange.set_start_ns(phase.start_ns());
  exchange.set_end_ns(phase.end_ns());
  exchange.set_status(v1::Exchange::OK);
  return exchange;
}

void add_nodes(v1::Journey& journey) {
  for (const char* name : {"client", "home-sw", "dhcp", "home-gw", "isp1", "isp2", "transit1",
                           "naver-border", "lb", "web1", "web2"}) {
    v1::JourneyNode& node = *journey.add_nodes();
    node.set_name(name);
    node.set_on_path(node.name() != "web1");
  }
}

v1::Journey headed() {
  v1::Journey journey;
  journey.set_lab("naver");
  journey.set_client("client");
  journey.set_url("https://www.naver.com/");
  journey.set_cold(true);
  journey.set_started_ns(kStart);
  journey.set_ended_ns(kStart + 61 * kMilli + 234 * kMicro);
  add_nodes(journey);
  return journey;
}

v1::Fact syn() { return fact("trip.tcp", {{"flags", "SYN"}, {"bytes", "0"}}); }

// The SYN through the home switch, NAT, and the border; `cut` loses it between isp1 and isp2.
void add_syn(v1::Journey& journey, bool cut) {
  v1::Trip& trip = add_trip(journey, "TCP", syn(), "client", "lb", 23000, 24000);
  v1::Hop& client = add_hop(trip, {"client", "", "eth0", -1, 23000}, v1::Hop::ORIGINATED, 0);
  headers(*client.mutable_out_headers(), "192.168.10.100", 64);
  frame(*client.mutable_out_frame(), "client", "eth0", 17);
  *client.add_decisions() =
      explain(fact("route.destination_remote", {{"destination", "203.0.113.10"}}),
              fact("route.dhcp", {{"prefix", "0.0.0.0/0"}, {"router", "192.168.10.1"}}),
              fact("route.via",
                   {{"next_hop", "192.168.10.1"}, {"node", "home-gw"}, {"interface", "eth0"}}));
  *client.add_decisions() =
      explain(fact("arp.hit", {{"address", "192.168.10.1"}, {"mac", "02:68:00:00:00:02"}}));
  v1::Hop& hub =
      add_hop(trip, {"home-sw", "port1", "port2", 23012, 23021}, v1::Hop::SWITCHED, client.id());
  *hub.add_decisions() =
      explain(fact("switch.known", {{"mac", "02:68:00:00:00:02"}, {"port", "port2"}}), {},
              fact("switch.forward", {{"port", "port2"}}));
  add_hop(trip, {"dhcp", "eth0", "", 23023, -1}, v1::Hop::IGNORED, hub.id());
  v1::Hop& gateway =
      add_hop(trip, {"home-gw", "lan", "wan", 23030, 23061}, v1::Hop::FORWARDED, hub.id());
  headers(*gateway.mutable_in_headers(), "192.168.10.100", 64);
  headers(*gateway.mutable_out_headers(), "100.64.1.2", 63);
  frame(*gateway.mutable_in_frame(), "home-gw", "lan", 20);
  frame(*gateway.mutable_out_frame(), "home-gw", "wan", 21);
  rewrite(gateway, "ip", "source", "192.168.10.100", "100.64.1.2");
  rewrite(gateway, "ip", "ttl", "64", "63");
  *gateway.add_decisions() = explain(
      fact("route.default", {{"prefix", "0.0.0.0/0"}, {"protocol", "static"}, {"metric", "0"}}),
      fact("route.via", {{"next_hop", "100.64.1.1"}, {"node", "isp1"}, {"interface", "wan"}}));
  *gateway.add_decisions() = explain(
      fact("nat.source", {{"before", "192.168.10.100:40112"}, {"after", "100.64.1.2:40112"}}),
      fact("nat.new", {{"inside", "192.168.10.100:40112"}, {"outside", "100.64.1.2:40112"}}));
  *gateway.add_decisions() =
      explain(fact("ttl.decremented", {{"field", "TTL"}, {"before", "64"}, {"after", "63"}}));
  v1::Hop& isp = add_hop(trip, {"isp1", "eth0", "eth1", 23080, 23102},
                         cut ? v1::Hop::LOST : v1::Hop::FORWARDED, gateway.id());
  *isp.add_decisions() = explain(
      fact("route.bgp",
           {{"prefix", "203.0.113.0/24"}, {"peer", "transit1"}, {"as_path", "64520 64530"}}),
      fact("route.via", {{"next_hop", "10.1.0.6"}, {"node", "isp2"}, {"interface", "eth1"}}));
  if (cut) {
    trip.set_outcome(v1::Trip::LOST);
    *isp.add_decisions() =
        explain(fact("hop.lost_on_link", {{"peer", "isp2"}, {"peer_interface", "eth0"}}));
    return;
  }
  v1::Hop& border = add_hop(trip, {"naver-border", "eth0", "eth1", 73402, 73430},
                            v1::Hop::FORWARDED, isp.id());  // a slow wire before it
  *border.add_decisions() =
      explain(fact("route.connected", {{"prefix", "203.0.113.0/24"}, {"interface", "eth1"}}));
  v1::Hop& end = add_hop(trip, {"lb", "eth0", "", 73450, -1}, v1::Hop::DELIVERED, border.id());
  *end.add_decisions() =
      explain(fact("deliver.port", {{"protocol", "TCP"}, {"port", "443"}, {"service", "haproxy"}}));
}

void add_address(v1::Journey& journey) {
  v1::Phase& phase = add_phase(journey, v1::Phase::ADDRESS, 0, 4100,
                               fact("phase.address", {{"address", "192.168.10.100/24"},
                                                      {"router", "192.168.10.1"},
                                                      {"server", "dhcp"},
                                                      {"seconds", "600"}}));
  v1::Exchange& exchange =
      add_exchange(journey, phase, "dora",
                   fact("exchange.dora",
                        {{"client", "client"}, {"server", "dhcp"}, {"address", "192.168.10.100"}}),
                   "client", "dhcp");
  *exchange.add_facts() = fact(
      "fact.dhcp_message",
      {{"message", "DISCOVER"}, {"source", "0.0.0.0:68"}, {"destination", "255.255.255.255:67"}});
  v1::Trip& trip = add_trip(
      journey, "DHCP", fact("trip.dhcp", {{"message", "DISCOVER"}, {"mac", "02:68:00:00:00:01"}}),
      "client", "dhcp", 0, 120);
  exchange.add_trips(trip.id());
  v1::Hop& client = add_hop(trip, {"client", "", "eth0", -1, 0}, v1::Hop::ORIGINATED, 0);
  *client.add_decisions() = explain(fact("arp.broadcast"));
  // A switch's copies are hops side by side, one for each port.
  v1::Hop& hub =
      add_hop(trip, {"home-sw", "port1", "port3", 10, 21}, v1::Hop::SWITCHED, client.id());
  *hub.add_decisions() = explain(fact("switch.broadcast", {{"ports", "port2, port3"}}));
  const uint32_t to_server = hub.id();
  const uint32_t to_gateway =
      add_hop(trip, {"home-sw", "port1", "port2", 10, 22}, v1::Hop::SWITCHED, client.id()).id();
  v1::Hop& server = add_hop(trip, {"dhcp", "eth0", "", 60, -1}, v1::Hop::DELIVERED, to_server);
  *server.add_decisions() =
      explain(fact("deliver.broadcast"), {},
              fact("dhcp.offered", {{"address", "192.168.10.100"}, {"mac", "02:68:00:00:00:01"}}));
  add_hop(trip, {"home-gw", "lan", "", 61, -1}, v1::Hop::IGNORED, to_gateway);
}

void add_name(v1::Journey& journey) {
  v1::Phase& phase =
      add_phase(journey, v1::Phase::NAME, 4200, 22500,
                fact("phase.name", {{"path",
                                     "home-gw miss → isp-resolver miss → root-a → tld-com → "
                                     "ns-naver"},
                                    {"answer", "203.0.113.10"},
                                    {"ttl", "60"},
                                    {"authority", "authoritative"}}));
  v1::Exchange& asked = add_exchange(
      journey, phase, "dns",
      fact(
          "exchange.dns",
          {{"client", "client"}, {"server", "home-gw"}, {"name", "www.naver.com."}, {"type", "A"}}),
      "client", "home-gw");
  *asked.add_facts() =
      fact("fact.dns_cache_miss", {{"server", "home-gw"}, {"name", "www.naver.com."}});
  v1::Trip& question =
      add_trip(journey, "DNS", fact("trip.dns_query", {{"name", "www.naver.com."}, {"type", "A"}}),
               "client", "home-gw", 4200, 4300);
  asked.add_trips(question.id());
  add_hop(question, {"client", "", "eth0", -1, 4200}, v1::Hop::ORIGINATED, 0);
  v1::Exchange& because =
      add_exchange(journey, phase, "arp",
                   fact("exchange.arp", {{"client", "home-gw"}, {"target", "192.168.10.100"}}),
                   "home-gw", "client");
  because.set_parent(asked.id());
}

void add_rest(v1::Journey& journey) {
  v1::Phase& connection = add_phase(
      journey, v1::Phase::CONNECTION, 23000, 25900,
      fact("phase.connection",
           {{"server", "lb"}, {"out", "9"}, {"back", "9"}, {"lost", "0"}, {"mss", "1460"}}));
  v1::Exchange& handshake = add_exchange(
      journey, connection, "tcp handshake",
      fact("exchange.tcp_handshake",
           {{"client", "client"}, {"server", "lb"}, {"address", "203.0.113.10"}, {"port", "443"}}),
      "client", "lb");
  add_syn(journey, false);
  handshake.add_trips(static_cast<uint32_t>(journey.trips_size()));
  v1::Trip& answer =
      add_trip(journey, "TCP", fact("trip.tcp", {{"flags", "SYN ACK"}, {"bytes", "0"}}), "lb",
               "client", 24100, 25100);
  add_hop(answer, {"lb", "", "eth0", -1, 24100}, v1::Hop::ORIGINATED, 0);
  handshake.add_trips(answer.id());
  v1::Trip& last = add_trip(journey, "TCP", fact("trip.tcp", {{"flags", "ACK"}, {"bytes", "0"}}),
                            "client", "lb", 25200, 25900);
  last.set_retransmission(true);
  handshake.add_trips(last.id());

  v1::Phase& security = add_phase(journey, v1::Phase::SECURITY, 26000, 32000,
                                  fact("phase.security", {{"version", "TLS 1.3"},
                                                          {"cipher", "AES-256-GCM"},
                                                          {"subject", "CN=www.naver.com"},
                                                          {"issuer", "CN=hoplab lab CA"}}));
  add_exchange(journey, security, "tls handshake",
               fact("exchange.tls_handshake",
                    {{"client", "client"}, {"server", "lb"}, {"name", "www.naver.com"}}),
               "client", "lb");
  v1::Phase& page = add_phase(
      journey, v1::Phase::PAGE, 32100, 41800,
      fact("phase.page",
           {{"path", "client → lb → web2 (roundrobin)"}, {"status", "200"}, {"bytes", "4096"}}));
  add_exchange(journey, page, "http",
               fact("exchange.http_encrypted", {{"client", "client"}, {"server", "lb"}}), "client",
               "lb");
}

void add_frames(v1::Journey& journey) {
  auto& frames = *journey.mutable_completeness();
  frames.set_seen(1630);
  frames.set_explained(1214);
  frames.set_background(416);
  v1::LeftOver& ospf = *frames.add_background_kinds();
  *ospf.mutable_reason() = fact("background.ospf");
  ospf.set_frames(300);
  v1::LeftOver& checks = *frames.add_background_kinds();
  *checks.mutable_reason() = fact("background.health_check");
  checks.set_frames(116);
}

}  // namespace

v1::Journey good_journey() {
  v1::Journey journey = headed();
  journey.mutable_result()->set_http_status(200);
  journey.mutable_verdict()->set_result(v1::Verdict::OK);
  add_address(journey);
  add_name(journey);
  add_rest(journey);
  add_frames(journey);
  return journey;
}

v1::Journey lost_journey() {
  v1::Journey journey = headed();
  journey.set_ended_ns(kStart + 15'000 * kMilli);
  journey.mutable_result()->set_exit_code(28);
  journey.mutable_result()->set_error("Connection timed out after 15000 milliseconds");
  add_address(journey);
  add_name(journey);
  v1::Phase& connection =
      add_phase(journey, v1::Phase::CONNECTION, 23000, 14'980'000,
                fact("phase.connection_failed",
                     {{"server", "lb"}, {"port", "443"}, {"reason", "no answer"}}));
  connection.set_status(v1::Exchange::FAILED);
  v1::Exchange& handshake = add_exchange(
      journey, connection, "tcp handshake",
      fact("exchange.tcp_handshake",
           {{"client", "client"}, {"server", "lb"}, {"address", "203.0.113.10"}, {"port", "443"}}),
      "client", "lb");
  handshake.set_status(v1::Exchange::FAILED);
  *handshake.add_facts() = fact("fact.tcp_silent", {{"tries", "5"}});
  add_syn(journey, true);
  handshake.add_trips(static_cast<uint32_t>(journey.trips_size()));
  v1::Verdict& verdict = *journey.mutable_verdict();
  verdict.set_result(v1::Verdict::FAILED);
  *verdict.mutable_summary() = fact("verdict.failed_connection", {{"server", "lb"}});
  v1::Culprit& link = *verdict.add_culprits();
  link.set_node("isp1");
  link.set_interface("eth1");
  link.set_peer_node("isp2");
  link.set_peer_interface("eth0");
  link.set_layer("link");
  link.set_on_path(true);
  *link.mutable_cause() =
      fact("cause.link_loss",
           {{"link", "isp1:eth1 ⇄ isp2:eth0"}, {"lost", "5"}, {"sent", "5"}, {"percent", "100"}});
  v1::Evidence& evidence = *link.add_evidence();
  *evidence.mutable_fact() =
      fact("evidence.lost", {{"count", "5"}, {"interface", "isp1:eth1"}, {"peer", "isp2:eth0"}});
  evidence.set_trip(static_cast<uint32_t>(journey.trips_size()));
  evidence.set_hop(journey.trips().rbegin()->hops().rbegin()->id());
  *link.add_evidence()->mutable_fact() =
      fact("evidence.emulator_dropped", {{"count", "5"}, {"interface", "eth1"}});
  for (const char* web : {"web1", "web2", "web3", "web4", "web5"}) {
    v1::Consequence& follows = *link.add_consequences();
    follows.set_node(web);
    follows.set_layer("application");
    *follows.mutable_cause() = fact("cause.backend_down", {{"node", web}, {"check", "L4TOUT"}});
  }
  v1::Culprit& aside = *verdict.add_culprits();
  aside.set_node("web1");
  aside.set_layer("application");
  *aside.mutable_cause() = fact("cause.web_status", {{"node", "web1"}, {"status", "503"}});
  v1::Fault& fault = *journey.add_faults();
  fault.set_node("isp1");
  fault.mutable_link_loss()->set_interface("eth1");
  fault.mutable_link_loss()->set_percent(100);
  add_frames(journey);
  return journey;
}

v1::Journey doubtful_journey() {
  v1::Journey journey = good_journey();
  journey.set_url("https://www.naver.com/\x1b[31m");  // nothing may colour the screen by its own
  journey.mutable_verdict()->set_result(v1::Verdict::DEGRADED);
  *journey.mutable_verdict()->mutable_summary() =
      fact("verdict.not_in_the_catalogue", {{"b", "2"}, {"a", "1"}});
  v1::Culprit& culprit = *journey.mutable_verdict()->add_culprits();
  culprit.set_node("naver-border");
  culprit.set_layer("network");
  *culprit.mutable_cause() = fact("cause.bgp_admin_down", {{"node", "naver-border"}});
  journey.mutable_phases(2)->set_status(v1::Exchange::DEGRADED);
  v1::Trip& unsure = *journey.mutable_trips(2);
  unsure.set_outcome(v1::Trip::UNKNOWN);
  v1::Hop& last = *unsure.mutable_hops(unsure.hops_size() - 1);
  last.set_outcome(v1::Hop::UNKNOWN);
  *last.add_decisions() = explain(fact("hop.ring_drops", {{"drops", "12"}}));
  auto& frames = *journey.mutable_completeness();
  frames.set_seen(1640);
  frames.set_left_over(7);
  frames.set_ring_drops(12);
  v1::InterfaceCompleteness& interface = *frames.add_interfaces();
  interface.set_node("lb");
  interface.set_interface("eth0");
  interface.set_ring_drops(12);
  frames.add_silent_nodes("isp2");
  v1::EventLoss& loss = *frames.add_event_losses();
  loss.set_node("isp-dns");
  loss.set_events(3);
  v1::LeftOver& left = *frames.add_left_overs();
  *left.mutable_reason() = fact("leftover.no_origin");
  left.set_frames(7);
  frame(*left.add_examples(), "transit1", "eth2", 88);
  return journey;
}

}  // namespace hoplab::report::test
