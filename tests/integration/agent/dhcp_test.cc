// A client that gets its address by DHCP from a real server, gives it back, and gets it again.
#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::Health;
using std::chrono::seconds;

class Dhcp : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto why = missing({"hoplab/client", "hoplab/dhcp_server"});
    if (!why.empty()) GTEST_SKIP() << why;
    client_ = std::make_unique<AgentContainer>("dhcp-client", "hoplab/client");
    server_ = std::make_unique<AgentContainer>("dhcp-server", "hoplab/dhcp_server");
    ASSERT_TRUE(client_->reachable() && server_->reachable());
    auto client = client_->spec("eth0", "", "dhcp-server");
    client.mutable_client()->set_dhcp_interface("eth0");
    client_->configure(client);
    auto server = server_->spec("eth0", "192.0.2.1/24", "dhcp-client");
    auto* subnet = server.mutable_dhcp_server()->add_subnets();
    subnet->set_interface("eth0");
    subnet->set_subnet("192.0.2.0/24");
    subnet->set_first("192.0.2.100");
    subnet->set_last("192.0.2.110");
    subnet->set_router("192.0.2.1");
    subnet->add_name_servers("192.0.2.53");
    subnet->set_lease_seconds(600);
    server_->configure(server);
    connect(*client_, *server_);
  }
  [[nodiscard]] hoplab::v1::NodeState state() const {
    hoplab::v1::SnapshotRequest request;
    request.set_routes(true);
    hoplab::v1::NodeState state;
    EXPECT_TRUE(client_->stub().Snapshot(within(seconds(5)).get(), request, &state).ok());
    return state;
  }
  [[nodiscard]] hoplab::v1::RequestResult request() const {
    hoplab::v1::RequestSpec spec;
    spec.set_url("http://192.0.2.1:8/");  // nobody listens there
    spec.set_obtain_lease(true);
    spec.set_timeout_ms(3000);
    hoplab::v1::RequestResult result;
    const auto status = client_->stub().Request(within(seconds(20)).get(), spec, &result);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return result;
  }
  void forget() const {
    hoplab::v1::ForgetRequest request;
    request.set_lease(true);
    hoplab::v1::ForgetReply reply;
    const auto status = client_->stub().Forget(within(seconds(10)).get(), request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  static int pid_in(const Health& health, const std::string& daemon) {
    const auto found = std::ranges::find(health.daemons(), daemon, &hoplab::v1::DaemonStatus::name);
    return found == health.daemons().end() || !found->running() ? 0 : found->pid();
  }
  static int daemon_pid(const AgentContainer& node, const std::string& daemon) {
    return pid_in(node.health(), daemon);
  }

  std::unique_ptr<AgentContainer> client_;
  std::unique_ptr<AgentContainer> server_;
};

TEST_F(Dhcp, BoundReleasedAndBoundAgain) {
  ASSERT_TRUE(client_->becomes(Health::READY));
  ASSERT_EQ(state().leases_size(), 1);
  const auto lease = state().leases(0);
  EXPECT_TRUE(lease.address().starts_with("192.0.2.1")) << lease.address();
  EXPECT_TRUE(lease.address().ends_with("/24"));
  EXPECT_EQ(lease.router(), "192.0.2.1");
  EXPECT_EQ(lease.server(), "192.0.2.1");
  EXPECT_EQ(lease.lease_seconds(), 600U);
  EXPECT_EQ(client_->run("cat /etc/resolv.conf").output, "nameserver 192.0.2.53\n");
  const auto routes = state().routes();
  EXPECT_TRUE(std::ranges::any_of(routes, [](const auto& route) {
    return route.prefix() == "0.0.0.0/0" && route.protocol() == "dhcp";
  }));

  forget();
  EXPECT_EQ(state().leases_size(), 0);
  EXPECT_EQ(client_->run("ip -4 -o address show dev eth0").output, "");

  const auto begin = std::chrono::steady_clock::now();
  const auto result = request();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
  EXPECT_EQ(result.dhcp_error(), "");
  EXPECT_EQ(result.lease().router(), "192.0.2.1");
  EXPECT_EQ(result.exit_code(), 7) << result.DebugString();  // curl: could not connect
  EXPECT_NE(result.error(), "");
  EXPECT_TRUE(client_->becomes(Health::READY));
}

TEST_F(Dhcp, WithoutAServerTheRequestSaysSo) {
  ASSERT_TRUE(client_->becomes(Health::READY));
  forget();
  hoplab::v1::Fault fault;
  fault.mutable_daemon_killed();
  server_->add_fault(fault);
  const auto begin = std::chrono::steady_clock::now();
  const auto result = request();
  EXPECT_EQ(result.dhcp_error(), "no DHCP server answered on eth0");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(8));
  hoplab::v1::ClearFaultReply cleared;
  EXPECT_TRUE(server_->stub().ClearFault(within(seconds(5)).get(), {}, &cleared).ok());
  EXPECT_TRUE(client_->becomes(Health::READY));
}

TEST_F(Dhcp, ALinkThatWasDownHasItsAddressAndRouteAgain) {
  ASSERT_TRUE(client_->becomes(Health::READY));
  hoplab::v1::Fault fault;
  fault.mutable_link_down()->set_interface("eth0");
  fault.set_lease_ns(500'000'000);
  client_->add_fault(fault);
  EXPECT_TRUE(client_->becomes(Health::DEGRADED));
  EXPECT_TRUE(client_->becomes(Health::READY));
  const auto routes = state().routes();
  EXPECT_TRUE(
      std::ranges::any_of(routes, [](const auto& route) { return route.prefix() == "0.0.0.0/0"; }));
}

// Kea and dhclient hold raw sockets on an interface that a stopped neighbour takes with it; the new
// one has the same name, and they must be told.
TEST_F(Dhcp, AWireLaidAnewReachesTheDaemonsOnBothEnds) {
  ASSERT_TRUE(client_->becomes(Health::READY));
  ASSERT_TRUE(server_->becomes(Health::READY));
  const int old_dhclient = daemon_pid(*client_, "dhclient");
  ASSERT_GT(old_dhclient, 0);
  disconnect(*client_);
  ASSERT_TRUE(client_->becomes(Health::DEGRADED));
  ASSERT_TRUE(server_->becomes(Health::DEGRADED));
  connect(*client_, *server_);
  EXPECT_TRUE(client_->becomes(Health::READY, [&](const Health& health) {
    return pid_in(health, "dhclient") != old_dhclient;
  })) << "dhclient still listens on the interface that is gone";
  ASSERT_TRUE(server_->becomes(Health::READY));
  forget();
  EXPECT_EQ(request().dhcp_error(), "") << "the server does not hear on the new interface";
}

}  // namespace
}  // namespace hoplab::agenttest
