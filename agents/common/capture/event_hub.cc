#include "agents/common/capture/event_hub.h"

#include <chrono>

namespace hoplab::agent {

EventHub::Subscription::~Subscription() {
  const std::lock_guard lock(hub_.mutex_);
  hub_.sinks_.erase(sink_);
}

std::unique_ptr<EventHub::Subscription> EventHub::subscribe(Sink sink) {
  const std::lock_guard lock(mutex_);
  const auto entry = sinks_.insert(sinks_.end(), std::move(sink));
  return std::make_unique<Subscription>(*this, entry);
}

void EventHub::emit(hoplab::v1::DaemonEvent event) {
  if (event.time_ns() == 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    event.set_time_ns(std::chrono::nanoseconds(now).count());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) sink(event);
}

bool EventHub::listened() const {
  const std::lock_guard lock(mutex_);
  return !sinks_.empty();
}

}  // namespace hoplab::agent
