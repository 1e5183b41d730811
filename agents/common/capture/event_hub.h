// Where daemons' reports go: to every capture that runs and wants them, and nowhere otherwise.
// Thread-safe.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "proto/agent.pb.h"

namespace hoplab::agent {

class EventHub {
 public:
  using Sink = std::function<void(const hoplab::v1::DaemonEvent&)>;
  // Ends with the handle's destruction; no sink is called after that.
  class Subscription {
   public:
    Subscription(EventHub& hub, std::list<Sink>::iterator sink) : hub_(hub), sink_(sink) {}
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    EventHub& hub_;
    std::list<Sink>::iterator sink_;
  };

  // The sink may not block, nor call the hub.
  [[nodiscard]] std::unique_ptr<Subscription> subscribe(Sink sink);
  // An event without a time gets the present one.
  void emit(hoplab::v1::DaemonEvent event);
  // Whether anybody listens: spares building an event.
  [[nodiscard]] bool listened() const;

 private:
  mutable std::mutex mutex_;
  std::list<Sink> sinks_;
};

}  // namespace hoplab::agent
