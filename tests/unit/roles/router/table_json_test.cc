// What FRR 8.4 says of its tables, as it said it in a lab of four routers.
#include "agents/router/table_json.h"

#include <gmock/gmock.h>

namespace hoplab::router {
namespace {

using ::testing::ElementsAre;

TEST(TableJson, ZebrasRoutesChosenOrNot) {
  const auto rib = read_rib(R"({
    "192.0.2.0/24": [
      {"protocol": "ospf", "selected": true, "distance": 110, "metric": 20,
       "nexthops": [{"ip": "10.0.12.2", "interfaceName": "e12"}]},
      {"protocol": "bgp", "distance": 200, "metric": 0,
       "nexthops": [{"ip": "10.255.0.9", "recursive": true},
                    {"ip": "10.0.13.2", "interfaceName": "e13"}]}],
    "198.51.100.0/24": [
      {"protocol": "static", "selected": true, "distance": 254, "nexthops": [{"blackhole": true}]}]
    })");
  ASSERT_TRUE(rib) << rib.error().what;
  ASSERT_EQ(rib->size(), 3U);
  EXPECT_EQ(rib->at(0).prefix(), "192.0.2.0/24");
  EXPECT_EQ(rib->at(0).detail().distance(), 110U);
  EXPECT_EQ(rib->at(0).detail().metric(), 20U);
  EXPECT_TRUE(rib->at(0).detail().selected());
  EXPECT_EQ(rib->at(0).next_hops(0).via(), "10.0.12.2");
  EXPECT_FALSE(rib->at(1).detail().selected());
  ASSERT_EQ(rib->at(1).next_hops_size(), 1);
  EXPECT_EQ(rib->at(1).next_hops(0).interface(), "e13");
  EXPECT_EQ(rib->at(1).detail().next_hop(), "10.255.0.9");
  EXPECT_EQ(rib->at(2).kind(), "blackhole");
}

TEST(TableJson, EveryBgpPathWithItsAttributes) {
  const auto paths = read_bgp_paths(R"json({"routes": {"192.0.2.0/24": [
    {"prefix": "192.0.2.0/24", "version": 5, "advertisedTo": {"10.0.23.2": {"hostname": "x"}}},
    {"aspath": {"string": "65003 65003", "length": 2}, "origin": "IGP", "metric": 50,
     "valid": true, "community": {"string": "65003:7 no-export", "list": ["65003:7", "noExport"]},
     "nexthops": [{"ip": "10.0.23.2", "metric": 0, "accessible": true}],
     "peer": {"peerId": "10.0.23.2", "routerId": "10.255.0.3", "type": "external"}},
    {"aspath": {"string": "65003", "length": 1}, "origin": "IGP", "metric": 0, "locPrf": 200,
     "valid": true, "bestpath": {"overall": true, "selectionReason": "Local Pref"},
     "largeCommunity": {"string": "65001:1:1", "list": ["65001:1:1"]},
     "originatorId": "10.255.0.7",
     "nexthops": [{"ip": "10.0.24.2", "metric": 20}],
     "peer": {"peerId": "10.0.24.2", "type": "internal"}}],
   "10.255.0.2/32": [
    {"aspath": {"string": "Local"}, "origin": "incomplete", "metric": 10, "valid": true,
     "sourced": true, "bestpath": {"overall": true, "selectionReason": "First path received"},
     "nexthops": [{"ip": "0.0.0.0"}], "peer": {"peerId": "0.0.0.0"}}]}})json");
  ASSERT_TRUE(paths) << paths.error().what;
  ASSERT_EQ(paths->size(), 3U);
  const v1::BgpPath& first = paths->at(0);
  EXPECT_THAT(first.as_path(), ElementsAre(65003, 65003));
  EXPECT_EQ(first.detail().med(), 50U);
  EXPECT_THAT(first.detail().communities(), ElementsAre("65003:7", "no-export"));
  EXPECT_FALSE(first.best());
  const v1::BgpPath& best = paths->at(1);
  EXPECT_TRUE(best.best());
  EXPECT_TRUE(best.internal());
  EXPECT_EQ(best.local_preference(), 200U);
  EXPECT_FALSE(best.detail().has_med());
  EXPECT_THAT(best.detail().communities(), ElementsAre("65001:1:1"));
  EXPECT_EQ(best.detail().best_reason(), "Local Pref");
  EXPECT_EQ(best.detail().originator_id(), "10.255.0.7");
  EXPECT_EQ(best.detail().metric(), 20U);
  EXPECT_EQ(paths->at(2).peer(), "");
  EXPECT_EQ(paths->at(2).as_path_size(), 0);
}

TEST(TableJson, OspfsKindsOfRouteAndWhoBroughtThemIn) {
  const auto routes = read_ospf_routes(
      R"({"10.0.12.0/30": {"routeType": "N", "cost": 10, "area": "0.0.0.1"},
          "10.255.0.2/32": {"routeType": "N IA", "cost": 10, "area": "0.0.0.1"},
          "10.255.0.2": {"routeType": "R ", "cost": 10, "routerType": "abr"},
          "192.0.2.0/24": {"routeType": "N E2", "cost": 10, "type2cost": 20}})");
  ASSERT_TRUE(routes) << routes.error().what;
  EXPECT_EQ(routes->size(), 3U);
  EXPECT_EQ(routes->at("10.0.12.0/30").type, "intra-area");
  EXPECT_EQ(routes->at("10.255.0.2/32").type, "inter-area");
  EXPECT_EQ(routes->at("10.255.0.2/32").area, "0.0.0.1");
  EXPECT_EQ(routes->at("192.0.2.0/24").type, "external-2");
  const auto asbrs = read_ospf_externals(
      R"({"routerId": "10.255.0.1", "asExternalLinkStates": [{"linkStateId": "192.0.2.0",
          "advertisingRouter": "10.255.0.2", "networkMask": 24}]})");
  ASSERT_TRUE(asbrs) << asbrs.error().what;
  EXPECT_EQ(asbrs->at("192.0.2.0/24"), "10.255.0.2");
}

TEST(TableJson, WhoBroughtARouteIntoOspfForIpv6) {
  const auto asbrs = read_ospf6_externals(
      R"({"asScopedLinkStateDb": [{"lsa": [{"type": "ASE", "lsId": "0.0.0.1",
          "advRouter": "100.64.255.1", "age": 3, "payload": "2001:db8:64:100::/56"}]}]})");
  ASSERT_TRUE(asbrs) << asbrs.error().what;
  EXPECT_EQ(asbrs->at("2001:db8:64:100::/56"), "100.64.255.1");
  EXPECT_TRUE(read_ospf6_externals(R"({"asScopedLinkStateDb": []})")->empty());
}

TEST(TableJson, OspfForIpv6IsCalledAsInTheKernel) {
  const auto routes = read_ospf6_routes(
      R"({"routes": {"2001:db8:1::2/128": {"isBestRoute": true, "destinationType": "N",
            "pathType": "IA", "nextHops": [{"nextHop": "fe80::2", "interfaceName": "eth1"}]},
          "2001:db8:9::/48": {"destinationType": "N", "pathType": "E2"},
          "10.1.255.2": {"destinationType": "R", "pathType": "IA"}}})");
  ASSERT_TRUE(routes) << routes.error().what;
  ASSERT_EQ(routes->size(), 2U);
  EXPECT_EQ(routes->at("2001:db8:1::2/128").type, "intra-area");
  EXPECT_EQ(routes->at("2001:db8:9::/48").type, "external-2");
  const auto rib = read_rib(
      R"({"2001:db8:1::2/128": [{"protocol": "ospf6", "selected": true, "distance": 110,
          "nexthops": [{"ip": "fe80::2", "interfaceName": "eth1"}]}],
          "2001:db8:5::/64": [{"protocol": "ripng"}]})");
  ASSERT_TRUE(rib) << rib.error().what;
  EXPECT_EQ(rib->at(0).protocol(), "ospf");
  EXPECT_EQ(rib->at(0).next_hops(0).via(), "fe80::2");
  EXPECT_EQ(rib->at(1).protocol(), "rip");
}

TEST(TableJson, WhoSpeaksForALan) {
  const auto interfaces = read_ospf_interfaces(
      R"({"interfaces": {"e12": {"area": "0.0.0.1", "networkType": "BROADCAST", "state": "Backup", "cost": 10,
          "drAddress": "10.0.12.2", "bdrAddress": "10.0.12.1"}}})");
  ASSERT_TRUE(interfaces) << interfaces.error().what;
  ASSERT_EQ(interfaces->size(), 1U);
  EXPECT_EQ(interfaces->at(0).interface(), "e12");
  EXPECT_EQ(interfaces->at(0).network(), "BROADCAST");
  EXPECT_EQ(interfaces->at(0).role(), "Backup");
  EXPECT_EQ(interfaces->at(0).designated(), "10.0.12.2");
  EXPECT_EQ(interfaces->at(0).cost(), 10U);
  EXPECT_FALSE(interfaces->at(0).ipv6());
}

// OSPFv3 knows routers by their ids (RFC 5340, section 2.11); 0.0.0.0 is none.
TEST(TableJson, WhoSpeaksForALanInOspfForIpv6) {
  const auto interfaces = read_ospf6_interfaces(
      R"({"eth0": {"status": "up", "type": "BROADCAST", "attachedToArea": true,
            "areaId": "0.0.0.2", "cost": 7, "ospf6InterfaceState": "BDR", "dr": "10.1.255.2",
            "bdr": "10.1.255.1"},
          "eth1": {"type": "BROADCAST", "operatingAsType": "POINTOPOINT", "attachedToArea": true,
            "areaId": "0.0.0.0", "cost": 10, "ospf6InterfaceState": "PointToPoint",
            "dr": "0.0.0.0", "bdr": "0.0.0.0"},
          "eth2": {"type": "BROADCAST", "attachedToArea": false}})");
  ASSERT_TRUE(interfaces) << interfaces.error().what;
  ASSERT_EQ(interfaces->size(), 2U);
  const v1::OspfInterfaceState& lan = interfaces->at(0);
  EXPECT_TRUE(lan.ipv6());
  EXPECT_EQ(lan.interface(), "eth0");
  EXPECT_EQ(lan.area(), "0.0.0.2");
  EXPECT_EQ(lan.network(), "BROADCAST");
  EXPECT_EQ(lan.role(), "BDR");
  EXPECT_EQ(lan.designated(), "10.1.255.2");
  EXPECT_EQ(lan.backup(), "10.1.255.1");
  EXPECT_EQ(lan.cost(), 7U);
  EXPECT_EQ(interfaces->at(1).network(), "POINTOPOINT");
  EXPECT_EQ(interfaces->at(1).designated(), "");
}

TEST(TableJson, WhatIsNotJsonIsAnError) {
  EXPECT_FALSE(read_rib(""));
  EXPECT_FALSE(read_bgp_paths("% BGP instance not found"));
  EXPECT_FALSE(read_ospf_routes("{"));
}

}  // namespace
}  // namespace hoplab::router
