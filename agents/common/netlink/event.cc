#include "agents/common/netlink/event.h"

#include <linux/neighbour.h>

#include "agents/common/netlink/snapshot.h"

namespace hoplab::netlink {
namespace {

bool own(const std::string& name) { return name.starts_with(kOwnInterfacePrefix); }

class Writer {
 public:
  Writer(v1::DaemonEvent& event, const NameOf& name_of) : event_(event), name_of_(name_of) {}

  // Each says whether there is something to tell.
  bool operator()(const LinkChange& change) const {
    const LinkInfo& link = change.link;
    if (own(link.name)) return false;
    v1::LinkEvent& out = *event_.mutable_link();
    out.set_interface(link.name);
    out.set_admin_up(!change.removed && link.admin_up);
    out.set_up(out.admin_up() && link.carrier);
    return true;
  }
  bool operator()(const RouteChange& change) const {
    v1::RouteEvent& out = *event_.mutable_route();
    out.set_added(!change.removed);
    out.set_replaces(change.replaces);
    to_proto(change.route, name_of_, *out.mutable_route());
    return true;
  }
  bool operator()(const NeighborChange& change) const {
    const std::string interface = name_of_(change.neighbor.index);
    if ((change.neighbor.state & NUD_NOARP) != 0 || own(interface)) return false;
    v1::NeighborEvent& out = *event_.mutable_neighbor();
    out.set_removed(change.removed);
    to_proto(change.neighbor, interface, *out.mutable_neighbor());
    return true;
  }
  bool operator()(const FdbChange& change) const {
    v1::ForwardingEvent& out = *event_.mutable_forwarding();
    out.set_removed(change.removed);
    out.mutable_entry()->set_mac(net::to_string(change.entry.mac));
    out.mutable_entry()->set_interface(name_of_(change.entry.port));
    return true;
  }
  bool operator()(const ConntrackChange& change) const {
    v1::NatEvent& out = *event_.mutable_nat();
    out.set_removed(change.removed);
    to_proto(change.entry, *out.mutable_mapping());
    return true;
  }
  bool operator()(const AddressChange&) const { return false; }
  bool operator()(const Overrun&) const { return false; }

 private:
  v1::DaemonEvent& event_;
  const NameOf& name_of_;
};

}  // namespace

std::optional<v1::DaemonEvent> to_event(const Change& change, const NameOf& name_of) {
  v1::DaemonEvent event;
  event.set_daemon("kernel");
  event.set_received(true);
  if (!std::visit(Writer(event, name_of), change)) return std::nullopt;
  return event;
}

}  // namespace hoplab::netlink
