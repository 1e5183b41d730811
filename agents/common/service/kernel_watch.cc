#include "agents/common/service/kernel_watch.h"

#include <chrono>
#include <future>

#include "agents/common/netlink/event.h"
#include "agents/common/netlink/snapshot.h"

namespace hoplab::agent {

Result<std::unique_ptr<KernelWatch>> KernelWatch::open(EventLoop& loop, EventHub& hub,
                                                       netlink::Netlink& netlink, Actions actions) {
  auto monitor = netlink::Monitor::open();  // before the first look, so that no change is missed
  if (!monitor) return std::unexpected(monitor.error());
  std::unique_ptr<KernelWatch> watch(
      new KernelWatch(loop, hub, std::move(*monitor), std::move(actions)));
  if (const auto links = netlink.links()) {
    for (const auto& link : *links) {
      watch->links_seen_[link.index] = {link.name, link.admin_up, link.carrier};
    }
  }
  loop.watch(watch->monitor_.fd(), [w = watch.get()] {
    const auto done = w->monitor_.dispatch([w](const auto& change) { w->take(change); });
    if (!done) w->actions_.note(done.error().what);
  });
  return watch;
}

KernelWatch::KernelWatch(EventLoop& loop, EventHub& hub, netlink::Monitor monitor, Actions actions)
    : loop_(loop), hub_(hub), monitor_(std::move(monitor)), actions_(std::move(actions)) {}

KernelWatch::~KernelWatch() { loop_.unwatch(monitor_.fd()); }

void KernelWatch::take(const netlink::Change& change) {
  if (const auto* link = std::get_if<netlink::LinkChange>(&change)) {
    const LinkSeen now{link->link.name, link->link.admin_up, link->link.carrier};
    const auto seen = links_seen_.find(link->link.index);
    const bool unknown = seen == links_seen_.end();
    if (!link->removed && !unknown && seen->second == now) return;
    if (link->removed) {
      links_seen_.erase(link->link.index);
    } else {
      links_seen_[link->link.index] = now;
    }
    if (now.name.starts_with(netlink::kOwnInterfacePrefix)) return;
    if (unknown) actions_.interface_came();
    tell(change);
  } else if (std::holds_alternative<netlink::Overrun>(change)) {
    actions_.lost();
  } else {
    tell(change);
    const bool route = std::holds_alternative<netlink::RouteChange>(change);
    const bool address = std::holds_alternative<netlink::AddressChange>(change);
    if (!route && !address) return;  // of no consequence for health
  }
  actions_.changed();
}

void KernelWatch::tell(const netlink::Change& change) {
  if (!hub_.listened()) return;
  auto event = netlink::to_event(change, [this](int index) { return interface_name(index); });
  if (event) hub_.emit(std::move(*event));
}

std::string KernelWatch::interface_name(int index) const {
  const auto seen = links_seen_.find(index);
  return seen == links_seen_.end() ? "" : seen->second.name;
}

void KernelWatch::follow_connections() {
  const std::lock_guard lock(mutex_);
  if (connections_wanted_++ > 0) return;
  auto monitor = netlink::Monitor::open_conntrack();
  if (!monitor) {
    actions_.note("tracked connections are not followed: " + monitor.error().what);
    return;
  }
  connections_ = std::make_shared<netlink::Monitor>(std::move(*monitor));
  loop_.watch(connections_->fd(), [this, held = connections_] {
    const auto done = held->dispatch([this](const auto& change) { take(change); });
    if (!done) actions_.note(done.error().what);
  });
}

void KernelWatch::leave_connections() {
  const std::lock_guard lock(mutex_);
  if (--connections_wanted_ > 0 || !connections_) return;
  loop_.unwatch(connections_->fd());
  connections_.reset();
}

void KernelWatch::catch_up() {
  constexpr std::chrono::milliseconds kLongest{200};
  auto done = std::make_shared<std::promise<void>>();
  auto reached = done->get_future();
  std::shared_ptr<netlink::Monitor> connections;
  {
    const std::lock_guard lock(mutex_);
    connections = connections_;
  }
  loop_.post([this, done, connections] {
    const auto take_each = [this](const auto& change) { take(change); };
    (void)monitor_.dispatch(take_each);
    if (connections) (void)connections->dispatch(take_each);
    done->set_value();
  });
  reached.wait_for(kLongest);
}

}  // namespace hoplab::agent
