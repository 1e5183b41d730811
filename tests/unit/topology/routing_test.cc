// Keys about routing: what follows from them, and what is refused.
#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

struct Case {
  std::string name;
  std::string yaml;
  std::string at;          // "line:column: "
  std::string message;     // part of it
  std::string suggestion;  // part of it
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RefusedRouting : public testing::TestWithParam<Case> {};

TEST_P(RefusedRouting, IsReportedAloneAtItsPlace) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(c.yaml), ElementsAre(AllOf(StartsWith(c.at), HasSubstr(c.message),
                                                     HasSubstr("(" + c.suggestion))));
}

// Routers r1 to r4 in a row, in one system.
std::string row(const std::string& keys, const std::string& links) {
  return "name: t\nsystems:\n  x: { " + keys +
         ", nodes: { r1: router, r2: router, r3: router, r4: router } }\nlinks:\n" + links;
}
const std::string kRow = "  - [r1, r2]\n  - [r2, r3]\n  - [r3, r4]\n";

// Three systems of one router each, in a triangle.
std::string triangle(const std::string& a, const std::string& b, const std::string& c,
                     const std::string& ra = "router") {
  return "name: t\nsystems:\n  a: { asn: 64512, " + a + "nodes: { ra: " + ra +
         " } }\n  b: { asn: 64513, " + b + "nodes: { rb: router } }\n  c: { asn: 64514, " + c +
         "nodes: { rc: router } }\nlinks: [ [ra, rb], [rb, rc], [rc, ra] ]\n";
}

INSTANTIATE_TEST_SUITE_P(
    Igp, RefusedRouting,
    testing::Values(
        Case{"Igrp", row("igp: igrp", kRow), "3:13: ", "IGRP has no implementation left",
             "write 'igp: eigrp', its successor"},
        Case{"UnknownIgp", row("igp: opsf", kRow), "3:13: ", "unknown igp 'opsf'",
             "did you mean 'ospf'?"},
        Case{"AreaWithoutBackbone",
             row("igp: ospf",
                 "  - [r1, r2]\n  - { ends: [r2, r3], area: 1 }\n"
                 "  - { ends: [r3, r4], area: 2 }\n"),
             "7:29: ", "area 2 has no connection to area 0", "one of its routers needs a link"},
        Case{"BackboneInTwoPieces",
             row("igp: ospf", "  - [r1, r2]\n  - { ends: [r2, r3], area: 1 }\n  - [r3, r4]\n"),
             "7:5: ", "the OSPF backbone, area 0, is in two pieces", "link them in area 0"},
        Case{"AreaOutsideOfOspf",
             row("igp: isis", "  - { ends: [r1, r2], area: 1 }\n  - [r2, r3]\n  - [r3, r4]\n"),
             "5:29: ", "area 1 on 'r1 – r2', where no OSPF runs", "areas are for links"},
        Case{"MultipathOfNone", row("multipath: 0", kRow), "3:19: ", "multipath is out of range: 0",
             "from 1 to 16"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bgp, RefusedRouting,
    testing::Values(
        Case{"ReflectorOfAnother", triangle("route_reflectors: [rb], ", "", ""),
             "3:39: ", "'rb' is no router of system 'a'", "name routers of this system"},
        Case{"ReflectorWithoutAsn", row("route_reflectors: [r1]", kRow),
             "3:27: ", "system 'x' has no asn", "add 'asn:'"},
        Case{"RelationOnOneSide",
             "name: t\nsystems:\n  a: { asn: 64512, relations: { b: peer }, nodes: { ra: router } "
             "}\n"
             "  b: { asn: 64513, nodes: { rb: router } }\nlinks: [ [ra, rb] ]\n",
             "3:33: ", "'a' calls 'b' its peer, and 'b' does not say what 'a' is to it",
             "write 'relations: { a: peer }' in system b"},
        Case{"RelationContradicted",
             triangle("relations: { b: customer, c: peer }, ", "relations: { a: peer, c: peer }, ",
                      "relations: { a: peer, b: peer }, "),
             "3:33: ", "'a' calls 'b' its customer, and 'b' calls 'a' its peer",
             "write 'relations: { a: provider }' in system b"},
        Case{"RelationToNobody",
             triangle("relations: { d: peer, b: peer, c: peer }, ",
                      "relations: { a: peer, c: peer }, ", "relations: { a: peer, b: peer }, "),
             "3:33: ", "there is no system 'd'", "did you mean"},
        Case{"CustomersInACircle",
             triangle("relations: { b: customer, c: provider }, ",
                      "relations: { c: customer, a: provider }, ",
                      "relations: { a: customer, b: provider }, "),
             "3:33: ", "'a' is, over its providers, a customer of itself",
             "customers and providers must not go round in a circle"},
        Case{"RedistributionInside",
             "name: t\nsystems:\n  x:\n    asn: 64512\n    nodes: { r1: router, r2: { role: "
             "router, redistribute: [bgp] } }\nlinks: [ [r1, r2] ]\n",
             "5:61: ", "'r2' redistributes, and has no BGP neighbour", "write it at a router"},
        Case{"RedistributionWithoutIgp",
             triangle("", "", "", "{ role: router, redistribute: [igp] }"),
             "3:64: ", "'ra' redistributes, and no IGP runs", "a system of several routers"},
        Case{"PolicyForAStranger",
             triangle("", "", "", "{ role: router, peers: { rd: { med: 1 } } }"),
             "3:58: ", "peer: there is no node 'rd'", "did you mean"},
        Case{"CommunityOfLetters",
             triangle("", "", "", "{ role: router, peers: { rb: { communities: [red] } } }"),
             "3:78: ", "'red' is not a community", "such as 64512:100"}),
    [](const auto& info) { return info.param.name; });

TEST(Routing, OneWordSwitchesTheIgp) {
  const Plan plan = plan_of(row("igp: isis", kRow));
  const v1::RouterSpec& r2 = plan.find("r2")->spec.router();
  EXPECT_EQ(r2.igp(), v1::IGP_ISIS);
  EXPECT_EQ(r2.ospf_size(), 0);
  ASSERT_EQ(r2.igp_interfaces_size(), 2);
  EXPECT_THAT(r2.igp_interfaces(0).neighbor_nodes(), ElementsAre("r1"));
  EXPECT_TRUE(r2.igp_interfaces(0).point_to_point());
}

TEST(Routing, RipIsRefusedWhereItCannotCountSoFar) {
  std::string yaml = "name: t\nsystems:\n  x:\n    igp: rip\n    nodes:\n";
  for (int i = 0; i < 16; ++i) yaml += "      r" + std::to_string(i) + ": router\n";
  yaml += "links:\n";
  for (int i = 1; i < 16; ++i) {
    yaml += "  - [r" + std::to_string(i - 1) + ", r" + std::to_string(i) + "]\n";
  }
  EXPECT_THAT(problems_of(yaml),
              ElementsAre(AllOf(StartsWith("4:10: "), HasSubstr("too wide for RIP"))));
}

TEST(Routing, WhatHangsOffARouterIsInItsArea) {
  const Plan plan = plan_of(
      "name: t\nsystems:\n  x: { nodes: { r1: router, r2: router, r3: router, h: client } }\n"
      "links:\n  - { ends: [r1, r2], area: 1 }\n  - [r2, r3]\n  - [h, r1]\n");
  const v1::RouterSpec& r1 = plan.find("r1")->spec.router();
  EXPECT_EQ(r1.ospf(0).area(), 1U);
  EXPECT_EQ(r1.ospf(1).area(), 1U);
  EXPECT_EQ(plan.find("r2")->spec.router().ospf(1).area(), 0U);
}

TEST(Routing, WithReflectorsOnlyTheySpeakWithEveryone) {
  const Plan plan = plan_of(row("asn: 64512, route_reflectors: [r2]", kRow));
  EXPECT_EQ(plan.find("r1")->spec.router().bgp_size(), 1);
  EXPECT_FALSE(plan.find("r1")->spec.router().bgp(0).route_reflector_client());
  const v1::RouterSpec& r2 = plan.find("r2")->spec.router();
  ASSERT_EQ(r2.bgp_size(), 3);
  EXPECT_TRUE(r2.bgp(0).route_reflector_client());
}

TEST(Routing, RoutesAreExpectedOnlyWhereRelationsLetThem) {
  // a – b and b – c are peers: b tells neither of them of the other.
  const std::string yaml =
      "name: t\nsystems:\n"
      "  a: { asn: 64512, prefix: 10.1.0.0/16, relations: { b: peer }, nodes: { ra: router } }\n"
      "  b: { asn: 64513, prefix: 10.2.0.0/16, relations: { a: peer, c: peer }, nodes: { rb: "
      "router } }\n"
      "  c: { asn: 64514, prefix: 10.3.0.0/16, relations: { b: peer }, nodes: { rc: router } }\n"
      "links: [ [ra, rb], [rb, rc] ]\n";
  const Plan plan = plan_of(yaml);
  EXPECT_THAT(plan.find("ra")->spec.router().expected_prefixes(), ElementsAre("10.2.0.0/16"));
  EXPECT_THAT(plan.find("rb")->spec.router().expected_prefixes(),
              UnorderedElementsAre("10.1.0.0/16", "10.3.0.0/16"));
  EXPECT_EQ(plan.find("rb")->spec.router().bgp(0).relation(), v1::PEER);
}

TEST(Routing, WhereTheBorderRedistributesTheOthersSpeakNoBgp) {
  const Plan plan = plan_of(
      "name: t\nsystems:\n  x:\n    asn: 64512\n    prefix: 10.1.0.0/16\n    nodes: { core: "
      "router, asbr: { role: router, redistribute: [bgp, igp] } }\n"
      "  y: { asn: 64513, prefix: 10.2.0.0/16, nodes: { out: router } }\n"
      "links: [ [core, asbr], [asbr, out] ]\n");
  const v1::RouterSpec& core = plan.find("core")->spec.router();
  EXPECT_EQ(core.asn(), 0U);
  EXPECT_THAT(core.expected_prefixes(), testing::Contains("10.2.0.0/16"));
  EXPECT_TRUE(plan.find("asbr")->spec.router().redistribute_igp());
  EXPECT_TRUE(plan.find("asbr")->spec.router().announce().empty());
  EXPECT_THAT(plan.find("out")->spec.router().expected_prefixes(),
              AllOf(testing::Contains(plan.find("core")->spec.router().loopback()),
                    testing::Not(testing::Contains("10.1.0.0/16"))));
}

}  // namespace
}  // namespace hoplab::topology
