#include "agents/common/supervisor/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace hoplab::agent {
namespace {
constexpr uint64_t kWakeRegistration = 0;
}

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeRegistration;
  if (!epoll_ || !wake_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    std::perror("hoplab-agent: event loop");
    std::abort();
  }
}

void EventLoop::wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake();
}

void EventLoop::watch(int fd, std::function<void()> readable) {
  const std::lock_guard lock(mutex_);
  const uint64_t registration = next_++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = registration;
  const int verb = watches_.contains(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.get(), verb, fd, &event) != 0) {
    std::perror("hoplab-agent: watch a descriptor");
    return;
  }
  watches_[fd] = {registration, std::make_shared<std::function<void()>>(std::move(readable))};
}

void EventLoop::unwatch(int fd) {
  const std::lock_guard lock(mutex_);
  if (watches_.erase(fd) != 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Timers::Id EventLoop::at(Clock::time_point when, std::function<void()> callback) {
  Id id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_++;
    timers_.emplace(std::pair{when, id}, std::move(callback));
    due_[id] = when;
  }
  wake();
  return id;
}

void EventLoop::cancel(Id id) {
  const std::lock_guard lock(mutex_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  timers_.erase({found->second, id});
  due_.erase(found);
}

int EventLoop::run_due_timers() {
  while (true) {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      if (timers_.empty()) return -1;
      const auto first = timers_.begin();
      const auto left = first->first.first - now();
      if (left > Clock::duration::zero()) {
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        return static_cast<int>(std::min<int64_t>(ms, std::numeric_limits<int>::max()));
      }
      due_.erase(first->first.second);
      callback = std::move(first->second);
      timers_.erase(first);
    }
    callback();
  }
}

void EventLoop::run() {
  std::array<epoll_event, 16> events{};
  while (true) {
    const int timeout = run_due_timers();
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), timeout);
    for (int i = 0; i < count; ++i) {
      const uint64_t registration = events[static_cast<size_t>(i)].data.u64;
      if (registration == kWakeRegistration) {
        uint64_t ignored = 0;
        [[maybe_unused]] const auto got = ::read(wake_.get(), &ignored, sizeof ignored);
        continue;
      }
      std::shared_ptr<std::function<void()>> readable;
      {
        const std::lock_guard lock(mutex_);
        for (const auto& [fd, watch] : watches_) {
          if (watch.registration == registration) readable = watch.readable;
        }
      }
      if (readable) (*readable)();
    }
  }
}

}  // namespace hoplab::agent
