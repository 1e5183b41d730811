// Zones with more to them: letters of the root, primaries, signatures; and what cannot be.
#include <set>

#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// Two name servers, a resolver and a client behind one switch; line 9 begins the zones.
std::string lan(const std::string& zones, const std::string& subnet = "10.1.0.0/24",
                const std::string& client = "client") {
  return "name: t\n"
         "systems:\n"
         "  s:\n"
         "    nodes: { sw: { role: switch, subnet: " +
         subnet +
         " }, ns1: dns_server, ns2: dns_server, r: resolver, web: web_server,\n"
         "      c: " +
         client +
         " }\n"
         "links: [ [ns1, sw], [ns2, sw], [r, sw], [web, sw], [c, sw] ]\n"
         "zones:\n" +
         zones;
}

void expect_problem(const std::string& yaml, const std::string& at, const std::string& message,
                    const std::string& suggestion) {
  EXPECT_THAT(problems_of(yaml),
              ElementsAre(AllOf(StartsWith(at), HasSubstr(message), HasSubstr(suggestion))))
      << yaml;
}

const v1::Zone& zone_of(const Plan& plan, const std::string& node, const std::string& origin) {
  static const v1::Zone kNone;
  for (const auto& zone : plan.find(node)->spec.dns_server().zones()) {
    if (zone.origin() == origin) return zone;
  }
  return kNone;
}

TEST(RootLetters, EachHasAnAddressOfItsOwnAndAHint) {
  const Plan plan = plan_of(lan("  .: { servers: [ns1, ns2], letters: 13 }\n"));
  std::set<std::string> addresses;
  std::set<std::string> names;
  for (const auto& hint : plan.find("r")->spec.resolver().root_hints()) {
    addresses.insert(hint.address());
    names.insert(hint.name());
  }
  EXPECT_THAT(addresses, SizeIs(13));
  EXPECT_THAT(names, SizeIs(13));
  EXPECT_THAT(names, Contains("m.root-servers.net."));
  EXPECT_EQ(plan.find("ns1")->spec.interfaces(0).addresses_size(), 7);
  EXPECT_EQ(plan.find("ns1")->spec.dns_server().listen_size(), 7);
  EXPECT_EQ(plan.find("ns2")->spec.interfaces(0).addresses_size(), 6);
}

TEST(Primary, TheOthersTransferFromIt) {
  const Plan plan =
      plan_of(lan("  .: { servers: [ns1] }\n  x.test: { servers: [ns1, ns2], primary: ns2 }\n"));
  const v1::Zone transferred = zone_of(plan, "ns1", "x.test.");
  EXPECT_EQ(transferred.primary().node(), "ns2");
  EXPECT_THAT(transferred.primary().addresses(), ElementsAre("10.1.0.2"));
  const v1::Zone original = zone_of(plan, "ns2", "x.test.");
  EXPECT_FALSE(original.has_primary());
  ASSERT_EQ(original.secondaries_size(), 1);
  EXPECT_EQ(original.secondaries(0).node(), "ns1");
  EXPECT_THAT(original.secondaries(0).addresses(), ElementsAre("10.1.0.1"));
  EXPECT_THAT(zone_of(plan, "ns2", "x.test.").records(0).data(), StartsWith("ns2.x.test. "))
      << "the SOA names the primary";
}

TEST(NameServers, OfAClientAreAskedInTheirOrder) {
  const Plan plan = plan_of(lan("  .: { servers: [ns1, ns2] }\n", "10.1.0.0/24",
                                "{ role: client, name_servers: [ns2, 10.1.0.99, r] }"));
  EXPECT_THAT(plan.find("c")->spec.name_servers(),
              ElementsAre("10.1.0.2", "10.1.0.99", "10.1.0.3"));
}

TEST(Names, WhatCannotBeIsRefusedWhereItStands) {
  const std::string root = "  .: { servers: [ns1, ns2] }\n";
  expect_problem(lan("  .: { servers: [ns1, ns2], letters: 1 }\n"),
                 "8:38: ", "1 letter for 2 servers", "the Internet has 13");
  expect_problem(lan("  .: { servers: [ns1, ns2], letters: 13 }\n", "10.1.0.0/29"),
                 "8:38: ", "has no address left", "behind a switch with a subnet of /27");
  expect_problem(lan(root + "  x.test: { servers: [ns1], letters: 3 }\n"),
                 "9:38: ", "only the root's servers are named by letters", "{ node: ns1, name: ");
  expect_problem(lan(root + "  x.test: { servers: [ns1], primary: ns2 }\n"),
                 "9:38: ", "'ns2' is not among the servers of zone 'x.test.'",
                 "did you mean 'ns1'?");
  expect_problem(lan(root + "  x.test: { servers: [ns1], dnssec: signed }\n"),
                 "9:37: ", "nobody vouches for the keys of 'x.test.': its parent '.' is not signed",
                 "write dnssec: signed in zone . too");
  expect_problem(lan("  .: { servers: [ns1, ns2], dnssec: wrong_ds }\n"),
                 "8:37: ", "the root has no parent", "write dnssec: signed");
  expect_problem(lan(root + "  x.test: { servers: [ns1], dnssec: on }\n"),
                 "9:37: ", "unknown dnssec 'on'", "one of: unsigned, signed or wrong_ds");
  expect_problem(lan(root + "  x.test:\n"
                            "    servers: [ns1]\n"
                            "    records:\n"
                            "      mail: { type: CNAME, data: www }\n"
                            "      www: web\n"
                            "      \"@\": { type: MX, data: 10 mail }\n"),
                 "14:30: ", "the MX of 'x.test.' names 'mail.x.test.', which is a CNAME",
                 "name what it stands for: www.x.test.");
  expect_problem(lan(root, "10.1.0.0/24", "{ role: client, name_servers: [web] }"),
                 "5:41: ", "'web' answers no names: it is a web_server", "name a resolver");
  expect_problem(
      lan(root, "10.1.0.0/24", "{ role: client, name_servers: [r, ns1, ns2, 10.1.0.77] }"),
      "5:54: ", "4 name servers: a stub asks the first 3 only", "resolv.conf(5)");
}

TEST(Names, NameServersComeByDhcpOrByHand) {
  expect_problem(
      "name: t\n"
      "systems: { s: { nodes: { sw: switch, d: dhcp_server, ns: dns_server,\n"
      "  c: { role: client, name_servers: [ns] } } } }\n"
      "links: [ [d, sw], [ns, sw], [c, sw] ]\n"
      "zones: { x.test: { servers: [ns] } }\n",
      "3:37: ", "'c' learns its name servers by DHCP", "'address: static'");
}

}  // namespace
}  // namespace hoplab::topology
