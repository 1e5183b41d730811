#include "agents/dhcp_server/dhcp_server.h"

#include <chrono>
#include <csignal>

#include "agents/common/base/read_file.h"
#include "agents/common/probe/stream.h"
#include "agents/common/role/unmet.h"
#include "agents/dhcp_server/render.h"
#include "agents/dhcp_server/render6.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Condition;

// One of Kea's two daemons.
struct Daemon {
  const char* name;
  const char* condition;
  std::string_view configuration;
  std::string_view control_socket;
  std::string_view lease_file;
};
constexpr Daemon kKea4 = {"kea-dhcp4", "DHCP service", dhcp_server::kConfiguration,
                          dhcp_server::kControlSocket, dhcp_server::kLeaseFile};
constexpr Daemon kKea6 = {"kea-dhcp6", "DHCPv6 service", dhcp_server::kConfiguration6,
                          dhcp_server::kControlSocket6, dhcp_server::kLeaseFile6};

Program program_of(const Daemon& daemon) {
  Program kea;
  kea.name = daemon.name;
  kea.argv = {std::string("/usr/sbin/") + daemon.name, "-c", std::string(daemon.configuration)};
  kea.environment = {"KEA_PIDFILE_DIR=/run/role/kea", "KEA_LOCKFILE_DIR=/run/role/kea"};
  kea.ready_file = daemon.control_socket;
  return kea;
}

Condition condition_of(const Daemon& daemon) {
  Condition condition;
  condition.set_name(daemon.condition);
  const auto status =
      probe::converse(std::string(daemon.control_socket), R"({ "command": "status-get" })",
                      std::chrono::milliseconds(200), 16384);
  if (!status) {
    say_unmet(condition, "condition.daemon_silent", {{"daemon", daemon.name}}, status.error().what);
  } else if (status->find("\"status\": \"ready\"") == std::string::npos) {
    say_unmet(condition, "condition.sockets_closed", {{"daemon", daemon.name}});
  } else {
    condition.set_ok(true);
    condition.set_detail("listening");
  }
  return condition;
}

class DhcpServer final : public Role {
 public:
  explicit DhcpServer(const hoplab::v1::NodeSpec& spec) : spec_(spec) {
    daemons_.push_back(kKea4);
    if (spec.dhcp_server().subnets6_size() > 0) daemons_.push_back(kKea6);
  }

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = {
        {dhcp_server::kConfiguration, dhcp_server::render_configuration(spec_.dhcp_server())}};
    if (manages6()) {
      files.push_back(
          {dhcp_server::kConfiguration6, dhcp_server::render_configuration6(spec_.dhcp_server())});
    }
    return files;
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    std::vector<Program> programs;
    for (const Daemon& daemon : daemons_) programs.push_back(program_of(daemon));
    return programs;
  }

  std::vector<Condition> conditions(Host&) override {
    std::vector<Condition> conditions;
    for (const Daemon& daemon : daemons_) conditions.push_back(condition_of(daemon));
    return conditions;
  }

  // Kea keeps its sockets on the interface that is gone; started again it opens new ones.
  void interfaces_replaced(Host& host) override {
    for (const Daemon& daemon : daemons_) (void)host.signal_program(daemon.name, SIGTERM);
  }

  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    const int64_t now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
    const auto add = [&](const Daemon& daemon, auto read) {
      const std::string csv = read_file(daemon.lease_file).value_or("");
      for (auto& lease : read(csv, spec_, now_ns)) *state.add_leases() = std::move(lease);
    };
    add(kKea4, dhcp_server::read_leases);
    if (manages6()) add(kKea6, dhcp_server::read_leases6);
  }

 private:
  [[nodiscard]] bool manages6() const { return daemons_.size() > 1; }

  const hoplab::v1::NodeSpec spec_;
  std::vector<Daemon> daemons_;
};

}  // namespace

std::unique_ptr<Role> make_dhcp_server(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<DhcpServer>(spec);
}

}  // namespace hoplab::agent
