// The faults the agent handles itself, for every role: links and killed daemons.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "agents/common/netlink/configure.h"
#include "agents/common/service/node.h"

namespace hoplab::agent {

using hoplab::v1::Fault;
using link_emulation::Aspect;

Status Node::know_interface(const std::string& name) const {
  const auto spec = this->spec();
  const bool known = spec && std::ranges::any_of(spec->interfaces(), [&](const auto& interface) {
                       return interface.name() == name;
                     });
  if (known) return {};
  return fail(ErrorKind::kNotFound, fmt::format("this node has no interface \"{}\"", name));
}

Result<link_emulation::LinkEmulator*> Node::emulator() {
  const std::lock_guard lock(emulator_mutex_);
  if (!emulator_) {
    auto opened = link_emulation::LinkEmulator::open([this](const auto& frame) { report(frame); });
    if (!opened) return std::unexpected(std::move(opened.error()));
    emulator_ = std::move(*opened);
  }
  return emulator_.get();
}

void Node::renew_impairments() {
  const std::lock_guard lock(emulator_mutex_);
  if (!emulator_) return;
  for (const auto& fault : faults_->list()) {
    if (fault.kind_case() != Fault::kLinkLoss && fault.kind_case() != Fault::kLinkDelay) continue;
    if (const auto done = emulator_->reapply(object_of(fault)); !done) {
      log_.append("agent", "fault " + fault.id() + ": " + done.error().what);
    }
  }
}

void Node::report(const link_emulation::AffectedFrame& frame) {
  if (!hub_.listened()) return;
  hoplab::v1::DaemonEvent event;
  event.set_time_ns(frame.time_ns);
  event.set_daemon("link emulation");
  auto& impairment = *event.mutable_impairment();
  impairment.set_interface(std::string(frame.interface));
  impairment.set_frame(frame.bytes.data(), frame.bytes.size());
  impairment.set_dropped(frame.dropped);
  impairment.set_delay_ns(frame.held_ns);
  for (const auto& fault : faults_->list()) {
    const bool loss = fault.kind_case() == Fault::kLinkLoss;
    const bool delay = fault.kind_case() == Fault::kLinkDelay;
    if ((!loss && !delay) || object_of(fault) != frame.interface) continue;
    // With both on one wire: what was dropped, the loss did; what was held, the delay did.
    if (impairment.fault_id().empty() || loss == frame.dropped) {
      impairment.set_fault_id(fault.id());
    }
  }
  hub_.emit(std::move(event));
}

Result<std::string> Node::apply_fault(Fault& fault) {
  if (!spec()) {
    return fail(ErrorKind::kUnavailable, "add a fault: the node is not configured yet");
  }
  const auto impair = [&](const std::string& interface,
                          const auto& impairment) -> Result<std::string> {
    if (const auto known = know_interface(interface); !known) {
      return std::unexpected(known.error());
    }
    const auto emulator = this->emulator();
    if (!emulator) return std::unexpected(emulator.error());
    if (const auto done = (*emulator)->apply(interface, impairment); !done) {
      return std::unexpected(done.error());
    }
    return std::string((*emulator)->mechanism());
  };
  switch (fault.kind_case()) {
    case Fault::kLinkDown: {
      const auto& interface = fault.link_down().interface();
      if (const auto known = know_interface(interface); !known) {
        return std::unexpected(known.error());
      }
      {
        const std::lock_guard lock(mutex_);
        kept_down_.push_back(interface);
      }
      const std::lock_guard lock(configuring_);
      if (const auto done = netlink_.set_up(interface, false); !done) {
        const std::lock_guard names(mutex_);
        std::erase(kept_down_, interface);
        return std::unexpected(done.error());
      }
      recheck();
      return "interface set down";
    }
    case Fault::kLinkLoss: {
      auto& loss = *fault.mutable_link_loss();
      if (loss.percent() <= 0 || loss.percent() > 100) {
        return fail(ErrorKind::kInvalid, "link loss: percent is above 0 and at most 100");
      }
      if (loss.seed() == 0) loss.set_seed(std::random_device{}() | 1U);
      return impair(loss.interface(), link_emulation::Loss{loss.percent(), loss.seed()});
    }
    case Fault::kLinkDelay: {
      const auto& delay = fault.link_delay();
      if (delay.delay_us() == 0 || delay.jitter_us() > delay.delay_us()) {
        return fail(ErrorKind::kInvalid,
                    "link delay: the delay is above 0 and the jitter at most the delay");
      }
      return impair(delay.interface(),
                    link_emulation::Delay{std::chrono::microseconds(delay.delay_us()),
                                          std::chrono::microseconds(delay.jitter_us())});
    }
    case Fault::kDaemonKilled: {
      auto held =
          supervisor_.hold(fault.daemon_killed().daemon(), SIGKILL, Supervisor::Holder::kFault);
      if (!held) return std::unexpected(std::move(held.error()));
      fault.mutable_daemon_killed()->set_daemon(*held);
      return *held + " killed and kept down";
    }
    default: {
      const std::lock_guard lock(role_mutex_);
      auto applied = role_->apply(*this, fault);
      recheck();
      return applied;
    }
  }
}

Status Node::undo_fault(const Fault& fault) {
  switch (fault.kind_case()) {
    case Fault::kLinkDown: {
      const auto& interface = fault.link_down().interface();
      {
        const std::lock_guard lock(mutex_);
        std::erase(kept_down_, interface);
      }
      // Setting it up alone would not do: with the interface the kernel dropped its routes.
      const std::lock_guard lock(configuring_);
      const auto done = netlink::configure_interfaces(*spec(), netlink_, kept_down());
      recheck();
      if (!done) return std::unexpected(done.error());
      return {};
    }
    case Fault::kLinkLoss:
    case Fault::kLinkDelay: {
      const auto emulator = this->emulator();
      if (!emulator) return std::unexpected(emulator.error());
      const auto done = (*emulator)->clear(
          object_of(fault), fault.kind_case() == Fault::kLinkLoss ? Aspect::kLoss : Aspect::kDelay);
      if (!done && done.error().kind != ErrorKind::kNotFound) return std::unexpected(done.error());
      return {};
    }
    case Fault::kDaemonKilled:
      return supervisor_.release(fault.daemon_killed().daemon(), Supervisor::Holder::kFault);
    default: {
      const std::lock_guard lock(role_mutex_);
      auto undone = role_->undo(*this, fault);
      recheck();
      return undone;
    }
  }
}

}  // namespace hoplab::agent
