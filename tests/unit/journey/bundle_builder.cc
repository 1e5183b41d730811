#include "tests/unit/journey/bundle_builder.h"

#include "controller/journey/engine.h"

namespace hoplab::journey::testing {
namespace {

void put(Octets& out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 255U));
}

// The Internet checksum of a segment with its pseudo-header, which is zero where it stands.
uint16_t checksum(const Octets& segment, uint32_t source, uint32_t destination, uint8_t protocol) {
  uint64_t sum = (source >> 16U) + (source & 0xffffU) + (destination >> 16U) +
                 (destination & 0xffffU) + protocol + segment.size();
  for (size_t i = 0; i < segment.size(); ++i) {
    sum += static_cast<uint64_t>(static_cast<uint8_t>(segment[i])) << (i % 2 == 0 ? 8U : 0U);
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<uint16_t>(~sum);
}

void set_interface(v1::NodeSpec& spec, const std::string& name, const std::string& peer,
                   const std::string& peer_interface) {
  auto& i = *spec.add_interfaces();
  i.set_name(name);
  i.set_peer_node(peer);
  i.set_peer_interface(peer_interface);
  const uint64_t m = SmallLab::mac(spec.node(), name);
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x",
                static_cast<unsigned>(m >> 40 & 255), static_cast<unsigned>(m >> 32 & 255),
                static_cast<unsigned>(m >> 24 & 255), static_cast<unsigned>(m >> 16 & 255),
                static_cast<unsigned>(m >> 8 & 255), static_cast<unsigned>(m & 255));
  i.set_mac(text);
}

}  // namespace

Octets ethernet(uint64_t destination, uint64_t source, uint16_t type, const Octets& body) {
  Octets f;
  put(f, destination, 6);
  put(f, source, 6);
  put(f, type, 2);
  return f + body;
}

Octets ipv4(uint32_t source, uint32_t destination, uint8_t ttl, uint16_t id, const Transport& t) {
  Octets l4;
  put(l4, t.source_port, 2);
  put(l4, t.destination_port, 2);
  if (t.protocol == 6) {
    put(l4, t.sequence, 4);
    put(l4, t.acknowledgement, 4);
    put(l4, (5 + t.options.size() / 4) << 4U, 1);
    put(l4, t.flags, 1);
    put(l4, 64240, 2);
    put(l4, 0, 4);
    l4 += t.options;
  } else if (t.protocol == 17) {
    put(l4, 8 + t.payload.size(), 2);
    put(l4, 0, 2);
  } else {
    l4.clear();
  }
  l4 += t.payload;
  if (t.protocol == 6 || t.protocol == 17) {
    const uint16_t sum = checksum(l4, source, destination, t.protocol);
    const size_t at = t.protocol == 6 ? 16 : 6;
    l4[at] = static_cast<char>(sum >> 8U);
    l4[at + 1] = static_cast<char>(sum & 255U);
  }
  Octets p;
  put(p, 0x4500, 2);
  put(p, 20 + l4.size(), 2);
  put(p, id, 2);
  put(p, 0x4000, 2);
  put(p, ttl, 1);
  put(p, t.protocol, 1);
  put(p, 0, 2);
  put(p, source, 4);
  put(p, destination, 4);
  return p + l4;
}

Octets arp(uint16_t operation, uint64_t sender_mac, uint32_t sender, uint64_t target_mac,
           uint32_t target) {
  Octets p;
  put(p, 0x0001080006040000ULL | operation, 8);
  put(p, sender_mac, 6);
  put(p, sender, 4);
  put(p, target_mac, 6);
  put(p, target, 4);
  return p;
}

Octets dhcp_payload(uint8_t type, uint32_t xid, uint64_t mac, uint32_t your_address,
                    uint32_t server) {
  Octets p;
  put(p, server != 0 ? 0x02010600 : 0x01010600, 4);  // op
  put(p, xid, 4);
  put(p, 0, 8);
  put(p, your_address, 4);
  put(p, 0, 8);
  put(p, mac, 6);
  p.append(10 + 64 + 128, '\0');
  put(p, 0x63825363, 4);
  put(p, 0x350100U | type, 3);
  if (server != 0) {
    put(p, 0x3604, 2);
    put(p, server, 4);
    put(p, 0x3304, 2);
    put(p, 600, 4);
    put(p, 0x0104ffffff00ULL, 6);
    put(p, 0x0304, 2);
    put(p, kGatewayLan, 4);
    put(p, 0x0604, 2);
    put(p, kDns, 4);
  }
  put(p, 255, 1);
  return p;
}

Octets dns_payload(uint16_t id, bool response, uint8_t rcode, bool authoritative,
                   const std::string& name, uint32_t answer) {
  Octets p;
  put(p, id, 2);
  put(p, (response ? 0x8000U : 0U) | (authoritative ? 0x0400U : 0U) | 0x0100U | rcode, 2);
  put(p, 1, 2);
  put(p, answer != 0 ? 1 : 0, 2);
  put(p, 0, 4);
  size_t from = 0;
  while (from < name.size()) {
    const size_t dot = name.find('.', from);
    put(p, dot - from, 1);
    p += name.substr(from, dot - from);
    from = dot + 1;
  }
  put(p, 0, 1);
  put(p, 0x00010001, 4);
  if (answer != 0) {
    put(p, 0xc00c, 2);
    put(p, 0x00010001, 4);
    put(p, 60, 4);
    put(p, 4, 2);
    put(p, answer, 4);
  }
  return p;
}

SmallLab::SmallLab() {
  bundle.set_lab("small");
  bundle.set_client("client");
  add_node("client", v1::CLIENT);
  add_node("sw", v1::SWITCH);
  add_node("dhcp", v1::DHCP_SERVER);
  add_node("gw", v1::GATEWAY);
  add_node("r", v1::ROUTER);
  add_node("server", v1::WEB_SERVER);
  add_node("dns", v1::DNS_SERVER);
  wire("client", "eth0", "sw", "p1");
  wire("gw", "lan", "sw", "p2");
  wire("dhcp", "eth0", "sw", "p3");
  wire("gw", "wan", "r", "eth0");
  wire("r", "eth1", "server", "eth0");
  wire("r", "eth2", "dns", "eth0");
  const auto address = [&](const char* node, int interface, const char* cidr) {
    for (auto& spec : *bundle.mutable_specs()) {
      if (spec.node() == node) spec.mutable_interfaces(interface)->add_addresses(cidr);
    }
  };
  address("gw", 0, "192.168.10.1/24");
  address("gw", 1, "100.64.1.2/30");
  address("dhcp", 0, "192.168.10.2/24");
  address("r", 0, "100.64.1.1/30");
  address("r", 1, "203.0.113.1/24");
  address("r", 2, "198.51.100.1/24");
  address("server", 0, "203.0.113.10/24");
  address("dns", 0, "198.51.100.5/24");
  for (auto& spec : *bundle.mutable_specs()) {
    auto& c = *bundle.add_captures();
    c.set_node(spec.node());
    for (const auto& i : spec.interfaces()) {
      c.add_interfaces(i.name());
      auto& link = *c.mutable_after()->add_links();
      link.set_name(i.name());
      link.set_admin_up(true);
      link.set_carrier(true);
      for (const auto& a : i.addresses()) link.add_addresses(a);
      c.mutable_summary()->add_interfaces()->set_interface(i.name());
    }
    if (spec.node() == "client")
      c.mutable_after()->mutable_links(0)->add_addresses("192.168.10.100/24");
    if (spec.node() == "dns") {
      spec.mutable_dns_server()->add_zones()->set_origin("naver.com.");
    }
  }
  auto& route = *capture("r").mutable_after()->add_routes();
  route.set_prefix("203.0.113.0/24");
  route.set_protocol("bgp");
  route.add_as_path(64520);
  route.add_as_path(64530);
  route.set_bgp_peer("203.0.113.10");
  route.add_next_hops()->set_interface("eth1");
  bundle.set_started_ns(now);
}

uint64_t SmallLab::mac(const std::string& node, const std::string& interface) {
  uint64_t h = 5381;
  for (const char c : node + interface) h = h * 33 + static_cast<unsigned char>(c);
  return 0x020000000000ULL | (h & 0xffffffffU);
}

void SmallLab::add_node(const std::string& name, v1::Role role) {
  bundle.add_specs()->set_node(name);
  auto& n = *bundle.add_nodes();
  n.set_name(name);
  n.set_role(role);
}

void SmallLab::wire(const std::string& a, const std::string& ai, const std::string& b,
                    const std::string& bi) {
  for (auto& spec : *bundle.mutable_specs()) {
    if (spec.node() == a) set_interface(spec, ai, b, bi);
    if (spec.node() == b) set_interface(spec, bi, a, ai);
  }
}

v1::NodeCapture& SmallLab::capture(const std::string& node) {
  for (auto& c : *bundle.mutable_captures()) {
    if (c.node() == node) return c;
  }
  auto& c = *bundle.add_captures();
  c.set_node(node);
  return c;
}

v1::Frame& SmallLab::record(const std::string& node, const std::string& interface, bool out,
                            const Octets& bytes) {
  auto& c = capture(node);
  auto& f = *c.add_frames();
  for (int i = 0; i < c.interfaces_size(); ++i) {
    if (c.interfaces(i) == interface) f.set_interface(static_cast<uint32_t>(i));
  }
  f.set_direction(out ? v1::Frame::OUT : v1::Frame::IN);
  f.set_time_ns(now);
  f.set_length(static_cast<uint32_t>(bytes.size()));
  f.set_data(bytes);
  now += crossing;
  return f;
}

void SmallLab::drop_capture(const std::string& node, const std::string& why) {
  auto& c = capture(node);
  c.clear_frames();
  c.clear_after();
  c.set_unreachable(why);
}

namespace {
const char* port_of(const std::string& node) {
  return node == "client" ? "p1" : node == "gw" ? "p2" : "p3";
}
const char* lan_interface(const std::string& node) { return node == "gw" ? "lan" : "eth0"; }
}  // namespace

void SmallLab::lan_broadcast(const std::string& from, const Octets& frame) {
  record(from, lan_interface(from), true, frame);
  record("sw", port_of(from), false, frame);
  for (const char* node : {"client", "gw", "dhcp"}) {
    if (from == node) continue;
    record("sw", port_of(node), true, frame);
    record(node, lan_interface(node), false, frame);
  }
}

void SmallLab::lan_unicast(const std::string& from, const std::string& to, const Octets& frame) {
  record(from, lan_interface(from), true, frame);
  record("sw", port_of(from), false, frame);
  record("sw", port_of(to), true, frame);
  record(to, lan_interface(to), false, frame);
}

void SmallLab::outward(const std::string& to, uint32_t destination, Transport t) {
  const uint16_t id = ++id_;
  const int number = sent++;
  lan_unicast("client", "gw",
              ethernet(mac("gw", "lan"), mac("client", "eth0"), 0x0800,
                       ipv4(kClient, destination, 64, id, t)));
  t.source_port = static_cast<uint16_t>(t.source_port + 1000);  // NAT picks another port
  const Octets translated = ethernet(mac("r", "eth0"), mac("gw", "wan"), 0x0800,
                                     ipv4(kGatewayWan, destination, 63, id, t));
  record("gw", "wan", true, translated);
  if (lose.contains(number)) return;
  now += slow_gateway_link;
  record("r", "eth0", false, translated);
  const std::string out = to == "dns" ? "eth2" : "eth1";
  const Octets routed =
      ethernet(mac(to, "eth0"), mac("r", out), 0x0800, ipv4(kGatewayWan, destination, 62, id, t));
  record("r", out, true, routed);
  record(to, "eth0", false, routed);
}

void SmallLab::inward(const std::string& from, uint32_t source, Transport t) {
  const uint16_t id = ++id_;
  const std::string in = from == "dns" ? "eth2" : "eth1";
  const uint16_t inside = t.destination_port;
  t.destination_port = static_cast<uint16_t>(inside + 1000);
  const Octets sent_frame =
      ethernet(mac("r", in), mac(from, "eth0"), 0x0800, ipv4(source, kGatewayWan, 64, id, t));
  record(from, "eth0", true, sent_frame);
  record("r", in, false, sent_frame);
  const Octets routed =
      ethernet(mac("gw", "wan"), mac("r", "eth0"), 0x0800, ipv4(source, kGatewayWan, 63, id, t));
  record("r", "eth0", true, routed);
  record("gw", "wan", false, routed);
  t.destination_port = inside;
  lan_unicast(
      "gw", "client",
      ethernet(mac("client", "eth0"), mac("gw", "lan"), 0x0800, ipv4(source, kClient, 62, id, t)));
}

void SmallLab::dora() {
  const uint64_t m = mac("client", "eth0");
  const auto say = [&](bool ask, uint8_t type, uint32_t address) {
    const Transport t{.source_port = static_cast<uint16_t>(ask ? 68 : 67),
                      .destination_port = static_cast<uint16_t>(ask ? 67 : 68),
                      .options = {},
                      .payload = dhcp_payload(type, 0xabcd, m, address, ask ? 0 : kDhcp)};
    lan_broadcast(ask ? "client" : "dhcp",
                  ethernet(0xffffffffffffULL, ask ? m : mac("dhcp", "eth0"), 0x0800,
                           ipv4(ask ? 0 : kDhcp, 0xffffffffU, 64, ++id_, t)));
  };
  say(true, 1, 0);
  say(false, 2, kClient);
  say(true, 3, 0);
  say(false, 5, kClient);
}

void SmallLab::arp_for_gateway() {
  const uint64_t m = mac("client", "eth0");
  const uint64_t g = mac("gw", "lan");
  lan_broadcast("client",
                ethernet(0xffffffffffffULL, m, 0x0806, arp(1, m, kClient, 0, kGatewayLan)));
  lan_unicast("gw", "client", ethernet(m, g, 0x0806, arp(2, g, kGatewayLan, m, kClient)));
}

void SmallLab::resolve(uint8_t rcode) {
  Transport q{.source_port = 40000, .destination_port = 53, .options = {}, .payload = {}};
  q.payload = dns_payload(++query_, false, 0, false, "www.naver.com.", 0);
  outward("dns", kDns, q);
  Transport a{.source_port = 53, .destination_port = 40000, .options = {}, .payload = {}};
  a.payload =
      dns_payload(query_, true, rcode, rcode == 0, "www.naver.com.", rcode == 0 ? kServer : 0);
  inward("dns", kDns, a);
}

void SmallLab::resolve_by_gateway(bool cached, uint8_t rcode) {
  const auto said = [&](bool answer, uint16_t id, uint8_t code, bool authoritative) {
    return dns_payload(id, answer, code, authoritative, "www.naver.com.",
                       answer && code == 0 ? kServer : 0);
  };
  const auto talk = [&](uint16_t from, uint16_t to, const Octets& payload) {
    return Transport{
        .source_port = from, .destination_port = to, .options = {}, .payload = payload};
  };
  const uint64_t c = mac("client", "eth0");
  const uint64_t g = mac("gw", "lan");
  lan_unicast(
      "client", "gw",
      ethernet(g, c, 0x0800,
               ipv4(kClient, kGatewayLan, 64, ++id_, talk(40001, 53, said(false, 9, 0, false)))));
  if (!cached) {
    const uint64_t w = mac("gw", "wan");
    const auto pass = [&](bool out, const Transport& t) {
      const uint32_t from = out ? kGatewayWan : kDns;
      const uint32_t to = out ? kDns : kGatewayWan;
      ++id_;
      const Octets outer = ethernet(out ? mac("r", "eth0") : w, out ? w : mac("r", "eth0"), 0x0800,
                                    ipv4(from, to, out ? 64 : 63, id_, t));
      const uint64_t a = mac("r", "eth2");
      const uint64_t d = mac("dns", "eth0");
      const Octets inner =
          ethernet(out ? d : a, out ? a : d, 0x0800, ipv4(from, to, out ? 63 : 64, id_, t));
      record(out ? "gw" : "dns", out ? "wan" : "eth0", true, out ? outer : inner);
      record("r", out ? "eth0" : "eth2", false, out ? outer : inner);
      record("r", out ? "eth2" : "eth0", true, out ? inner : outer);
      record(out ? "dns" : "gw", out ? "eth0" : "wan", false, out ? inner : outer);
    };
    pass(true, talk(41000, 53, said(false, 77, 0, false)));
    pass(false, talk(53, 41000, said(true, 77, rcode, rcode == 0)));
  }
  lan_unicast("gw", "client",
              ethernet(c, g, 0x0800,
                       ipv4(kGatewayLan, kClient, 64, ++id_,
                            talk(53, 40001, said(true, 9, rcode, false)))));
}

void SmallLab::fetch(int status) {
  const Octets options("\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\x01\x01", 12);
  const std::string get = "GET / HTTP/1.1\r\nHost: www.naver.com\r\n\r\n";
  const std::string answer = "HTTP/1.1 " + std::to_string(status) + " Said\r\n\r\nhello";
  const auto g = static_cast<uint32_t>(get.size());
  const auto a = static_cast<uint32_t>(answer.size());
  const auto out = [&](uint32_t seq, uint32_t ack, uint8_t flags, const Octets& o,
                       const Octets& p) {
    outward("server", kServer, {6, 50000, 80, seq, ack, flags, o, p});
  };
  const auto in = [&](uint32_t seq, uint32_t ack, uint8_t flags, const Octets& o, const Octets& p) {
    inward("server", kServer, {6, 80, 50000, seq, ack, flags, o, p});
  };
  out(1000, 0, 2, options, {});
  if (lose.contains(sent - 1)) out(1000, 0, 2, options, {});
  in(9000, 1001, 18, options, {});
  out(1001, 9001, 16, {}, {});
  out(1001, 9001, 24, {}, get);
  in(9001, 1001 + g, 24, {}, answer);
  out(1001 + g, 9001 + a, 17, {}, {});
  in(9001 + a, 1002 + g, 17, {}, {});
  out(1002 + g, 9002 + a, 16, {}, {});
}

void SmallLab::ospf_hello() {
  const Transport t{
      .protocol = 89, .options = {}, .payload = Octets("\x02\x01", 2) + Octets(42, '\0')};
  const Octets f = ethernet(0x01005e000005ULL, mac("r", "eth0"), 0x0800,
                            ipv4(kRouterWan, 0xe0000005, 1, ++id_, t));
  record("r", "eth0", true, f);
  record("gw", "wan", false, f);
}

void SmallLab::add_backend() {
  for (auto& n : *bundle.mutable_nodes()) {
    if (n.name() == "server") n.set_role(v1::LOAD_BALANCER);
  }
  add_node("web", v1::WEB_SERVER);
  wire("server", "eth1", "web", "eth0");
  for (auto& spec : *bundle.mutable_specs()) {
    if (spec.node() == "server") {
      spec.mutable_interfaces(1)->add_addresses("10.0.0.1/24");
      auto& backend = *spec.mutable_load_balancer()->add_backends();
      backend.set_node("web");
      backend.set_address("10.0.0.2");
    }
    if (spec.node() == "web") spec.mutable_interfaces(0)->add_addresses("10.0.0.2/24");
  }
  capture("server").add_interfaces("eth1");
  auto& inside = *capture("server").mutable_after()->add_links();
  inside.set_name("eth1");
  inside.set_admin_up(true);
  inside.set_carrier(true);
  capture("web").add_interfaces("eth0");
}

void SmallLab::behind(uint16_t port, uint32_t sequence, uint32_t acknowledgement, uint8_t flags,
                      bool back, const Octets& payload) {
  const Transport t{6,
                    back ? uint16_t{80} : port,
                    back ? port : uint16_t{80},
                    sequence,
                    acknowledgement,
                    flags,
                    {},
                    payload};
  const uint64_t a = mac("server", "eth1");
  const uint64_t b = mac("web", "eth0");
  const Octets f = back ? ethernet(a, b, 0x0800, ipv4(kWeb, kBalancerInside, 64, ++id_, t))
                        : ethernet(b, a, 0x0800, ipv4(kBalancerInside, kWeb, 64, ++id_, t));
  record(back ? "web" : "server", back ? "eth0" : "eth1", true, f);
  record(back ? "server" : "web", back ? "eth1" : "eth0", false, f);
}

void SmallLab::fetch_through_balancer(int status, bool logged) {
  const std::string get = "GET / HTTP/1.1\r\nHost: www.naver.com\r\n\r\n";
  const std::string inner =
      "GET / HTTP/1.1\r\nHost: www.naver.com\r\nX-Forwarded-For: 100.64.1.2\r\n\r\n";
  const std::string answer = "HTTP/1.1 " + std::to_string(status) + " Said\r\n\r\nhello";
  const auto g = static_cast<uint32_t>(get.size());
  const auto i = static_cast<uint32_t>(inner.size());
  outward("server", kServer, {6, 50000, 80, 1000, 0, 2, {}, {}});
  inward("server", kServer, {6, 80, 50000, 9000, 1001, 18, {}, {}});
  outward("server", kServer, {6, 50000, 80, 1001, 9001, 16, {}, {}});
  outward("server", kServer, {6, 50000, 80, 1001, 9001, 24, {}, get});
  behind(33000, 500, 0, 2, false, {});
  behind(33000, 700, 501, 18, true, {});
  behind(33000, 501, 701, 16, false, {});
  behind(33000, 501, 701, 24, false, inner);
  behind(33000, 701, 501 + i, 24, true, answer);
  inward("server", kServer, {6, 80, 50000, 9001, 1001 + g, 24, {}, answer});
  if (!logged) return;
  auto& e = *capture("server").add_events();
  e.set_time_ns(now);
  e.set_daemon("haproxy");
  auto& p = *e.mutable_proxy();
  p.set_client_address("100.64.1.2");
  p.set_client_port(51000);
  p.set_frontend("web");
  p.set_backend("servers");
  p.set_server("web");
  p.set_source_address("10.0.0.1");
  p.set_source_port(33000);
  p.set_server_address("10.0.0.2");
  p.set_server_port(80);
  p.set_status(static_cast<uint32_t>(status));
}

void SmallLab::health_check() {
  behind(14000, 100, 0, 2, false, {});
  behind(14000, 200, 101, 18, true, {});
  behind(14000, 101, 201, 24, false, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  behind(14000, 201, 140, 24, true, "HTTP/1.1 200 OK\r\n\r\n");
  behind(14000, 140, 250, 20, false, {});
}

void SmallLab::finish(int exit_code, int status) {
  bundle.set_url(url);
  bundle.set_ended_ns(now);
  bundle.mutable_result()->set_exit_code(exit_code);
  bundle.mutable_result()->set_http_status(status);
}

v1::Journey SmallLab::build_journey() { return build(bundle); }

}  // namespace hoplab::journey::testing
