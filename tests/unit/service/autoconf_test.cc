// What the client learns of IPv6: from dhclient -6, and from routers' options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "agents/client/lease6.h"
#include "agents/client/name_servers.h"
#include "agents/client/rdnss.h"

namespace hoplab::client {
namespace {

using testing::ElementsAre;

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

// As dhclient 4.4.3 set them.
TEST(Lease6, IsReadFromDhclientsVariables) {
  const auto event =
      read_event6(variables({{"reason", "BOUND6"},
                             {"interface", "eth0"},
                             {"new_ip6_address", "2001:db8:40:1::1000"},
                             {"new_ip6_prefixlen", "128"},
                             {"new_dhcp6_name_servers", "2001:db8:40:1::53 2001:db8:40:1::54"},
                             {"new_dhcp6_server_id", "0:3:0:1:2:68:0:0:0:2"},
                             {"new_max_life", "600"},
                             {"new_preferred_life", "375"},
                             {"old_ip6_address", "2001:db8:40:1::1000"}}));
  EXPECT_EQ(event.address(), "2001:db8:40:1::1000/128");
  EXPECT_THAT(event.name_servers(), ElementsAre("2001:db8:40:1::53", "2001:db8:40:1::54"));
  EXPECT_EQ(event.server(), "0:3:0:1:2:68:0:0:0:2");
  EXPECT_EQ(event.lease_seconds(), 600U);
  EXPECT_EQ(event.preferred_seconds(), 375U);
  const auto ended = read_event6(variables({{"reason", "EXPIRE6"},
                                            {"interface", "eth0"},
                                            {"old_ip6_address", "2001:db8:40:1::1000"},
                                            {"old_ip6_prefixlen", "128"}}));
  EXPECT_EQ(ended.address(), "2001:db8:40:1::1000/128");
  const auto deprecated = read_event6(variables({{"reason", "DEPREF6"},
                                                 {"interface", "eth0"},
                                                 {"cur_ip6_address", "2001:db8:40:1::1000"},
                                                 {"cur_ip6_prefixlen", "128"}}));
  EXPECT_EQ(deprecated.address(), "2001:db8:40:1::1000/128");
}

TEST(Lease6, ReasonsAreOfTheirVersion) {
  EXPECT_TRUE(is_dhcpv6("RENEW6"));
  EXPECT_FALSE(is_dhcpv6("RENEW"));
  const auto effect = [](const char* reason, uint32_t seconds) {
    hoplab::v1::LeaseEvent event;
    event.set_reason(reason);
    event.set_lease_seconds(seconds);
    return effect_of6(event);
  };
  for (const auto* reason : {"BOUND6", "RENEW6", "REBIND6"}) {
    EXPECT_EQ(effect(reason, 600), Effect::kApply) << reason;
    EXPECT_EQ(effect(reason, 0), Effect::kDrop) << reason << ", and the server takes it away";
  }
  EXPECT_EQ(effect("DEPREF6", 600), Effect::kDeprecate);
  EXPECT_EQ(effect("EXPIRE6", 600), Effect::kDrop);
  EXPECT_EQ(effect("RELEASE6", 600), Effect::kDrop);
  EXPECT_EQ(effect("PREINIT6", 0), Effect::kNone);
  EXPECT_EQ(effect("BOUND", 600), Effect::kNone);
}

const std::vector<uint8_t> kOption = {25,   3,    0,    0,    0,    0,    0x07, 0x08,
                                      0x20, 0x01, 0x0d, 0xb8, 0x00, 0x40, 0x00, 0x01,
                                      0,    0,    0,    0,    0,    0,    0,    0x53};

TEST(Rdnss, IsReadFromTheOption) {
  const auto told = read_rdnss(kOption);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->lifetime_seconds, 1800U);
  ASSERT_EQ(told->servers.size(), 1U);
  EXPECT_EQ(net::to_string(told->servers[0]), "2001:db8:40:1::53");
  for (size_t n = 0; n < kOption.size(); ++n) {
    EXPECT_FALSE(read_rdnss(std::span(kOption).first(n)).has_value()) << n;
  }
  auto other = kOption;
  other[0] = 31;
  EXPECT_FALSE(read_rdnss(other).has_value());
}

TEST(Rdnss, IsReadFromTheKernelsMessage) {
  alignas(nlmsghdr) std::array<uint8_t, 256> buffer{};
  auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
  nduseroptmsg header{};
  header.nduseropt_family = AF_INET6;
  header.nduseropt_ifindex = 7;
  header.nduseropt_icmp_type = 134;
  header.nduseropt_opts_len = static_cast<uint16_t>(kOption.size());
  message->nlmsg_type = RTM_NEWNDUSEROPT;
  message->nlmsg_len = static_cast<uint32_t>(NLMSG_LENGTH(sizeof header) + kOption.size());
  std::memcpy(NLMSG_DATA(message), &header, sizeof header);
  std::memcpy(static_cast<uint8_t*>(NLMSG_DATA(message)) + sizeof header, kOption.data(),
              kOption.size());
  const auto told = read_rdnss(message);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->interface, 7);
  message->nlmsg_len -= 1;  // less than the option says
  EXPECT_FALSE(read_rdnss(message).has_value());
}

class NameServers : public testing::Test {
 protected:
  NameServers() {
    std::string path = testing::TempDir() + "names.XXXXXX";
    folder_ = ::mkdtemp(path.data());
    files_ = {folder_ / "lists", folder_ / "resolv.conf"};
  }
  ~NameServers() override { std::filesystem::remove_all(folder_); }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(files_.resolv_conf).rdbuf();
    return all.str();
  }
  std::filesystem::path folder_;
  NameFiles files_;
};

TEST_F(NameServers, StandTogetherAndLeaveOneByOne) {
  ASSERT_TRUE(name_servers(NameSource::kAdvertised, {"2001:db8::53", "2001:db8::54"}, files_));
  ASSERT_TRUE(name_servers(NameSource::kDhcp, {"192.0.2.53"}, files_));
  ASSERT_TRUE(name_servers(NameSource::kDhcpv6, {"2001:db8::53"}, files_));
  EXPECT_EQ(text(), "nameserver 192.0.2.53\nnameserver 2001:db8::53\nnameserver 2001:db8::54\n");
  ASSERT_TRUE(name_servers(NameSource::kDhcp, {}, files_));
  ASSERT_TRUE(name_servers(NameSource::kAdvertised, {}, files_));
  EXPECT_EQ(text(), "nameserver 2001:db8::53\n");
  ASSERT_TRUE(name_servers(NameSource::kDhcpv6, {}, files_));
  EXPECT_EQ(text(), "# no name server is known\n");
}

}  // namespace
}  // namespace hoplab::client
