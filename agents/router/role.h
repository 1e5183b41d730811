// The router role's one object: what of it is pure lies in render, conditions and daemon_json; here
// it meets the daemons. Called from one thread at a time (agents/common/role/role.h).
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agents/common/role/role.h"
#include "agents/router/conditions.h"
#include "agents/router/fib.h"
#include "agents/router/render.h"

namespace hoplab::router {

// Where a role finds the daemons' sockets and the kernel's routes; elsewhere only for a test that
// looks into a container from outside.
struct Places {
  std::filesystem::path run_directory = kRunDirectory;
  std::filesystem::path route_table = kRouteTable;
};

class RouterRole final : public agent::Role {
 public:
  explicit RouterRole(v1::NodeSpec spec, Places places = {});

  [[nodiscard]] std::vector<agent::ConfigFile> files() const override;
  [[nodiscard]] std::vector<agent::Program> programs() const override;
  Status prepare(agent::Host& host) override;
  std::vector<v1::Condition> conditions(agent::Host& host) override;
  std::vector<v1::Condition> unsettled(agent::Host& host) override;
  void interfaces_replaced(agent::Host& host) override;
  void snapshot(agent::Host& host, const v1::SnapshotRequest& request,
                v1::NodeState& state) override;
  Result<std::string> apply(agent::Host& host, const v1::Fault& fault) override;
  Status undo(agent::Host& host, const v1::Fault& fault) override;

 private:
  [[nodiscard]] const v1::RouterSpec& router() const { return spec_.router(); }
  [[nodiscard]] Sessions ask_sessions() const;
  [[nodiscard]] ShutSessions shut_sessions() const;
  // The addresses of one neighbour: a session of each IP version.
  [[nodiscard]] Result<std::vector<std::string>> neighbor_of(const v1::BgpSessionDown& fault) const;
  // Zebra starts with no routes, and ospfd does not give it its own again: FRR's own watcher
  // starts the others with it, and so does this, when zebra is another process than last time.
  void follow_zebra(agent::Host& host);
  // Configures the running bgpd; one that is not running will read its file instead.
  Status configure_bgpd(const std::vector<std::string>& lines) const;
  void add_sessions(v1::NodeState& state) const;

  const v1::NodeSpec spec_;
  const Places places_;
  std::map<std::string, std::vector<std::string>> session_faults_;  // fault id → addresses
  std::string zebra_pid_;
  // While prefixes stay missing, daemons are asked why at most this often.
  static constexpr std::chrono::milliseconds kExplainEvery{500};
  std::chrono::steady_clock::time_point explained_;
  bool was_forwarding_ = false;
  std::vector<v1::Condition> last_sessions_;
};

}  // namespace hoplab::router
