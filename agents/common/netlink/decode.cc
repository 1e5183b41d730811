#include "agents/common/netlink/decode.h"

#include <fmt/core.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "agents/common/netlink/attributes.h"

namespace hoplab::netlink {
namespace {

constexpr unsigned kLowerUp = 1U << 16U;  // IFF_LOWER_UP, which <net/if.h> lacks

bool is_ip(uint8_t family) { return family == AF_INET || family == AF_INET6; }

// Mode in which IPv6 addresses are made.
std::optional<uint8_t> generation_of(nlattr* families) {
  const auto by_family = parse_nested<AF_INET6>(families);
  const auto six = parse_nested<IFLA_INET6_MAX>(by_family[AF_INET6]);
  if (six[IFLA_INET6_ADDR_GEN_MODE] == nullptr) return {};
  return value_of<uint8_t>(six[IFLA_INET6_ADDR_GEN_MODE]);
}

template <typename Header>
const Header& header_of(const nlmsghdr* message) {
  return *static_cast<const Header*>(NLMSG_DATA(message));
}

std::vector<NextHopInfo> multipath_of(nlattr* attribute) {
  std::vector<NextHopInfo> result;
  int left = nla_len(attribute);
  for (auto* hop = static_cast<rtnexthop*>(nla_data(attribute)); RTNH_OK(hop, left);
       left -= static_cast<int>(NLMSG_ALIGN(hop->rtnh_len)), hop = RTNH_NEXT(hop)) {
    nlattr* const gateway =
        nla_find(reinterpret_cast<nlattr*>(RTNH_DATA(hop)),
                 static_cast<int>(hop->rtnh_len - sizeof(rtnexthop)), RTA_GATEWAY);
    result.push_back({ip_of(gateway), hop->rtnh_ifindex});
  }
  return result;
}

}  // namespace

std::optional<LinkInfo> decode_link(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) return {};
  const auto attributes = parse<IFLA_MAX>(message, sizeof(ifinfomsg));
  if (!attributes) return {};
  const auto& header = header_of<ifinfomsg>(message);
  if (header.ifi_family == AF_BRIDGE) return {};  // a port's own announcement of the same change
  const auto& a = *attributes;
  const auto info = parse_nested<IFLA_INFO_MAX>(a[IFLA_LINKINFO]);
  const auto stats = value_of<rtnl_link_stats64>(a[IFLA_STATS64]);
  return LinkInfo{
      .index = header.ifi_index,
      .name = text_of(a[IFLA_IFNAME]),
      .mac = mac_of(a[IFLA_ADDRESS]).value_or(net::Mac{}),
      .admin_up = (header.ifi_flags & IFF_UP) != 0,
      .carrier = (header.ifi_flags & kLowerUp) != 0,
      .mtu = value_of<uint32_t>(a[IFLA_MTU]),
      .alias = text_of(a[IFLA_IFALIAS]),
      .kind = text_of(info[IFLA_INFO_KIND]),
      .master = value_of<int>(a[IFLA_MASTER]),
      .peer_index = value_of<int>(a[IFLA_LINK]),
      .rx_dropped = stats.rx_dropped,
      .tx_dropped = stats.tx_dropped,
      .generates = generation_of(a[IFLA_AF_SPEC]),
  };
}

constexpr ifa_cacheinfo kForever{.ifa_prefered = Lifetimes::kForever,
                                 .ifa_valid = Lifetimes::kForever,
                                 .cstamp = 0,
                                 .tstamp = 0};

std::optional<AddressInfo> decode_address(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWADDR && message->nlmsg_type != RTM_DELADDR) return {};
  const auto attributes = parse<IFA_MAX>(message, sizeof(ifaddrmsg));
  const auto& header = header_of<ifaddrmsg>(message);
  if (!attributes || !is_ip(header.ifa_family)) return {};
  // IFA_LOCAL is the own address; IFA_ADDRESS the other end's on a point-to-point link.
  auto address = ip_of((*attributes)[IFA_LOCAL]);
  if (!address) address = ip_of((*attributes)[IFA_ADDRESS]);
  if (!address) return {};
  const auto flags = value_of<uint32_t>((*attributes)[IFA_FLAGS], header.ifa_flags);
  // The same bit says of an IPv4 address that it is a secondary one.
  const bool ip_is_v4 = header.ifa_family == AF_INET;
  return AddressInfo{
      .index = static_cast<int>(header.ifa_index),
      .address = {*address, header.ifa_prefixlen},
      .tentative = (flags & IFA_F_TENTATIVE) != 0,
      .duplicated = (flags & IFA_F_DADFAILED) != 0,
      .deprecated = (flags & IFA_F_DEPRECATED) != 0,
      .temporary = !ip_is_v4 && (flags & IFA_F_TEMPORARY) != 0,
      .permanent = (flags & IFA_F_PERMANENT) != 0,
      .origin = value_of<uint8_t>((*attributes)[IFA_PROTO]),
      .valid_seconds = value_of<ifa_cacheinfo>((*attributes)[IFA_CACHEINFO], kForever).ifa_valid};
}

std::optional<RouteInfo> decode_route(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE) return {};
  const auto attributes = parse<RTA_MAX>(message, sizeof(rtmsg));
  const auto& header = header_of<rtmsg>(message);
  if (!attributes || !is_ip(header.rtm_family)) return {};
  const auto& a = *attributes;
  if (value_of<uint32_t>(a[RTA_TABLE], header.rtm_table) != RT_TABLE_MAIN) return {};
  if ((header.rtm_flags & RTM_F_CLONED) != 0) return {};
  const net::IpAddress any =
      header.rtm_family == AF_INET ? net::IpAddress(net::Ipv4{}) : net::IpAddress{};
  RouteInfo route{
      .prefix = {ip_of(a[RTA_DST]).value_or(any), header.rtm_dst_len},
      .next_hops = {},
      .protocol = header.rtm_protocol,
      .kind = header.rtm_type,
      .scope = header.rtm_scope,
      .metric = value_of<uint32_t>(a[RTA_PRIORITY]),
  };
  if (a[RTA_MULTIPATH] != nullptr) {
    route.next_hops = multipath_of(a[RTA_MULTIPATH]);
  } else if (a[RTA_OIF] != nullptr && route.kind == RTN_UNICAST) {
    route.next_hops.push_back({ip_of(a[RTA_GATEWAY]), value_of<int>(a[RTA_OIF])});
  }
  return route;
}

std::optional<NeighborInfo> decode_neighbor(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWNEIGH && message->nlmsg_type != RTM_DELNEIGH) return {};
  const auto attributes = parse<NDA_MAX>(message, sizeof(ndmsg));
  const auto& header = header_of<ndmsg>(message);
  if (!attributes || !is_ip(header.ndm_family)) return {};
  const auto address = ip_of((*attributes)[NDA_DST]);
  if (!address) return {};
  const bool resolved = (header.ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) == 0;
  return NeighborInfo{*address, resolved ? mac_of((*attributes)[NDA_LLADDR]) : std::nullopt,
                      header.ndm_ifindex, header.ndm_state};
}

std::optional<FdbInfo> decode_fdb(const nlmsghdr* message) {
  if (message->nlmsg_type != RTM_NEWNEIGH && message->nlmsg_type != RTM_DELNEIGH) return {};
  const auto attributes = parse<NDA_MAX>(message, sizeof(ndmsg));
  const auto& header = header_of<ndmsg>(message);
  if (!attributes || header.ndm_family != AF_BRIDGE) return {};
  const auto mac = mac_of((*attributes)[NDA_LLADDR]);
  const int bridge = value_of<int>((*attributes)[NDA_MASTER]);
  if (!mac || bridge == 0 || (header.ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0) return {};
  return FdbInfo{*mac, header.ndm_ifindex, bridge};
}

std::string protocol_word(uint8_t protocol) {
  switch (protocol) {
    case RTPROT_UNSPEC:
      return "unspecified";
    case RTPROT_REDIRECT:
      return "redirect";
    case RTPROT_KERNEL:
      return "kernel";
    case RTPROT_BOOT:
      return "boot";
    case RTPROT_STATIC:
      return "static";
    case 196:
      return "static";  // FRR's staticd
    case RTPROT_ZEBRA:
      return "zebra";
    case RTPROT_BIRD:
      return "bird";
    case RTPROT_DHCP:
      return "dhcp";
    case RTPROT_BABEL:
      return "babel";
    case RTPROT_BGP:
      return "bgp";
    case RTPROT_ISIS:
      return "isis";
    case RTPROT_OSPF:
      return "ospf";
    case RTPROT_RIP:
    case 190:  // FRR's ripngd
      return "rip";
    case RTPROT_RA:
      return "ra";
    case RTPROT_EIGRP:
      return "eigrp";
    default:
      return fmt::format("proto {}", protocol);
  }
}

std::string kind_word(uint8_t kind) {
  switch (kind) {
    case RTN_UNICAST:
      return "unicast";
    case RTN_LOCAL:
      return "local";
    case RTN_BROADCAST:
      return "broadcast";
    case RTN_MULTICAST:
      return "multicast";
    case RTN_BLACKHOLE:
      return "blackhole";
    case RTN_UNREACHABLE:
      return "unreachable";
    case RTN_PROHIBIT:
      return "prohibit";
    case RTN_THROW:
      return "throw";
    default:
      return fmt::format("kind {}", kind);
  }
}

std::string neighbor_word(uint16_t state) {
  switch (state) {
    case NUD_NONE:
      return "NONE";
    case NUD_INCOMPLETE:
      return "INCOMPLETE";
    case NUD_REACHABLE:
      return "REACHABLE";
    case NUD_STALE:
      return "STALE";
    case NUD_DELAY:
      return "DELAY";
    case NUD_PROBE:
      return "PROBE";
    case NUD_FAILED:
      return "FAILED";
    case NUD_NOARP:
      return "NOARP";
    case NUD_PERMANENT:
      return "PERMANENT";
    default:
      return fmt::format("state {:#x}", state);
  }
}

}  // namespace hoplab::netlink
