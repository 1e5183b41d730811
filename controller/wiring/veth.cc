#include "controller/wiring/veth.h"

#include <fmt/core.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>
#include <optional>

#include "agents/common/netlink/namespace.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::wiring {
namespace {

using netlink::Answer;
using netlink::LinkInfo;
using netlink::Message;
using netlink::Netlink;
using netlink::NetworkNamespace;

std::string name_of(const LinkEnd& end) { return fmt::format("{}:{}", end.node, end.interface); }

std::unexpected<Error> at(const LinkEnd& end, Error error) {
  error.what = fmt::format("{}: {}", name_of(end), error.what);
  return std::unexpected(std::move(error));
}

Status check(const LinkEnd& end) {
  if (end.interface.empty() || end.interface.size() >= IFNAMSIZ) {
    return fail(ErrorKind::kInvalid, fmt::format("{}: not an interface name", name_of(end)),
                "interface names have 1 to 15 characters");
  }
  if (end.mac.is_multicast()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{}: {} is a group address", name_of(end), net::to_string(end.mac)),
                "the first octet of a MAC must be even");
  }
  return {};
}

Result<NetworkNamespace> space_of(const LinkEnd& end) {
  auto space = NetworkNamespace::of_process(end.pid);
  if (!space) return at(end, space.error());
  return space;
}

// Works on the namespace of one end; an error names the end.
Status visit(const NetworkNamespace& space, const LinkEnd& end,
             const std::function<Status(const Netlink&)>& work) {
  const Status done = space.run([&]() -> Status {
    const auto netlink = Netlink::open();
    if (!netlink) return std::unexpected(netlink.error());
    return work(*netlink);
  });
  if (!done) return at(end, done.error());
  return {};
}

Result<std::optional<LinkInfo>> look(const NetworkNamespace& space, const LinkEnd& end) {
  std::optional<LinkInfo> result;
  const Status done = visit(space, end, [&](const Netlink& netlink) -> Status {
    auto found = netlink.link(end.interface);
    if (found) {
      result = *std::move(found);
    } else if (found.error().kind != ErrorKind::kNotFound) {
      return std::unexpected(found.error());
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return result;
}

Status mark(const NetworkNamespace& space, const LinkEnd& end, const std::string& alias) {
  if (alias.empty()) return {};
  return visit(space, end, [&](const Netlink& netlink) -> Status {
    const auto set = netlink.set_alias(end.interface, alias);
    if (!set) return std::unexpected(set.error());
    return {};
  });
}

Result<bool> remove(const NetworkNamespace& space, const LinkEnd& end) {
  bool removed = false;
  const Status done = visit(space, end, [&](const Netlink& netlink) -> Status {
    const auto gone = netlink.remove_link(end.interface);
    if (!gone) return std::unexpected(gone.error());
    removed = *gone;
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return removed;
}

void describe(Message& m, const LinkEnd& end, uint32_t mtu, const NetworkNamespace& space) {
  m.put_string(IFLA_IFNAME, end.interface);
  if (end.mac != net::Mac{}) m.put_mac(IFLA_ADDRESS, end.mac);
  if (mtu != 0) m.put(IFLA_MTU, mtu);
  m.put(IFLA_NET_NS_FD, static_cast<uint32_t>(space.fd()));
}

Answer create(netlink::Socket& socket, const Link& link, const NetworkNamespace& a,
              const NetworkNamespace& b) {
  Message request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.header(ifinfomsg{});
  describe(request, link.a, link.mtu, a);
  request.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_string(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER, [&](Message& peer) {
        peer.header(ifinfomsg{});
        describe(peer, link.b, link.mtu, b);
      });
    });
  });
  return socket.execute(request);
}

bool as_asked(const LinkInfo& there, const LinkEnd& end, const Link& link) {
  return there.kind == "veth" && there.alias == link.alias &&
         (end.mac == net::Mac{} || there.mac == end.mac) &&
         (link.mtu == 0 || there.mtu == link.mtu);
}

}  // namespace

Result<std::unique_ptr<VethWiring>> VethWiring::open() {
  auto socket = netlink::Socket::open(NETLINK_ROUTE);
  if (!socket) return std::unexpected(socket.error());
  return std::unique_ptr<VethWiring>(new VethWiring(*std::move(socket)));
}

Result<bool> VethWiring::connect(const Link& link) {
  for (const LinkEnd* end : {&link.a, &link.b}) {
    if (const Status good = check(*end); !good) return std::unexpected(good.error());
  }
  const auto a = space_of(link.a);
  if (!a) return std::unexpected(a.error());
  const auto b = space_of(link.b);
  if (!b) return std::unexpected(b.error());

  Answer answer = create(socket_, link, *a, *b);
  if (answer.error == EEXIST) {
    const auto at_a = look(*a, link.a);
    if (!at_a) return std::unexpected(at_a.error());
    const auto at_b = look(*b, link.b);
    if (!at_b) return std::unexpected(at_b.error());
    const std::optional<LinkInfo>& one = *at_a;
    const std::optional<LinkInfo>& other = *at_b;
    if (one && other && as_asked(*one, link.a, link) && as_asked(*other, link.b, link) &&
        one->peer_index == other->index && other->peer_index == one->index) {
      return false;
    }
    for (const auto& [end, space, there] :
         {std::tuple{&link.a, &*a, &one}, std::tuple{&link.b, &*b, &other}}) {
      if (!*there) continue;
      if ((*there)->kind != "veth" || (*there)->alias != link.alias) {
        return fail(
            ErrorKind::kInvalid,
            fmt::format("connect {} and {}: {} has an interface {} already, {}", name_of(link.a),
                        name_of(link.b), end->node, end->interface,
                        (*there)->alias.empty() ? std::string("which hoplab did not make")
                                                : fmt::format("marked '{}'", (*there)->alias)),
            "remove it, or name the interface differently in the topology");
      }
      if (const auto removed = remove(*space, *end); !removed) {
        return std::unexpected(removed.error());
      }
    }
    answer = create(socket_, link, *a, *b);
  }
  const std::string attempted = fmt::format("connect {} and {}", name_of(link.a), name_of(link.b));
  if (!answer.ok()) return answer.failed(attempted);
  for (const auto& [end, space] : {std::pair{&link.a, &*a}, std::pair{&link.b, &*b}}) {
    if (const Status marked = mark(*space, *end, link.alias); !marked) {
      (void)remove(*a, link.a);  // unmarked, `down` would not find it
      return std::unexpected(marked.error());
    }
  }
  return true;
}

Result<bool> VethWiring::disconnect(const LinkEnd& end) {
  const auto space = space_of(end);
  if (!space && space.error().kind == ErrorKind::kUnavailable) return false;
  if (!space) return std::unexpected(space.error());
  const auto there = look(*space, end);
  if (!there) return std::unexpected(there.error());
  if (!*there) return false;
  if ((*there)->kind != "veth" || (*there)->alias.empty()) {
    return fail(ErrorKind::kInvalid, fmt::format("{} is not a link hoplab made", name_of(end)));
  }
  return remove(*space, end);
}

}  // namespace hoplab::wiring
