#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <map>

#include "agents/common/netlink/attributes.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

struct QueueDrops {
  int index;
  uint64_t drops;
};

// Only the outermost queue of each direction: an inner queue's drops are counted there, too.
std::optional<QueueDrops> decode(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWQDISC) return std::nullopt;
  const auto attributes = parse<TCA_MAX>(message, sizeof(tcmsg));
  if (!attributes) return std::nullopt;
  const auto& header = *static_cast<const tcmsg*>(NLMSG_DATA(message));
  if (header.tcm_parent != TC_H_ROOT && header.tcm_parent != TC_H_CLSACT) return std::nullopt;
  const auto stats = parse_nested<TCA_STATS_MAX>((*attributes)[TCA_STATS2]);
  return QueueDrops{header.tcm_ifindex, value_of<gnet_stats_queue>(stats[TCA_STATS_QUEUE]).drops};
}

}  // namespace

Result<std::vector<CountersInfo>> Netlink::counters() const {
  const auto all = links();
  if (!all) return std::unexpected(all.error());
  Message request(RTM_GETQDISC, 0);
  request.header(tcmsg{});
  const auto queues = list<QueueDrops>(*route_, request, "list queues", decode);
  if (!queues) return std::unexpected(queues.error());
  std::map<int, uint64_t> drops;
  for (const QueueDrops& queue : *queues) drops[queue.index] += queue.drops;
  std::vector<CountersInfo> result;
  result.reserve(all->size());
  for (const LinkInfo& link : *all) {
    result.push_back({link.index, link.name, link.rx_dropped, link.tx_dropped, drops[link.index]});
  }
  return result;
}

}  // namespace hoplab::netlink
