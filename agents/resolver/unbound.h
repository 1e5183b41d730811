// Unbound as a part of a role: the resolver's daemon, and the gateway's.
// Threads: the role's thread, and those of the dnstap receiver. Speaks to the daemon over its own
// control socket, without a program of its own.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/events/dnstap.h"
#include "agents/common/net/address.h"
#include "agents/common/role/role.h"

namespace hoplab::agent {

class Unbound {
 public:
  explicit Unbound(const hoplab::v1::ResolverSpec& spec);

  [[nodiscard]] std::vector<ConfigFile> files() const;
  [[nodiscard]] static Program program();
  Status prepare(Host& host);
  [[nodiscard]] hoplab::v1::Condition condition() const;
  void snapshot(hoplab::v1::NodeState& state) const;
  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) const;
  void flush_events();
  // The fault dns_servfail: every question is answered SERVFAIL.
  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault);
  Status undo(Host& host, const hoplab::v1::Fault& fault);

 private:
  // A command of unbound-control; its output. kInternal when Unbound refuses it.
  [[nodiscard]] static Result<std::string> control(std::string_view command);
  // True when a question for the root is answered SERVFAIL, false for anything else.
  [[nodiscard]] bool answers_servfail() const;
  // True when Unbound answers the question for its own version, which asks nobody else.
  [[nodiscard]] Status alive() const;
  // Configuration and running daemon as the faults now want them.
  Status follow(Host& host);

  const hoplab::v1::ResolverSpec spec_;
  std::optional<net::Ipv4> listen_;
  std::set<std::string> faults_;  // ids; broken while there is one
  std::atomic<bool> failure_seen_ = false;
  std::unique_ptr<DnstapReceiver> dnstap_;
};

}  // namespace hoplab::agent
