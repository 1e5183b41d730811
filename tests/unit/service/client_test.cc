// The client role's pure parts: what dhclient and curl say.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "agents/client/bootp_client.h"
#include "agents/client/curl.h"
#include "agents/client/lease.h"

namespace hoplab::client {
namespace {

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

TEST(Lease, IsReadFromDhclientsVariables) {
  const auto event = read_event(variables({{"reason", "BOUND"},
                                           {"interface", "eth0"},
                                           {"new_ip_address", "192.168.10.100"},
                                           {"new_subnet_mask", "255.255.255.0"},
                                           {"new_routers", "192.168.10.1 192.168.10.2"},
                                           {"new_domain_name_servers", "192.168.10.1 192.0.2.7"},
                                           {"new_dhcp_server_identifier", "192.168.10.2"},
                                           {"new_dhcp_lease_time", "600"},
                                           {"old_ip_address", "192.168.10.99"}}));
  EXPECT_EQ(event.address(), "192.168.10.100/24");
  EXPECT_EQ(event.router(), "192.168.10.1");
  ASSERT_EQ(event.name_servers_size(), 2);
  EXPECT_EQ(event.name_servers(1), "192.0.2.7");
  EXPECT_EQ(event.server(), "192.168.10.2");
  EXPECT_EQ(event.lease_seconds(), 600U);
}

TEST(Lease, IsReadFromWhatBootpcPrints) {
  const auto event = read_bootp(
      "GATEWAY='0.0.0.0'\nSERVER='0.0.0.0'\nIPADDR='192.168.10.100'\nBOOTFILE=''\n"
      "NETMASK='255.255.255.0'\nGATEWAYS='192.168.10.1 '\nDNSSRVS='192.168.10.1 192.0.2.7'\n",
      "eth0");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->address(), "192.168.10.100/24");
  EXPECT_EQ(event->router(), "192.168.10.1");
  EXPECT_EQ(event->name_servers_size(), 2);
  EXPECT_EQ(event->server(), "");
  EXPECT_EQ(event->lease_seconds(), 0U);
  EXPECT_FALSE(read_bootp("no answer\n", "eth0"));
}

TEST(Lease, OneThatEndedIsNamedByTheOldVariables) {
  const auto event = read_event(variables({{"reason", "EXPIRE"},
                                           {"interface", "eth0"},
                                           {"old_ip_address", "192.168.10.99"},
                                           {"old_subnet_mask", "255.255.255.128"}}));
  EXPECT_EQ(event.address(), "192.168.10.99/25");
}

TEST(Lease, ReasonsThatMatterAreTheseEight) {
  for (const auto* reason : {"BOUND", "RENEW", "REBIND", "REBOOT"}) {
    EXPECT_EQ(effect_of(reason), Effect::kApply) << reason;
  }
  for (const auto* reason : {"EXPIRE", "FAIL", "RELEASE", "STOP"}) {
    EXPECT_EQ(effect_of(reason), Effect::kDrop) << reason;
  }
  for (const auto* reason : {"PREINIT", "MEDIUM", "NBI", "ARPSEND", ""}) {
    EXPECT_EQ(effect_of(reason), Effect::kNone) << reason;
  }
}

TEST(Curl, TheReportFillsTheResult) {
  hoplab::v1::RequestResult result;
  read_report(
      "http_code=200\nhttp_version=2\nsize_download=4096\n"
      "remote_ip=203.0.113.10\nremote_port=443\nlocal_ip=192.168.10.100\nlocal_port=40112\n"
      "time_namelookup=0.018312\ntime_connect=0.021200\ntime_appconnect=0.027000\n"
      "time_starttransfer=0.031500\ntime_total=0.036729\nerrormsg=\n"
      "Subject:CN = www.naver.com\nIssuer:CN = hoplab lab CA\nVersion:2\n"
      "Subject:CN = hoplab lab CA\nIssuer:CN = hoplab lab CA\n",
      result);
  EXPECT_EQ(result.http_status(), 200);
  EXPECT_EQ(result.http_version(), "2");
  EXPECT_EQ(result.body_bytes(), 4096U);
  EXPECT_EQ(result.remote_address(), "203.0.113.10");
  EXPECT_EQ(result.remote_port(), 443U);
  EXPECT_EQ(result.local_port(), 40112U);
  EXPECT_EQ(result.name_lookup_us(), 18312);
  EXPECT_EQ(result.tls_us(), 27000);
  EXPECT_EQ(result.total_us(), 36729);
  EXPECT_EQ(result.error(), "");
  EXPECT_EQ(result.certificate_subject(), "CN = www.naver.com");
  EXPECT_EQ(result.certificate_issuer(), "CN = hoplab lab CA");
}

TEST(Curl, AFailureKeepsCurlsWordsAsUtf8) {
  hoplab::v1::RequestResult result;
  read_report(
      "http_code=000\nhttp_version=0\nerrormsg=Could not resolve host: \xff\xea\xb0\x80=x\n",
      result);
  EXPECT_EQ(result.http_status(), 0);
  EXPECT_EQ(result.http_version(), "");
  EXPECT_EQ(result.error(), "Could not resolve host: ?\xea\xb0\x80=x");
}

TEST(Curl, TheUrlCannotBeTakenForAnOption) {
  const auto command = curl_command("-o/etc/passwd", std::chrono::milliseconds(2500), {});
  const auto url = std::ranges::find(command, "-o/etc/passwd");
  ASSERT_NE(url, command.begin());
  EXPECT_EQ(*std::prev(url), "--url");
  const auto limit = std::ranges::find(command, "--max-time");
  ASSERT_NE(limit, command.end());
  EXPECT_EQ(*std::next(limit), "2.500");
}

}  // namespace
}  // namespace hoplab::client
