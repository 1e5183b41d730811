#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/netfilter/ct.h>

#include "agents/common/netlink/attributes.h"
#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

struct FreeConntrack {
  void operator()(nfnl_ct* entry) const noexcept { nfnl_ct_put(entry); }
};
using ConntrackHandle = std::unique_ptr<nfnl_ct, FreeConntrack>;

std::optional<net::Ipv4> address_of(nl_addr* address) {
  if (address == nullptr || nl_addr_get_len(address) != 4) return std::nullopt;
  uint32_t value = 0;
  std::memcpy(&value, nl_addr_get_binary_addr(address), sizeof(value));
  return net::Ipv4{ntohl(value)};
}

std::optional<Tuple> tuple_of(const nfnl_ct* entry, int reply) {
  const auto source = address_of(nfnl_ct_get_src(entry, reply));
  const auto destination = address_of(nfnl_ct_get_dst(entry, reply));
  if (!source || !destination) return std::nullopt;
  Tuple tuple{*source, *destination};
  if (nfnl_ct_get_proto(entry) == IPPROTO_ICMP) {
    tuple.source_port = nfnl_ct_get_icmp_id(entry, reply);
    tuple.destination_port = tuple.source_port;
  } else {
    tuple.source_port = nfnl_ct_get_src_port(entry, reply);
    tuple.destination_port = nfnl_ct_get_dst_port(entry, reply);
  }
  return tuple;
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
  nfnl_ct* parsed = nullptr;
  if (nfnlmsg_ct_parse(const_cast<nlmsghdr*>(message), &parsed) < 0) return std::nullopt;
  const ConntrackHandle entry(parsed);
  const uint8_t protocol = nfnl_ct_get_proto(parsed);
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_ICMP) return {};
  const auto original = tuple_of(parsed, 0);
  const auto reply = tuple_of(parsed, 1);
  if (!original || !reply) return std::nullopt;
  return ConntrackInfo{protocol, *original, *reply};
}

Result<std::vector<ConntrackInfo>> Netlink::conntrack() const {
  // The kernel keeps the connections of all namespaces in one table and walks the whole of it for a
  // list, 10 ms on a usual host and one list at a time: only where there are any.
  if (!netfilter_ || tracked(*netfilter_) == 0U) return std::vector<ConntrackInfo>{};
  nfgenmsg header{};
  header.nfgen_family = AF_INET;
  Message request((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET, 0);
  request.header(header);
  return list<ConntrackInfo>(*netfilter_, request, "list tracked connections", decode_conntrack);
}

}  // namespace hoplab::netlink
