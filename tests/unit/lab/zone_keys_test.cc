#include "controller/lab/zone_keys.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;
using testing::StartsWith;

// The example of RFC 8080, section 6.1.
TEST(ZoneKeys, TagAndDigestAreThoseOfTheStandard) {
  const std::vector<uint8_t> raw = {0x97, 0x4d, 0x96, 0xa2, 0x2d, 0x22, 0x4b, 0xc0,
                                    0x1a, 0xdb, 0x91, 0x50, 0x91, 0x47, 0x7d, 0x44,
                                    0xcc, 0xd9, 0x1c, 0x9a, 0x41, 0xa1, 0x14, 0x30,
                                    0x01, 0x01, 0x17, 0xd5, 0x2c, 0x59, 0x24, 0x0e};
  const DnsKey key = dns_key(raw);
  EXPECT_EQ(key_tag(key), 3613);
  EXPECT_EQ(delegation_signer("example.com.", key),
            "3613 15 2 3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B");
}

class Signing : public testing::Test {
 protected:
  Signing() { fs::create_directories(folder_); }
  ~Signing() override { fs::remove_all(folder_); }

  static topology::Plan plan(const std::string& dnssec) {
    auto plan = topology::load_text(
        "name: t\n"
        "systems: { s: { nodes: { sw: switch, ns1: dns_server, ns2: dns_server, r: resolver } } }\n"
        "links: [ [ns1, sw], [ns2, sw], [r, sw] ]\n"
        "zones:\n"
        "  .: { servers: [ns1], dnssec: signed }\n"
        "  x: { servers: [ns1, ns2], primary: ns2, dnssec: " +
            dnssec + " }\n",
        "t");
    EXPECT_TRUE(plan);
    return plan ? std::move(*plan) : topology::Plan();
  }
  static const v1::Zone& zone(const topology::Plan& plan, const std::string& node, int index) {
    return plan.find(node)->spec.dns_server().zones(index);
  }
  static std::string ds(const v1::Zone& zone) {
    for (const auto& record : zone.records()) {
      if (record.type() == "DS") return record.name() + " " + record.data();
    }
    return {};
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("hoplab-zone-keys-" + std::to_string(::getpid()));
};

TEST_F(Signing, ThePrimaryHasTheKeyTheParentItsDsTheResolverTheRoots) {
  topology::Plan made = plan("signed");
  ASSERT_TRUE(sign_zones(made, folder_));
  EXPECT_THAT(zone(made, "ns1", 0).signing_key(), StartsWith("-----BEGIN PRIVATE KEY-----"));
  EXPECT_THAT(ds(zone(made, "ns1", 0)), StartsWith("x. "));
  EXPECT_EQ(zone(made, "ns1", 1).signing_key(), "") << "it transfers the zone";
  EXPECT_NE(zone(made, "ns2", 0).signing_key(), "");
  ASSERT_EQ(made.find("r")->spec.resolver().trust_anchors_size(), 1);
  EXPECT_THAT(made.find("r")->spec.resolver().trust_anchors(0), StartsWith(". DS "));

  topology::Plan again = plan("signed");
  ASSERT_TRUE(sign_zones(again, folder_));
  EXPECT_EQ(ds(zone(again, "ns1", 0)), ds(zone(made, "ns1", 0))) << "keys are kept";
  topology::Plan wrong = plan("wrong_ds");
  ASSERT_TRUE(sign_zones(wrong, folder_));
  EXPECT_NE(ds(zone(wrong, "ns1", 0)), ds(zone(made, "ns1", 0)));
  EXPECT_EQ(zone(wrong, "ns2", 0).signing_key(), zone(made, "ns2", 0).signing_key());
}

}  // namespace
}  // namespace hoplab::lab
