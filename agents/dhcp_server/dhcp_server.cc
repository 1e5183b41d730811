#include "agents/dhcp_server/dhcp_server.h"

#include <chrono>
#include <csignal>

#include "agents/common/base/read_file.h"
#include "agents/common/probe/stream.h"
#include "agents/dhcp_server/render.h"

namespace hoplab::agent {
namespace {

using hoplab::v1::Condition;

class DhcpServer final : public Role {
 public:
  explicit DhcpServer(const hoplab::v1::NodeSpec& spec) : spec_(spec) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    return {{dhcp_server::kConfiguration, dhcp_server::render_configuration(spec_.dhcp_server())}};
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    Program kea;
    kea.name = "kea-dhcp4";
    kea.argv = {"/usr/sbin/kea-dhcp4", "-c", std::string(dhcp_server::kConfiguration)};
    kea.environment = {"KEA_PIDFILE_DIR=/run/role/kea", "KEA_LOCKFILE_DIR=/run/role/kea"};
    kea.ready_file = dhcp_server::kControlSocket;
    return {kea};
  }

  std::vector<Condition> conditions(Host&) override {
    Condition condition;
    condition.set_name("DHCP service");
    const auto status =
        probe::converse(dhcp_server::kControlSocket, R"({ "command": "status-get" })",
                        std::chrono::milliseconds(200), 16384);
    if (!status) {
      condition.set_detail("kea-dhcp4 does not answer: " + status.error().what);
    } else if (status->find("\"status\": \"ready\"") == std::string::npos) {
      condition.set_detail("kea-dhcp4 could not open its sockets on the LAN yet");
    } else {
      condition.set_ok(true);
      condition.set_detail("listening");
    }
    return {condition};
  }

  // Kea keeps its raw socket on the interface that is gone; started again it opens a new one.
  void interfaces_replaced(Host& host) override { (void)host.signal_program("kea-dhcp4", SIGTERM); }

  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    const std::string csv = read_file(dhcp_server::kLeaseFile).value_or("");
    const int64_t now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
    for (auto& lease : dhcp_server::read_leases(csv, spec_, now_ns)) {
      *state.add_leases() = std::move(lease);
    }
  }

 private:
  const hoplab::v1::NodeSpec spec_;
};

}  // namespace

std::unique_ptr<Role> make_dhcp_server(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<DhcpServer>(spec);
}

}  // namespace hoplab::agent
