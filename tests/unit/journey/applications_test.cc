// DNS, DHCP, TLS, HTTP, OSPF and BGP on the messages of the fuzz targets' corpus, which are written
// after the RFCs' examples; and on every spoilt form of them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "controller/journey/decode/bgp.h"
#include "controller/journey/decode/dhcp.h"
#include "controller/journey/decode/dhcpv6.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/ospf.h"
#include "controller/journey/decode/tls.h"
#include "tests/unit/journey/frames.h"

namespace hoplab::journey {
namespace {

using testing::hex;
using testing::Message;

Message corpus(const std::string& name) {
  std::ifstream file(HOPLAB_SOURCE_DIR "/tests/fuzz/corpus/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return Message((std::istreambuf_iterator<char>(file)), {});
}

TEST(Dns, EveryRecordTypeReadsAsInAZoneFile) {
  const Message message = corpus("dns/every_type");
  const auto m = decode_dns(message);
  ASSERT_TRUE(m.has_value());
  EXPECT_FALSE(m->cut_short);
  std::vector<std::string> said;
  for (const DnsRecord& r : m->records) said.push_back(dns_type_name(r.type) + " " + r.data);
  EXPECT_EQ(said[0], "SOA ns.a. h.a. 1 2 3 4 5");
  EXPECT_EQ(said[1], "PTR p.a.");
  EXPECT_EQ(said[2], "MX 10 mx.a.");
  EXPECT_EQ(said[3], "TXT \"hello\" \"a\\\"b\"");
  EXPECT_EQ(said[4], "CNAME c.a.");
  EXPECT_EQ(said[5], "DNSKEY 257 3 13 " + std::string(86, 'A') + "==");
  EXPECT_TRUE(
      said[6].starts_with("RRSIG A 13 3 60 20250101000000 20240101000000 4711 naver.com. c3Nz"))
      << said[6];
  EXPECT_EQ(said[7], "NSEC z.a. A MX RRSIG NSEC");
  EXPECT_EQ(said[8], "NSEC3 1 0 5 aabb 00000000000000000000000000000000 A");
  EXPECT_EQ(said[9], "NSEC3PARAM 1 0 0 -");
  EXPECT_EQ(said[10], "SRV 1 2 80 s.a.");
  EXPECT_EQ(said[11], "DNAME d.a.");
  EXPECT_EQ(said[12], "HTTPS \\# 3 000100");
  EXPECT_EQ(said[13], "AAAA ::");
  EXPECT_EQ(said[14], "A \\# 3 78797a");  // three bytes are no address
}

TEST(Dns, EdnsAndItsOptions) {
  const Message query = corpus("dns/query_edns");
  const auto m = decode_dns(query);
  ASSERT_TRUE(m && m->edns);
  EXPECT_EQ(m->opt.udp_size, 1232);
  EXPECT_TRUE(m->opt.dnssec_ok);
  ASSERT_EQ(m->opt.options.size(), 1U);
  EXPECT_EQ(m->opt.options[0].code, 10);
  EXPECT_EQ(dns_info(*m), "query A www.naver.com. EDNS 1232 DO cookie");
  // An extended RCODE: BADVERS is 16, one in the upper eight bits.
  const auto bad = decode_dns(hex("0001 8000 0000 0000 0000 0001 00 0029 04d0 01000000 0000"));
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(dns_rcode_name(bad->rcode), "BADVERS");
}

TEST(Dns, ReferralThroughCompressedNames) {
  const auto m = decode_dns(corpus("dns/referral_ds"));
  ASSERT_TRUE(m.has_value());
  EXPECT_TRUE(m->is_referral());
  ASSERT_EQ(m->records.size(), 4U);
  EXPECT_EQ(m->records[0].name, "com.");
  EXPECT_EQ(m->records[0].data, "ns1.naver.com.");
  EXPECT_EQ(m->records[2].data, "198.51.100.5");
  EXPECT_EQ(m->records[3].data, "2001:db8::5");
}

TEST(Dns, NamesThatPointForwardOrAtThemselvesAreRefused) {
  EXPECT_FALSE(decode_dns(corpus("dns/pointer_forward")).has_value());
  EXPECT_FALSE(decode_dns(corpus("dns/pointer_to_itself")).has_value());
}

TEST(Dns, OddBytesInNamesAreEscaped) {
  const auto m = decode_dns(hex("0001 0000 0001 0000 0000 0000 03 2e 5c 07 01 41 00 0001 0001"));
  ASSERT_TRUE(m.has_value());
  EXPECT_EQ(m->name, "\\.\\\\\\007.a.");
}

TEST(Dns, ARecordThatIsNotThereIsMissed) {
  const auto m =
      decode_dns(hex("0001 8000 0000 0002 0000 0000 00 0001 0001 0000003c 0004 01020304"));
  ASSERT_TRUE(m.has_value());
  EXPECT_TRUE(m->cut_short);
  EXPECT_EQ(m->records.size(), 1U);
}

TEST(Dhcp, OptionsOfALease) {
  const auto m = decode_dhcp(corpus("dhcp/ack"));
  ASSERT_TRUE(m.has_value());
  EXPECT_EQ(m->prefix_length, 24);
  EXPECT_EQ(m->renewal_seconds, 300U);
  EXPECT_EQ(m->rebinding_seconds, 525U);
  EXPECT_EQ(m->domain, "home.lan");
  EXPECT_EQ(
      dhcp_info(*m),
      "DHCP ACK xid 0xabcd1234 192.168.10.100/24 server 192.168.10.2 lease 600 s (broadcast)");
}

TEST(Dhcp, SplitAndOverloadedOptionsAndBootp) {
  EXPECT_EQ(decode_dhcp(corpus("dhcp/split_option"))->domain, "abc.de");
  const auto overloaded = decode_dhcp(corpus("dhcp/overload"));
  EXPECT_EQ(overloaded->host_name + " " + overloaded->domain, "abc a.de");
  EXPECT_EQ(dhcp_info(*decode_dhcp(corpus("dhcp/bootp"))),
            "BOOTP request xid 0xabcd1234 (broadcast)");
  EXPECT_TRUE(decode_dhcp(corpus("dhcp/option_past_end"))->malformed);
  EXPECT_EQ(decode_dhcp(corpus("dhcp/nak"))->message, "wrong link");
}

TEST(Tls, AMessageSpansRecords) {
  const TlsStream tls = decode_tls(corpus("tls/split_message"));
  ASSERT_EQ(tls.messages.size(), 1U);
  EXPECT_TRUE(tls.messages[0].whole);
  EXPECT_EQ(tls.client_hello.server_name, "a.example");
  EXPECT_EQ(tls.client_hello.groups, (std::vector<uint16_t>{29, 23}));
  EXPECT_EQ(tls.client_hello.extensions, (std::vector<uint16_t>{0, 16, 43, 10}));  // no GREASE
  EXPECT_EQ(tls_records_text(tls), "ClientHello, more of the handshake message");
}

TEST(Tls, RetryRequestThenServerHelloInTheClear) {
  const TlsStream tls = decode_tls(corpus("tls/retry"));
  ASSERT_EQ(tls.messages.size(), 2U);
  EXPECT_FALSE(tls.server_hello.retry_request);  // of the second
  EXPECT_EQ(tls.server_hello.version, 0x0304);
}

TEST(Tls, WhatIsEncryptedIsNotRead) {
  const TlsStream tls = decode_tls(corpus("tls/tls12"));
  EXPECT_EQ(tls_records_text(tls),
            "ServerHello+Certificate+ServerHelloDone, ChangeCipherSpec, encrypted handshake, "
            "Alert (unknown CA)");
  EXPECT_EQ(tls.certificate_issuer, "lab A");
  EXPECT_EQ(tls.certificate_subject, "www.example");
}

std::vector<HttpMessage> http(const std::string& name,
                              const std::vector<std::string>& methods = {}) {
  const Message message = corpus("http/" + name);
  return decode_http_stream(Bytes(message).subspan(1), methods);
}

TEST(Http, ContentLengthThenTheNextMessage) {
  const auto messages = http("length");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].body_size, 5U);
  EXPECT_EQ(http_info(messages[0].head), "HTTP/1.1 200 OK, 5 bytes");
  EXPECT_EQ(messages[1].head.status, 304);
  EXPECT_TRUE(messages[1].whole);
}

TEST(Http, ChunksTrailersAndTheNextMessage) {
  const auto messages = http("chunked");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].body_size, 10U);
  EXPECT_EQ(messages[0].chunks, 2U);
  EXPECT_TRUE(messages[0].whole);
  EXPECT_EQ(messages[1].head.status, 204);
}

TEST(Http, TheAnswerToHeadHasNoBody) {
  ASSERT_EQ(http("head_then_connect", {"HEAD", "CONNECT"}).size(), 2U);
  EXPECT_FALSE(http("head_then_connect", {"GET"})[0].whole);
  EXPECT_TRUE(http("until_close")[0].until_close);
  EXPECT_TRUE(http("two_lengths")[0].head.malformed);
  const auto endless = http("endless_chunk");
  EXPECT_FALSE(endless[0].whole);
  EXPECT_EQ(endless[0].body_size, 1U);
}

TEST(Ospf, MessagesOfBothVersions) {
  EXPECT_EQ(ospf_info(corpus("ospf/hello")),
            "OSPFv2 Hello from 10.0.0.1 area 0.0.0.0 DR 10.0.0.1 every 1 s, dead after 40 s, "
            "1 neighbor");
  EXPECT_EQ(
      ospf_info(corpus("ospf/description")),
      "OSPFv2 Database Description from 10.0.0.1 area 0.0.0.0 MTU 1500 seq 4660 I M MS: router "
      "10.0.0.1 from 10.0.0.1, external 10.0.0.1 from 10.0.0.1");
  EXPECT_EQ(ospf_info(corpus("ospf/request")),
            "OSPFv2 LS Request from 10.0.0.1 area 0.0.0.0: router 10.0.0.2 from 10.0.0.2");
  EXPECT_EQ(decode_ospf(corpus("ospf/update"))->lsas.size(), 2U);
  EXPECT_EQ(decode_ospf(corpus("ospf/acknowledge"))->lsas[1].type, 2);
  EXPECT_STREQ(decode_ospf(corpus("ospf/update_that_promises_too_much"))->malformed, "LSA length");
  const auto v3 = decode_ospf(corpus("ospf/v3_hello"));
  EXPECT_EQ(v3->dead_seconds, 40U);
  EXPECT_EQ(v3->neighbors, std::vector<uint32_t>{0x0a000002});
  EXPECT_EQ(ospf_info(corpus("ospf/v3_update")),
            "OSPFv3 LS Update from 10.0.0.1 area 0.0.0.0: intra-area prefix 0.0.0.0 from 10.0.0.1");
}

TEST(Bgp, OpenAndKeepalive) {
  const Message stream = corpus("bgp/open_keepalive");
  const auto messages = decode_bgp(stream);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].open.asn, 64520U);
  EXPECT_EQ(messages[0].open.capabilities.size(), 3U);
  EXPECT_EQ(bgp_info(stream), "BGP OPEN AS 64520 id 10.0.0.1 hold 9 s, KEEPALIVE");
}

TEST(Bgp, Updates) {
  const auto update = decode_bgp(corpus("bgp/update"))[0].update;
  EXPECT_EQ(update.withdrawn, std::vector<std::string>{"192.0.2.0/24"});
  EXPECT_EQ(update.announced, (std::vector<std::string>{"203.0.113.0/24", "0.0.0.0/0"}));
  EXPECT_EQ(update.as_path, "64520 64530 {64550}");
  EXPECT_EQ(update.med, 50U);
  EXPECT_EQ(update.local_preference, 100U);
  EXPECT_EQ(decode_bgp(corpus("bgp/update_two_octet"))[0].update.as_path, "64520");
  const auto six = decode_bgp(corpus("bgp/update_ipv6"))[0].update;
  EXPECT_EQ(six.announced, std::vector<std::string>{"2001:db8::/32"});
  EXPECT_EQ(six.withdrawn, std::vector<std::string>{"2002::/16"});
  EXPECT_EQ(six.next_hop, "2001:db8::1");
  EXPECT_EQ(bgp_info(corpus("bgp/end_of_rib")), "BGP UPDATE end of RIB");
  EXPECT_STREQ(decode_bgp(corpus("bgp/prefix_too_long"))[0].malformed, "announced routes");
}

TEST(Bgp, NotificationsByName) {
  EXPECT_EQ(bgp_info(corpus("bgp/shutdown")),
            "BGP NOTIFICATION Cease: Administrative Shutdown \"maintenance\"");
  EXPECT_EQ(bgp_notification_name(4, 0), "Hold Timer Expired");
  EXPECT_EQ(bgp_notification_name(2, 2), "OPEN Message Error: Bad Peer AS");
  EXPECT_EQ(bgp_notification_name(9, 9), "code 9, subcode 9");
}

TEST(Dhcpv6, WhatAClientAsksFor) {
  const auto m = decode_dhcpv6(corpus("dhcpv6/rapid_solicit"));
  ASSERT_TRUE(m.has_value());
  EXPECT_FALSE(m->malformed);
  EXPECT_EQ(m->type, Dhcpv6Message::kSolicit);
  EXPECT_EQ(duid_text(m->client), "02:68:00:00:00:01 (DUID-LLT)");
  EXPECT_EQ(m->asked_for, (std::vector<uint16_t>{23, 24}));
  EXPECT_EQ(m->elapsed_hundredths, 150);
  EXPECT_TRUE(m->rapid_commit);
  ASSERT_EQ(m->associations.size(), 1U);
  EXPECT_EQ(m->associations[0].id, 0x42U);
  EXPECT_EQ(m->address(), nullptr);
  EXPECT_EQ(dhcpv6_info(*m), "DHCPv6 SOLICIT xid 0xabc123 client 02:68:00:00:00:01 (rapid commit)");
}

TEST(Dhcpv6, WhatAServerGives) {
  const auto m = decode_dhcpv6(corpus("dhcpv6/reply"));
  ASSERT_TRUE(m.has_value());
  EXPECT_EQ(duid_text(m->server), "02:68:00:00:00:02 (DUID-LL)");
  ASSERT_NE(m->address(), nullptr);
  EXPECT_EQ(net::to_string(m->address()->address), "2001:db8:1::1000");
  EXPECT_EQ(m->address()->preferred_seconds, 375U);
  EXPECT_EQ(m->address()->valid_seconds, 600U);
  EXPECT_EQ(m->associations[0].renewal_seconds, 300U);
  EXPECT_EQ(m->associations[0].rebinding_seconds, 480U);
  ASSERT_EQ(m->name_servers.size(), 2U);
  EXPECT_EQ(net::to_string(m->name_servers[1]), "2001:db8:1::54");
  EXPECT_EQ(m->search, (std::vector<std::string>{"lan.test", "test"}));
  EXPECT_EQ(m->refusal(), nullptr);  // Success is none
  EXPECT_EQ(dhcpv6_info(*m),
            "DHCPv6 REPLY xid 0xabc123 2001:db8:1::1000 for 600 s client 02:68:00:00:00:01");
  EXPECT_EQ(dhcpv6_info(*decode_dhcpv6(corpus("dhcpv6/advertise"))),
            "DHCPv6 ADVERTISE xid 0xabc123 2001:db8:1::1000 for 600 s client 02:68:00:00:00:01 "
            "preference 255");
}

TEST(Dhcpv6, RefusalsOfTheAssociationAndOfTheAddress) {
  EXPECT_EQ(dhcpv6_info(*decode_dhcpv6(corpus("dhcpv6/no_addresses"))),
            "DHCPv6 ADVERTISE xid 0xabc123 client 02:68:00:00:00:01 NoAddrsAvail "
            "\"the pool is empty\"");
  const auto m = decode_dhcpv6(corpus("dhcpv6/not_on_link"));
  ASSERT_TRUE(m && m->refusal() != nullptr);
  EXPECT_EQ(dhcpv6_status_name(m->refusal()->code), "NotOnLink");
  EXPECT_EQ(dhcpv6_status_name(77), "status 77");
}

TEST(Dhcpv6, RelaysAreUnwrapped) {
  const auto m = decode_dhcpv6(corpus("dhcpv6/relayed_solicit"));
  ASSERT_TRUE(m.has_value());
  EXPECT_FALSE(m->malformed);
  EXPECT_EQ(m->type, Dhcpv6Message::kSolicit);
  ASSERT_EQ(m->relays.size(), 2U);
  EXPECT_EQ(m->relays[0].hops, 1);
  EXPECT_EQ(net::to_string(m->relays[1].link), "2001:db8:1::1");
  EXPECT_EQ(m->relays[1].interface, "eth1");
  EXPECT_EQ(dhcpv6_info(*m),
            "DHCPv6 RELAY-FORW from fe80::2: RELAY-FORW from fe80::1: SOLICIT xid 0xabc123 client "
            "02:68:00:00:00:01");
  const auto reply = decode_dhcpv6(corpus("dhcpv6/relayed_reply"));
  ASSERT_TRUE(reply && reply->address() != nullptr);
  EXPECT_TRUE(reply->relays[0].reply);
  EXPECT_TRUE(decode_dhcpv6(corpus("dhcpv6/nine_relays"))->malformed);
  EXPECT_TRUE(decode_dhcpv6(corpus("dhcpv6/relay_without_message"))->malformed);
}

TEST(Dhcpv6, WhatRunsOutIsSaid) {
  for (const char* name : {"dhcpv6/option_past_end", "dhcpv6/address_too_short"}) {
    const auto m = decode_dhcpv6(corpus(name));
    ASSERT_TRUE(m.has_value()) << name;
    EXPECT_TRUE(m->malformed) << name;
  }
  EXPECT_FALSE(decode_dhcpv6(hex("00 abc123")).has_value());
  EXPECT_FALSE(decode_dhcpv6(hex("01 abc1")).has_value());
}

TEST(Applications, SpoiltMessagesAreSurvived) {
  for (const char* name : {"dns/every_type", "dns/referral_ds", "dns/query_edns"}) {
    testing::spoil(corpus(name), [](Bytes b) {
      const auto m = decode_dns(b);
      EXPECT_TRUE(!m || !dns_info(*m).empty());
    });
  }
  for (const char* name : {"dhcp/ack", "dhcp/overload"}) {
    testing::spoil(corpus(name), [](Bytes b) {
      const auto m = decode_dhcp(b);
      EXPECT_TRUE(!m || !dhcp_info(*m).empty());
    });
  }
  for (const char* name : {"dhcpv6/reply", "dhcpv6/relayed_solicit", "dhcpv6/not_on_link"}) {
    testing::spoil(corpus(name), [](Bytes b) {
      const auto m = decode_dhcpv6(b);
      EXPECT_TRUE(!m || !dhcpv6_info(*m).empty());
    });
  }
  for (const char* name : {"tls/client_hello", "tls/tls12", "tls/retry"}) {
    testing::spoil(corpus(name), [](Bytes b) { tls_records_text(decode_tls(b)); });
  }
  for (const char* name : {"http/chunked", "http/length"}) {
    testing::spoil(corpus(name), [](Bytes b) { decode_http_stream(b); });
  }
  for (const char* name : {"ospf/update", "ospf/description", "ospf/v3_hello"}) {
    testing::spoil(corpus(name), [](Bytes b) { EXPECT_FALSE(ospf_info(b).empty()); });
  }
  for (const char* name : {"bgp/open_keepalive", "bgp/update", "bgp/update_ipv6", "bgp/shutdown"}) {
    testing::spoil(corpus(name), [](Bytes b) { EXPECT_FALSE(bgp_info(b).empty()); });
  }
}

}  // namespace
}  // namespace hoplab::journey
