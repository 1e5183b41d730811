// Links and their addresses.
#include <fmt/core.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>

#include "agents/common/netlink/decode.h"
#include "agents/common/netlink/list.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {
namespace {

Message address_request(int type, int flags, int index, const net::IpInterfaceAddress& address,
                        Duplicates duplicates = Duplicates::kNone) {
  const bool v4 = address.address.is_v4();
  ifaddrmsg header{};
  header.ifa_family = v4 ? AF_INET : AF_INET6;
  if (!v4 && duplicates == Duplicates::kNone) header.ifa_flags = IFA_F_NODAD;
  header.ifa_prefixlen = address.length;
  header.ifa_index = static_cast<uint32_t>(index);
  Message request(type, flags);
  request.header(header).put_address(IFA_LOCAL, address.address);
  request.put_address(IFA_ADDRESS, address.address);
  if (v4 && type == RTM_NEWADDR && address.length < 31) {
    const net::InterfaceAddress own{address.address.v4(), address.length};
    request.put_address(IFA_BROADCAST, own.prefix().broadcast());
  }
  return request;
}

}  // namespace

Result<std::vector<LinkInfo>> Netlink::links() const {
  Message request(RTM_GETLINK, 0);
  request.header(ifinfomsg{});
  return list<LinkInfo>(*route_, request, "list interfaces", decode_link);
}

Result<LinkInfo> Netlink::link(std::string_view name) const {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return fail(ErrorKind::kInvalid, fmt::format("'{}' is not an interface name", name),
                "interface names have 1 to 15 characters");
  }
  Message request(RTM_GETLINK, 0);
  request.header(ifinfomsg{}).put_string(IFLA_IFNAME, name);
  std::optional<LinkInfo> found;
  const Answer answer =
      route_->execute(request, [&](const nlmsghdr* message) { found = decode_link(message); });
  if (!answer.ok()) return answer.failed(fmt::format("find interface {}", name));
  if (!found) return fail(ErrorKind::kNotFound, fmt::format("no interface {}", name));
  return *std::move(found);
}

Result<bool> Netlink::change_link(Message& request, std::string attempted) const {
  const Answer answer = route_->execute(request);
  if (!answer.ok()) return answer.failed(std::move(attempted));
  return true;
}

Result<bool> Netlink::set_up(std::string_view name, bool up) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  if (found->admin_up == up) return false;
  ifinfomsg header{};
  header.ifi_index = found->index;
  header.ifi_flags = up ? IFF_UP : 0;
  header.ifi_change = IFF_UP;
  Message request(RTM_NEWLINK, 0);
  request.header(header);
  return change_link(request, fmt::format("set {} {}", name, up ? "up" : "down"));
}

Result<bool> Netlink::set_mtu(std::string_view name, uint32_t mtu) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  if (found->mtu == mtu) return false;
  ifinfomsg header{};
  header.ifi_index = found->index;
  Message request(RTM_NEWLINK, 0);
  request.header(header).put(IFLA_MTU, mtu);
  return change_link(request, fmt::format("set mtu of {} to {}", name, mtu));
}

Result<bool> Netlink::set_mac(std::string_view name, const net::Mac& mac) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  if (found->mac == mac) return false;
  ifinfomsg header{};
  header.ifi_index = found->index;
  Message request(RTM_NEWLINK, 0);
  request.header(header).put_mac(IFLA_ADDRESS, mac);
  return change_link(request, fmt::format("set MAC of {} to {}", name, net::to_string(mac)));
}

Result<bool> Netlink::set_alias(std::string_view name, std::string_view alias) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  if (found->alias == alias) return false;
  ifinfomsg header{};
  header.ifi_index = found->index;
  Message request(RTM_NEWLINK, 0);
  request.header(header).put_string(IFLA_IFALIAS, alias);
  return change_link(request, fmt::format("set alias of {}", name));
}

Result<bool> Netlink::set_link_local(std::string_view name, bool on) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  const uint8_t mode = on ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE;
  if (!found->generates || *found->generates == mode) return false;
  ifinfomsg header{};
  header.ifi_index = found->index;
  Message request(RTM_NEWLINK, 0);
  request.header(header).nest(IFLA_AF_SPEC, [&](Message& families) {
    families.nest(AF_INET6, [&](Message& m) { m.put(IFLA_INET6_ADDR_GEN_MODE, mode); });
  });
  return change_link(request, fmt::format("set link-local address of {} {}", name, on));
}

Result<bool> Netlink::add_veth(std::string_view name, std::string_view peer) const {
  Message request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.header(ifinfomsg{}).put_string(IFLA_IFNAME, name);
  request.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_string(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER,
                [&](Message& m) { m.header(ifinfomsg{}).put_string(IFLA_IFNAME, peer); });
    });
  });
  const Answer answer = route_->execute(request);
  if (answer.error == EEXIST) {
    const auto one = link(name);
    const auto other = link(peer);
    if (one && other && one->kind == "veth" && one->peer_index == other->index) return false;
  }
  if (!answer.ok()) return answer.failed(fmt::format("make veth pair {} and {}", name, peer));
  return true;
}

Result<bool> Netlink::remove_link(std::string_view name) const {
  const auto found = link(name);
  if (!found && found.error().kind == ErrorKind::kNotFound) return false;
  if (!found) return std::unexpected(found.error());
  ifinfomsg header{};
  header.ifi_index = found->index;
  Message request(RTM_DELLINK, 0);
  request.header(header);
  const Answer answer = route_->execute(request);
  if (answer.error == ENODEV) return false;
  if (!answer.ok()) return answer.failed(fmt::format("remove interface {}", name));
  return true;
}

Result<std::vector<AddressInfo>> Netlink::addresses() const {
  const auto request = [](uint8_t family) {
    ifaddrmsg header{};
    header.ifa_family = family;
    Message message(RTM_GETADDR, 0);
    message.header(header);
    return message;
  };
  return list_both<AddressInfo>(*route_, request, "list addresses", decode_address,
                                [](const AddressInfo& a) { return a.address.address.is_v4(); });
}

Result<bool> Netlink::add_address(std::string_view name, const net::IpInterfaceAddress& address,
                                  Duplicates duplicates) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  Message request =
      address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, found->index, address, duplicates);
  const Answer answer = route_->execute(request);
  if (answer.error == EEXIST) return false;
  if (!answer.ok())
    return answer.failed(fmt::format("add {} to {}", net::to_string(address), name));
  return true;
}

Status Netlink::lend_address(std::string_view name, const net::IpInterfaceAddress& address,
                             const Lifetimes& lifetimes) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  Message request = address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, found->index,
                                    address, Duplicates::kAsked);
  ifa_cacheinfo times{};
  times.ifa_valid = lifetimes.valid_seconds;
  times.ifa_prefered = lifetimes.preferred_seconds;
  request.put(IFA_CACHEINFO, times);
  const Answer answer = route_->execute(request);
  if (answer.ok()) return {};
  return answer.failed(fmt::format("add {} to {}", net::to_string(address), name));
}

Result<bool> Netlink::remove_address(std::string_view name,
                                     const net::IpInterfaceAddress& address) const {
  const auto found = link(name);
  if (!found) return std::unexpected(found.error());
  Message request = address_request(RTM_DELADDR, 0, found->index, address);
  const Answer answer = route_->execute(request);
  if (answer.error == EADDRNOTAVAIL) return false;
  if (!answer.ok()) {
    return answer.failed(fmt::format("remove {} from {}", net::to_string(address), name));
  }
  return true;
}

}  // namespace hoplab::netlink
