#include "agents/client/dhclient_script.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "agents/client/lease.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {
namespace {

void tell_agent(const hoplab::v1::LeaseEvent& event) {
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, kDhclientEvents, sizeof to.sun_path - 1);
  const std::string message = event.SerializeAsString();
  if (::sendto(socket.get(), message.data(), message.size(), 0,
               reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    std::perror("tell the agent of a lease");
  }
}

}  // namespace

int run_dhclient_script() {
  const auto event = client::read_event([](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  });
  if (event.reason() == "TIMEOUT") return 1;  // no server: an old lease may not be used
  const auto effect = client::effect_of(event.reason());
  if (effect == client::Effect::kNone) return 0;
  const auto netlink = netlink::Netlink::open();
  Status done;
  if (!netlink) {
    done = std::unexpected(netlink.error());
  } else if (effect == client::Effect::kApply) {
    done = client::apply(event, *netlink);
  } else {
    done = client::drop(event, *netlink);
  }
  if (!done) {
    fmt::print(stderr, "{} on {}: {}\n", event.reason(), event.interface(), done.error().what);
    return 1;
  }
  tell_agent(event);
  return 0;
}

}  // namespace hoplab::agent
