// A Wiring that only remembers, for tests of what uses one. Thread-safe.
#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <vector>

#include "controller/wiring/wiring.h"

namespace hoplab::wiring {

class FakeWiring : public Wiring {
 public:
  // Asked before each connect when set; an error is returned instead of connecting.
  std::function<Status(const Link&)> on_connect;

  Result<bool> connect(const Link& link) override {
    if (on_connect) {
      if (const Status allowed = on_connect(link); !allowed)
        return std::unexpected(allowed.error());
    }
    const std::lock_guard lock(mutex_);
    for (Link& there : links_) {
      if (!(same(there.a, link.a) && same(there.b, link.b))) continue;
      // A process of another id: the container was restarted and its wires went with it.
      const bool alive = there.a.pid == link.a.pid && there.b.pid == link.b.pid;
      there = link;
      return !alive;
    }
    links_.push_back(link);
    return true;
  }
  Result<bool> disconnect(const LinkEnd& end) override {
    const std::lock_guard lock(mutex_);
    return std::erase_if(links_, [&](const Link& link) {
             return same(link.a, end) || same(link.b, end);
           }) > 0;
  }
  [[nodiscard]] std::vector<Link> links() const {
    const std::lock_guard lock(mutex_);
    return links_;
  }

 private:
  static bool same(const LinkEnd& one, const LinkEnd& other) {
    return one.node == other.node && one.interface == other.interface;
  }
  mutable std::mutex mutex_;
  std::vector<Link> links_;
};

}  // namespace hoplab::wiring
