// A small lab made of bytes: client – switch – gateway (NAT) – router – server and DNS server, and
// the frames of one request through it, so that the engine is tested without a container.
//
//   client eth0 ─ p1 sw p2 ─ lan gw wan ─ eth0 r eth1 ─ eth0 server
//   dhcp   eth0 ─ p3 sw            r eth2 ─ eth0 dns
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "proto/journey.pb.h"

namespace hoplab::journey::testing {

using Octets = std::string;

inline constexpr uint32_t kClient = 0xc0a80a64;  // 192.168.10.100
inline constexpr uint32_t kGatewayLan = 0xc0a80a01;
inline constexpr uint32_t kDhcp = 0xc0a80a02;
inline constexpr uint32_t kGatewayWan = 0x64400102;  // 100.64.1.2
inline constexpr uint32_t kRouterWan = 0x64400101;
inline constexpr uint32_t kServer = 0xcb00710a;          // 203.0.113.10
inline constexpr uint32_t kBalancerInside = 0x0a000001;  // 10.0.0.1
inline constexpr uint32_t kWeb = 0x0a000002;
inline constexpr uint32_t kDns = 0xc6336405;  // 198.51.100.5

struct Transport {
  uint8_t protocol = 17;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t sequence = 0;
  uint32_t acknowledgement = 0;
  uint8_t flags = 0;
  Octets options;  // TCP
  Octets payload;
};

Octets ethernet(uint64_t destination, uint64_t source, uint16_t type, const Octets& body);
Octets ipv4(uint32_t source, uint32_t destination, uint8_t ttl, uint16_t id, const Transport& t);
Octets arp(uint16_t operation, uint64_t sender_mac, uint32_t sender, uint64_t target_mac,
           uint32_t target);
Octets dhcp_payload(uint8_t type, uint32_t xid, uint64_t mac, uint32_t your_address,
                    uint32_t server);
// answer 0: none
Octets dns_payload(uint16_t id, bool response, uint8_t rcode, bool authoritative,
                   const std::string& name, uint32_t answer);

class SmallLab {
 public:
  SmallLab();

  v1::Bundle bundle;
  int64_t now = 1'000'000'000;
  int64_t crossing = 20'000;      // ns a wire takes
  std::set<int> lose;             // numbers of packets (in order of send) lost between gw and r
  int64_t slow_gateway_link = 0;  // extra ns from gw wan to r
  int sent = 0;
  std::string url = "http://www.naver.com/";

  static uint64_t mac(const std::string& node, const std::string& interface);
  v1::NodeCapture& capture(const std::string& node);
  v1::Frame& record(const std::string& node, const std::string& interface, bool out,
                    const Octets& bytes);
  void drop_capture(const std::string& node, const std::string& why);

  // The client's side of the LAN: everything through the switch.
  void lan_broadcast(const std::string& from, const Octets& frame);
  void lan_unicast(const std::string& from, const std::string& to, const Octets& frame);
  // A datagram from the client to a node behind the router, and back; through switch and NAT.
  void outward(const std::string& to, uint32_t destination, Transport t);
  void inward(const std::string& from, uint32_t source, Transport t);

  void dora();
  void arp_for_gateway();
  // rcode: of the DNS server's answer
  void resolve(uint8_t rcode = 0);
  // The gateway answers, from its cache or after asking the DNS server.
  void resolve_by_gateway(bool cached, uint8_t rcode = 0);
  void fetch(int status = 200);
  void ospf_hello();
  // The server becomes a load balancer with a web server behind it: client → server → web.
  void add_backend();
  void fetch_through_balancer(int status, bool logged);
  void health_check();
  // One segment between the balancer's port and the web server, or back.
  void behind(uint16_t port, uint32_t sequence, uint32_t acknowledgement, uint8_t flags, bool back,
              const Octets& payload);
  v1::Journey build_journey();

  void finish(int exit_code, int status);

 private:
  void add_node(const std::string& name, v1::Role role);
  void wire(const std::string& a, const std::string& ai, const std::string& b,
            const std::string& bi);
  uint16_t id_ = 100;
  uint16_t query_ = 7;
};

}  // namespace hoplab::journey::testing
