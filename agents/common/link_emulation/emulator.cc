#include "agents/common/link_emulation/emulator.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

namespace hoplab::link_emulation {
namespace {

constexpr std::chrono::seconds kLongestDelay{60};

}  // namespace

Result<std::unique_ptr<LinkEmulator>> LinkEmulator::open(Observer observer) {
  auto mechanism = open_netem();
  if (!mechanism && mechanism.error().kind == ErrorKind::kEnvironment) {
    mechanism = open_user_space(std::move(observer));
  }
  if (!mechanism) return std::unexpected(mechanism.error());
  return std::make_unique<LinkEmulator>(*std::move(mechanism));
}

LinkEmulator::~LinkEmulator() {
  for (const auto& [interface, impairment] : held_) {
    if (const Status done = mechanism_->restore(interface); !done) {
      spdlog::error("restore {}: {}", interface, done.error().what);
    }
  }
}

Status LinkEmulator::change(const std::string& interface, const Impairment& wanted) {
  if (wanted.none()) {
    if (const Status done = mechanism_->restore(interface); !done) return done;
    held_.erase(interface);
    return {};
  }
  if (const Status done = mechanism_->put(interface, wanted); !done) return done;
  held_[interface] = wanted;
  return {};
}

Status LinkEmulator::apply(const std::string& interface, const Loss& loss) {
  if (!(loss.percent >= 0 && loss.percent <= 100)) {
    return fail(ErrorKind::kInvalid, fmt::format("loss of {} percent", loss.percent),
                "give a number from 0 to 100");
  }
  const std::lock_guard lock(mutex_);
  const auto there = held_.find(interface);
  Impairment wanted = there == held_.end() ? Impairment{} : there->second;
  wanted.loss = loss;
  return change(interface, wanted);
}

Status LinkEmulator::apply(const std::string& interface, const Delay& delay) {
  if (delay.delay.count() < 0 || delay.delay > kLongestDelay || delay.jitter.count() < 0 ||
      delay.jitter > delay.delay) {
    return fail(ErrorKind::kInvalid,
                fmt::format("delay of {} us with jitter of {} us", delay.delay.count(),
                            delay.jitter.count()),
                "a delay is at most a minute, and a jitter at most the delay");
  }
  const std::lock_guard lock(mutex_);
  const auto there = held_.find(interface);
  Impairment wanted = there == held_.end() ? Impairment{} : there->second;
  wanted.delay = delay;
  return change(interface, wanted);
}

Result<bool> LinkEmulator::clear(const std::string& interface, Aspect aspect) {
  const std::lock_guard lock(mutex_);
  const auto there = held_.find(interface);
  if (there == held_.end()) return false;
  Impairment wanted = there->second;
  if (aspect == Aspect::kLoss) {
    wanted.loss.reset();
  } else {
    wanted.delay.reset();
  }
  if (wanted == there->second) return false;
  if (const Status done = change(interface, wanted); !done) return std::unexpected(done.error());
  return true;
}

Result<bool> LinkEmulator::clear(const std::string& interface) {
  const std::lock_guard lock(mutex_);
  if (!held_.contains(interface)) return false;
  if (const Status done = change(interface, {}); !done) return std::unexpected(done.error());
  return true;
}

Result<bool> LinkEmulator::reapply(const std::string& interface) {
  const std::lock_guard lock(mutex_);
  const auto there = held_.find(interface);
  if (there == held_.end()) return false;
  if (const Status done = mechanism_->restore(interface); !done) {
    return std::unexpected(done.error());
  }
  if (const Status done = mechanism_->put(interface, there->second); !done) {
    return std::unexpected(done.error());
  }
  return true;
}

}  // namespace hoplab::link_emulation
