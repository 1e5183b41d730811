// A lab model for the tests of fault targets: client – home-gw – isp1 ═ isp2 – ns-naver, web1.
#pragma once

#include <string>
#include <vector>

#include "proto/node.pb.h"

namespace hoplab::fault::test {

inline void wire(v1::NodeSpec& a, const std::string& a_name, v1::NodeSpec& b,
                 const std::string& b_name) {
  auto* one = a.add_interfaces();
  one->set_name(a_name);
  one->set_peer_node(b.node());
  one->set_peer_interface(b_name);
  auto* two = b.add_interfaces();
  two->set_name(b_name);
  two->set_peer_node(a.node());
  two->set_peer_interface(a_name);
}

inline std::vector<v1::NodeSpec> small_lab() {
  enum { kClient, kGateway, kIsp1, kIsp2, kNames, kWeb, kHub };
  std::vector<v1::NodeSpec> lab(7);
  const char* names[] = {"client", "home-gw", "isp1", "isp2", "ns-naver", "web1", "hub"};
  for (size_t i = 0; i < lab.size(); ++i) lab[i].set_node(names[i]);
  lab[kClient].mutable_client();
  lab[kGateway].mutable_gateway()->mutable_resolver();
  lab[kNames].mutable_dns_server()->add_zones()->set_origin("naver.com.");
  lab[kWeb].mutable_web_server();
  lab[kHub].mutable_switch_();
  wire(lab[kClient], "eth0", lab[kHub], "port1");
  wire(lab[kGateway], "lan", lab[kHub], "port2");
  wire(lab[kGateway], "wan", lab[kIsp1], "eth0");
  wire(lab[kIsp1], "eth1", lab[kIsp2], "eth1");
  wire(lab[kIsp1], "eth2", lab[kIsp2], "eth2");  // two parallel links
  wire(lab[kIsp2], "eth0", lab[kNames], "eth0");
  wire(lab[kIsp2], "eth3", lab[kWeb], "eth0");
  const auto session = [](v1::NodeSpec& node, const std::string& peer, const std::string& address) {
    node.mutable_router()->set_asn(64510);
    auto* neighbor = node.mutable_router()->add_bgp();
    neighbor->set_node(peer);
    neighbor->set_address(address);
  };
  session(lab[kIsp1], "isp2", "10.0.0.2");
  session(lab[kIsp2], "isp1", "10.0.0.1");
  session(lab[kIsp2], "transit1", "10.0.9.1");
  return lab;
}

}  // namespace hoplab::fault::test
