#include "agents/dns_server/render.h"

#include <gtest/gtest.h>

namespace hoplab::agent::dns_server {
namespace {

hoplab::v1::Zone zone(const std::string& origin) {
  hoplab::v1::Zone zone;
  zone.set_origin(origin);
  auto& soa = *zone.add_records();
  soa.set_name(origin);
  soa.set_ttl(60);
  soa.set_type("SOA");
  soa.set_data("ns." + origin + " hostmaster." + origin + " 1 60 60 60 60");
  return zone;
}

TEST(KnotConfiguration, NamesEveryZoneAndReportsByDnstap) {
  hoplab::v1::DnsServerSpec spec;
  spec.add_listen("192.0.2.53");
  *spec.add_zones() = zone(".");
  *spec.add_zones() = zone("com.");
  const std::string text = render_configuration(spec);
  EXPECT_NE(text.find("    listen: 192.0.2.53@53\n"), std::string::npos);
  EXPECT_NE(text.find("    sink: \"unix:/run/role/dnstap.sock\"\n"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("zone:\n"
                     "  - domain: .\n    file: \"root.zone\"\n"
                     "  - domain: com.\n    file: \"com.zone\"\n"))
      << text;
}

TEST(KnotConfiguration, ASecondaryTransfersAPrimaryTellsAndGives) {
  hoplab::v1::DnsServerSpec spec;
  auto& theirs = *spec.add_zones() = zone("theirs.test.");
  auto& ours = *spec.add_zones() = zone("ours.test.");
  theirs.mutable_primary()->set_node("ns1");
  theirs.mutable_primary()->add_addresses("2001:db8::1");
  theirs.mutable_primary()->add_addresses("192.0.2.1");
  auto& secondary = *ours.add_secondaries();
  secondary.set_node("ns2");
  secondary.add_addresses("192.0.2.2");
  const std::string text = render_configuration(spec);
  EXPECT_NE(text.find("  - id: \"ns1\"\n    address: [2001:db8::1@53, 192.0.2.1@53]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  - id: \"from-ns1\"\n    address: [2001:db8::1, 192.0.2.1]\n"
                      "    action: notify\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  - id: \"to-ns2\"\n    address: [192.0.2.2]\n    action: transfer\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(
      text.ends_with("  - domain: theirs.test.\n    master: \"ns1\"\n"
                     "    acl: \"from-ns1\"\n    zonefile-load: none\n"
                     "    journal-content: all\n"
                     "  - domain: ours.test.\n    file: \"ours.test.zone\"\n"
                     "    notify: [\"ns2\"]\n    acl: [\"to-ns2\"]\n"
                     "    journal-content: changes\n"))
      << text;
}

TEST(KnotConfiguration, ASignedZoneHasItsPolicy) {
  hoplab::v1::DnsServerSpec spec;
  spec.add_zones()->set_origin("x.");
  spec.mutable_zones(0)->set_is_signed(true);
  EXPECT_TRUE(
      render_configuration(spec).ends_with("    dnssec-signing: on\n    dnssec-policy: one-key\n"));
  EXPECT_EQ(key_file(spec.zones(0)), "/run/role/knot/keys/x.zone.pem");
}

TEST(KnotZone, IsOneLineARecord) {
  EXPECT_EQ(render_zone(zone("com.")),
            "; zone com.\ncom.\t60\tIN\tSOA\tns.com. hostmaster.com. 1 60 60 60 60\n");
}

TEST(KnotZone, WithheldHasNoRecord) {
  for (const char c : {'\t', '@'}) {
    EXPECT_EQ(render_withheld_zone(zone("com.")).find(c), std::string::npos);
  }
  EXPECT_TRUE(render_withheld_zone(zone("com.")).starts_with(";"));
}

TEST(KnotZone, FilesAreNamedAfterTheOrigin) {
  EXPECT_EQ(zone_file(zone(".")), "/run/role/knot/zones/root.zone");
  EXPECT_EQ(zone_file(zone("Naver.COM")), "/run/role/knot/zones/naver.com.zone");
  EXPECT_EQ(zone_file(zone("0/25.2.0.192.in-addr.arpa.")),
            "/run/role/knot/zones/0_25.2.0.192.in-addr.arpa.zone");
}

}  // namespace
}  // namespace hoplab::agent::dns_server
