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

void put_tuple(Message& message, int attribute, const Tuple& tuple) {
  message.nest(attribute | NLA_F_NESTED, [&](Message& m) {
    m.nest(CTA_TUPLE_IP | NLA_F_NESTED, [&](Message& ip) {
      ip.put_address(CTA_IP_V4_SRC, tuple.source).put_address(CTA_IP_V4_DST, tuple.destination);
    });
    m.nest(CTA_TUPLE_PROTO | NLA_F_NESTED, [&](Message& protocol) {
      protocol.put(CTA_PROTO_NUM, uint8_t{IPPROTO_UDP});
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

}  // namespace
}  // namespace hoplab::netlink
