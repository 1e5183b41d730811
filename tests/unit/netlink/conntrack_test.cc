#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "agents/common/netlink/snapshot.h"
#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::netlink {
namespace {

class ConntrackTest : public OwnNamespace {};

struct Upper {
  uint8_t protocol = IPPROTO_UDP;
  int type = 0;  // of ICMPv6
};

void put_tuple(Message& message, int attribute, const Tuple& tuple, const Upper& upper = {}) {
  message.nest(attribute | NLA_F_NESTED, [&](Message& m) {
    m.nest(CTA_TUPLE_IP | NLA_F_NESTED, [&](Message& ip) {
      const bool v6 = tuple.source.is_v6();
      ip.put_address(v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source)
          .put_address(v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination);
    });
    m.nest(CTA_TUPLE_PROTO | NLA_F_NESTED, [&](Message& protocol) {
      protocol.put(CTA_PROTO_NUM, upper.protocol);
      if (upper.protocol == IPPROTO_ICMPV6) {
        protocol.put(CTA_PROTO_ICMPV6_ID, htons(tuple.source_port));
        protocol.put(CTA_PROTO_ICMPV6_TYPE, static_cast<uint8_t>(upper.type));
        protocol.put(CTA_PROTO_ICMPV6_CODE, uint8_t{0});
        return;
      }
      protocol.put(CTA_PROTO_SRC_PORT, htons(tuple.source_port));
      protocol.put(CTA_PROTO_DST_PORT, htons(tuple.destination_port));
    });
  });
}

// A home gateway's mapping, as its kernel would hold it after one DNS question.
TEST_F(ConntrackTest, AMappingIsReadInBothDirections) {
  const net::Ipv4 client = *net::parse_ipv4("192.168.10.100");
  const net::Ipv4 wan = *net::parse_ipv4("100.64.1.2");
  const net::Ipv4 server = *net::parse_ipv4("203.0.113.53");
  Answer answer;
  ASSERT_TRUE(space_->run([&]() -> Status {
    auto socket = Socket::open(NETLINK_NETFILTER);
    if (!socket) return std::unexpected(socket.error());
    nfgenmsg header{};
    header.nfgen_family = AF_INET;
    Message request((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL);
    request.header(header);
    put_tuple(request, CTA_TUPLE_ORIG, {client, server, 40112, 53});
    put_tuple(request, CTA_TUPLE_REPLY, {server, wan, 53, 40113});
    request.put(CTA_TIMEOUT, htonl(60));
    request.put(CTA_STATUS, htonl(IPS_CONFIRMED));
    answer = socket->execute(request);
    return {};
  }));
  if (answer.error == EOPNOTSUPP || answer.error == EINVAL) {
    GTEST_SKIP() << "this kernel does not track connections: " << answer.failed("").error().what;
  }
  ASSERT_TRUE(answer.ok()) << answer.failed("add entry").error().what;

  v1::NodeState state;
  ASSERT_TRUE(fill(net(), state, false));
  ASSERT_EQ(state.nat_size(), 1);
  const auto& nat = state.nat(0);
  EXPECT_EQ(nat.protocol(), "udp");
  EXPECT_EQ(nat.source(), "192.168.10.100");
  EXPECT_EQ(nat.source_port(), 40112U);
  EXPECT_EQ(nat.destination(), "203.0.113.53");
  EXPECT_EQ(nat.destination_port(), 53U);
  EXPECT_EQ(nat.reply_source(), "203.0.113.53");
  EXPECT_EQ(nat.reply_source_port(), 53U);
  EXPECT_EQ(nat.reply_destination(), "100.64.1.2");
  EXPECT_EQ(nat.reply_destination_port(), 40113U);
}

// What a gateway remembers of a ping over IPv6, which nothing translates.
TEST_F(ConntrackTest, OfIpv6Too) {
  const auto client = *net::parse_ip("2001:db8:64:100::10");
  const auto server = *net::parse_ip("2001:db8:50:1::80");
  Answer answer;
  ASSERT_TRUE(space_->run([&]() -> Status {
    auto socket = Socket::open(NETLINK_NETFILTER);
    if (!socket) return std::unexpected(socket.error());
    nfgenmsg header{};
    header.nfgen_family = AF_INET6;
    Message request((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL);
    request.header(header);
    put_tuple(request, CTA_TUPLE_ORIG, {client, server, 7, 7}, {IPPROTO_ICMPV6, 128});
    put_tuple(request, CTA_TUPLE_REPLY, {server, client, 7, 7}, {IPPROTO_ICMPV6, 129});
    request.put(CTA_TIMEOUT, htonl(60));
    request.put(CTA_STATUS, htonl(IPS_CONFIRMED));
    answer = socket->execute(request);
    return {};
  }));
  if (answer.error == EOPNOTSUPP || answer.error == EINVAL) {
    GTEST_SKIP() << "this kernel does not track connections: " << answer.failed("").error().what;
  }
  ASSERT_TRUE(answer.ok()) << answer.failed("add entry").error().what;

  v1::NodeState state;
  ASSERT_TRUE(fill(net(), state, false));
  ASSERT_EQ(state.nat_size(), 1);
  EXPECT_EQ(state.nat(0).protocol(), "icmpv6");
  EXPECT_EQ(state.nat(0).source(), "2001:db8:64:100::10");
  EXPECT_EQ(state.nat(0).source_port(), 7U);
  EXPECT_EQ(state.nat(0).reply_destination(), "2001:db8:64:100::10");
  EXPECT_EQ(state.nat(0).reply_source_port(), 7U);
}

}  // namespace
}  // namespace hoplab::netlink
