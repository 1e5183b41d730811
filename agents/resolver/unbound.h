// Unbound as a role: all of a resolver, and what a gateway adds to. Speaks to the daemon over its
// own control socket, without a program of its own. Threads: as every role, and those of the dnstap
// receiver.
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

class Unbound : public Role {
 public:
  explicit Unbound(const hoplab::v1::ResolverSpec& spec);

  [[nodiscard]] std::vector<ConfigFile> files() const override;
  [[nodiscard]] std::vector<Program> programs() const override;
  Status prepare(Host& host) override;
  std::vector<hoplab::v1::Condition> conditions(Host& host) override;
  void snapshot(Host& host, const hoplab::v1::SnapshotRequest& request,
                hoplab::v1::NodeState& state) override;
  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) override;
  void flush_events(Host& host) override;
  // The fault dns_servfail: every question is answered SERVFAIL.
  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault) override;
  Status undo(Host& host, const hoplab::v1::Fault& fault) override;

 private:
  [[nodiscard]] ConfigFile configuration() const;
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
