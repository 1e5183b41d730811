#include "agents/common/service/fault_keeper.h"

#include <fmt/format.h>

namespace hoplab::agent {
namespace {
constexpr std::chrono::seconds kUndoAgain{1};
}

using hoplab::v1::Fault;

std::string object_of(const Fault& fault) {
  switch (fault.kind_case()) {
    case Fault::kLinkDown:
      return fault.link_down().interface();
    case Fault::kLinkLoss:
      return fault.link_loss().interface();
    case Fault::kLinkDelay:
      return fault.link_delay().interface();
    case Fault::kDaemonKilled:
      return fault.daemon_killed().daemon();
    case Fault::kDnsServfail:
      return fault.dns_servfail().zone();
    case Fault::kBgpSessionDown:
      return fault.bgp_session_down().neighbor().empty() ? fault.bgp_session_down().neighbor_node()
                                                         : fault.bgp_session_down().neighbor();
    default:
      return {};
  }
}

FaultKeeper::~FaultKeeper() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, held] : held_) timers_.cancel(held.lease);
}

Result<hoplab::v1::AddFaultReply> FaultKeeper::add(Fault fault) {
  if (fault.kind_case() == Fault::KIND_NOT_SET) {
    return fail(ErrorKind::kInvalid, "add a fault: no kind is given");
  }
  if (fault.lease_ns() < 0) return fail(ErrorKind::kInvalid, "add a fault: the lease is negative");
  const std::lock_guard operation(operation_);
  const auto conflict = [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (fault.id().empty()) {
      do fault.set_id(fmt::format("f{}", next_++));
      while (held_.contains(fault.id()));
    }
    for (const auto& [id, held] : held_) {
      if (id == fault.id()) {
        return fail(ErrorKind::kInvalid,
                    fmt::format("add a fault: there is a fault {} already", id));
      }
      if (held.fault.kind_case() == fault.kind_case() &&
          object_of(held.fault) == object_of(fault)) {
        return fail(ErrorKind::kInvalid,
                    fmt::format("add a fault: fault {} does the same already", id),
                    fmt::format("hoplab fault clear {}", id));
      }
    }
    return {};
  }();
  if (!conflict) return std::unexpected(conflict.error());

  auto mechanism = actions_.apply(fault);
  if (!mechanism) return std::unexpected(std::move(mechanism.error()));
  if (fault.created_ns() == 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    fault.set_created_ns(std::chrono::nanoseconds(now).count());
  }
  hoplab::v1::AddFaultReply reply;
  *reply.mutable_fault() = fault;
  reply.set_mechanism(*mechanism);
  actions_.note(fmt::format("fault {} ({}) applied: {}", fault.id(), fault.target(), *mechanism));

  const std::lock_guard lock(mutex_);
  const int64_t lease_ns = fault.lease_ns();
  const std::string id = fault.id();
  held_[id] = {std::move(fault), std::move(*mechanism), 0};
  if (lease_ns > 0) arm(id, std::chrono::nanoseconds(lease_ns));
  return reply;
}

void FaultKeeper::arm(const std::string& id, Timers::Clock::duration left) {
  held_.at(id).lease = timers_.at(
      timers_.now() + left, [this, id] { actions_.background([this, id] { lease_ended(id); }); });
}

void FaultKeeper::lease_ended(const std::string& id) {
  const std::lock_guard operation(operation_);
  {
    const std::lock_guard lock(mutex_);
    if (!held_.contains(id)) return;  // cleared meanwhile
  }
  const auto undone = undo_held(id);
  if (undone) {
    actions_.note(fmt::format("fault {}: its lease ended", id));
    return;
  }
  actions_.note(fmt::format("fault {}: its lease ended, but {}", id, undone.error().what));
  const std::lock_guard lock(mutex_);
  arm(id, kUndoAgain);
}

Status FaultKeeper::undo_held(const std::string& id) {
  Fault fault;
  {
    const std::lock_guard lock(mutex_);
    const Held& held = held_.at(id);
    fault = held.fault;
  }
  auto undone = actions_.undo(fault);
  if (!undone) return undone;
  const std::lock_guard lock(mutex_);
  timers_.cancel(held_.at(id).lease);
  held_.erase(id);
  return {};
}

Result<std::vector<std::string>> FaultKeeper::clear(const std::string& id) {
  const std::lock_guard operation(operation_);
  std::vector<std::string> wanted;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [held_id, held] : held_) {
      if (id.empty() || id == held_id) wanted.push_back(held_id);
    }
  }
  if (!id.empty() && wanted.empty()) {
    return fail(ErrorKind::kNotFound, fmt::format("clear fault {}: there is none", id));
  }
  std::vector<std::string> cleared;
  std::string errors;
  for (const auto& one : wanted) {
    if (const auto undone = undo_held(one); undone) {
      actions_.note(fmt::format("fault {} cleared", one));
      cleared.push_back(one);
    } else {
      errors +=
          fmt::format("{}clear fault {}: {}", errors.empty() ? "" : "; ", one, undone.error().what);
    }
  }
  if (!errors.empty()) return fail(ErrorKind::kInternal, errors);
  return cleared;
}

std::vector<Fault> FaultKeeper::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Fault> all;
  for (const auto& [id, held] : held_) all.push_back(held.fault);
  return all;
}

std::vector<Fault> FaultKeeper::list(Fault::KindCase kind) const {
  auto all = list();
  std::erase_if(all, [&](const Fault& fault) { return fault.kind_case() != kind; });
  return all;
}

}  // namespace hoplab::agent
