#include "agents/client/dhclient_script.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "agents/client/lease6.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {
namespace {

void tell_agent(const hoplab::v1::LeaseEvent& event, const char* path) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, path, sizeof to.sun_path - 1);
  const std::string message = event.SerializeAsString();
  if (::sendto(socket.get(), message.data(), message.size(), 0,
               reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    std::perror("tell the agent of a lease");
  }
}

// What differs between DHCP and DHCPv6.
struct Version {
  hoplab::v1::LeaseEvent (*read)(const client::Environment&);
  client::Effect (*effect_of)(const hoplab::v1::LeaseEvent&);
  Status (*apply)(const hoplab::v1::LeaseEvent&, const netlink::Netlink&);
  Status (*drop)(const hoplab::v1::LeaseEvent&, const netlink::Netlink&);
  const char* events;
};
constexpr Version kVersion4 = {
    client::read_event,
    [](const hoplab::v1::LeaseEvent& event) { return client::effect_of(event.reason()); },
    client::apply, client::drop, kDhclientEvents};
constexpr Version kVersion6 = {client::read_event6, client::effect_of6, client::apply6,
                               client::drop6, kDhclientEvents6};

// What dhclient of IPv6 makes of it: the address is declined, and another asked for (RFC 8415,
// section 18.2.8).
constexpr int kDuplicate = 3;

Status carry_out(const Version& version, client::Effect effect, const hoplab::v1::LeaseEvent& event,
                 const netlink::Netlink& netlink) {
  switch (effect) {
    case client::Effect::kApply:
      return version.apply(event, netlink);
    case client::Effect::kDeprecate:
      return client::deprecate6(event, netlink);
    case client::Effect::kDrop:
      return version.drop(event, netlink);
    case client::Effect::kNone:
      break;
  }
  return {};
}

}  // namespace

int run_dhclient_script() {
  const client::Environment environment = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  const std::string reason = environment("reason");
  const Version& version = client::is_dhcpv6(reason) ? kVersion6 : kVersion4;
  const auto event = version.read(environment);
  if (reason == "TIMEOUT") return 1;  // no server: an old lease may not be used
  const auto effect = version.effect_of(event);
  if (effect == client::Effect::kNone && reason != "PREINIT6") return 0;
  const auto netlink = netlink::Netlink::open();
  Status done;
  if (!netlink) {
    done = std::unexpected(netlink.error());
  } else if (reason == "PREINIT6") {  // it asks from the link-local address
    return client::wait_for_link_local(event.interface(), *netlink) ? 0 : 1;
  } else {
    done = carry_out(version, effect, event, *netlink);
  }
  if (!done) {
    fmt::print(stderr, "{} on {}: {}\n", reason, event.interface(), done.error().what);
    return done.error().kind == ErrorKind::kUnavailable ? kDuplicate : 1;
  }
  tell_agent(event, version.events);
  return 0;
}

}  // namespace hoplab::agent
