#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "agents/common/netlink/attributes.h"
#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

struct Direction {
  uint8_t protocol = 0;
  Tuple tuple;
};

std::optional<Direction> direction_of(nlattr* attribute) {
  const auto parts = parse_nested<CTA_TUPLE_MAX>(attribute);
  const auto ip = parse_nested<CTA_IP_MAX>(parts[CTA_TUPLE_IP]);
  const bool v6 = ip[CTA_IP_V6_SRC] != nullptr;
  const auto source = ip_of(ip[v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC]);
  const auto destination = ip_of(ip[v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST]);
  if (!source || !destination) return std::nullopt;
  const auto upper = parse_nested<CTA_PROTO_MAX>(parts[CTA_TUPLE_PROTO]);
  const auto port = [&](int which) { return ntohs(value_of<uint16_t>(upper[which])); };
  Direction out{value_of<uint8_t>(upper[CTA_PROTO_NUM]), {*source, *destination}};
  switch (out.protocol) {
    case IPPROTO_ICMP:
      out.tuple.source_port = out.tuple.destination_port = port(CTA_PROTO_ICMP_ID);
      return out;
    case IPPROTO_ICMPV6:
      out.tuple.source_port = out.tuple.destination_port = port(CTA_PROTO_ICMPV6_ID);
      return out;
    case IPPROTO_TCP:
    case IPPROTO_UDP:
      out.tuple.source_port = port(CTA_PROTO_SRC_PORT);
      out.tuple.destination_port = port(CTA_PROTO_DST_PORT);
      return out;
    default:
      return std::nullopt;
  }
}

// How many connections the namespace tracks; nothing when the kernel does not say.
std::optional<uint32_t> tracked(Socket& socket) {
  Message request((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET_STATS, 0);
  request.header(nfgenmsg{});
  std::optional<uint32_t> entries;
  const Answer answer = socket.execute(request, [&](const nlmsghdr* message) {
    const auto stats = parse<CTA_STATS_GLOBAL_MAX>(message, sizeof(nfgenmsg));
    if (!stats || (*stats)[CTA_STATS_GLOBAL_ENTRIES] == nullptr) return;
    entries = ntohl(value_of<uint32_t>((*stats)[CTA_STATS_GLOBAL_ENTRIES]));
  });
  return answer.ok() ? entries : std::nullopt;
}

}  // namespace

std::optional<ConntrackInfo> decode_conntrack(const nlmsghdr* message) {
  const auto attributes = parse<CTA_MAX>(message, sizeof(nfgenmsg));
  if (!attributes) return std::nullopt;
  const auto original = direction_of((*attributes)[CTA_TUPLE_ORIG]);
  const auto reply = direction_of((*attributes)[CTA_TUPLE_REPLY]);
  if (!original || !reply) return std::nullopt;
  return ConntrackInfo{original->protocol, original->tuple, reply->tuple};
}

Result<std::vector<ConntrackInfo>> Netlink::conntrack() const {
  // The kernel keeps the connections of all namespaces in one table and walks the whole of it for a
  // list, 10 ms on a usual host and one list at a time: only where there are any.
  if (!netfilter_ || tracked(*netfilter_) == 0U) return std::vector<ConntrackInfo>{};
  nfgenmsg header{};
  header.nfgen_family = AF_UNSPEC;  // of both IP versions
  Message request((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET, 0);
  request.header(header);
  return list<ConntrackInfo>(*netfilter_, request, "list tracked connections", decode_conntrack);
}

}  // namespace hoplab::netlink
