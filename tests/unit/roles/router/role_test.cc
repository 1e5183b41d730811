#include "agents/router/role.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agents/router/router.h"

namespace hoplab::router {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Keeps what is written; runs nothing.
class FakeHost : public agent::Host {
 public:
  Result<agent::CommandResult> run(const std::vector<std::string>&,
                                   std::chrono::milliseconds) override {
    return agent::CommandResult{};
  }
  Status hold_program(std::string_view, int) override { return {}; }
  Status release_program(std::string_view) override { return {}; }
  Status signal_program(std::string_view name, int) override {
    signalled.emplace_back(name);
    return {};
  }
  bool program_running(std::string_view) const override { return running; }
  Status write(const agent::ConfigFile& file) override {
    if (refuse) return fail(ErrorKind::kInternal, "disk full");
    written = file;
    return {};
  }
  void emit(v1::DaemonEvent) override {}
  void recheck() override { ++rechecks; }

  agent::ConfigFile written;
  bool refuse = false;
  bool running = false;
  std::vector<std::string> signalled;
  int rechecks = 0;
};

class RouterRoleTest : public ::testing::Test {
 protected:
  static v1::NodeSpec spec() {
    v1::NodeSpec spec;
    spec.set_node("transit1");
    spec.mutable_router()->set_asn(64520);
    auto* neighbor = spec.mutable_router()->add_bgp();
    neighbor->set_address("10.0.0.2");
    neighbor->set_asn(64510);
    neighbor->set_node("isp3");
    return spec;
  }
  static v1::Fault fault(const char* id, const char* address, const char* node) {
    v1::Fault fault;
    fault.set_id(id);
    fault.mutable_bgp_session_down()->set_neighbor(address);
    fault.mutable_bgp_session_down()->set_neighbor_node(node);
    return fault;
  }

  FakeHost host_;
  RouterRole role_{spec(), {.run_directory = "/nonexistent", .route_table = "/dev/null"}};
};

TEST_F(RouterRoleTest, AFaultIsInTheFileWhileItLastsEvenWithBgpdDead) {
  const auto mechanism = role_.apply(host_, fault("f1", "", "isp3"));
  ASSERT_TRUE(mechanism) << mechanism.error().what;
  EXPECT_THAT(*mechanism, HasSubstr("neighbor 10.0.0.2 shutdown"));
  EXPECT_THAT(host_.written.content, HasSubstr("neighbor 10.0.0.2 shutdown message fault f1"));
  EXPECT_THAT(role_.files().back().content, HasSubstr("shutdown"));
  EXPECT_EQ(host_.rechecks, 1);

  ASSERT_TRUE(role_.undo(host_, fault("f1", "", "isp3")));
  EXPECT_THAT(host_.written.content, Not(HasSubstr("shutdown")));
  EXPECT_TRUE(role_.undo(host_, fault("f1", "", "isp3"))) << "undo is idempotent";
}

TEST_F(RouterRoleTest, TwoFaultsOnOneSessionEndWithTheLast) {
  ASSERT_TRUE(role_.apply(host_, fault("f1", "10.0.0.2", "")));
  ASSERT_TRUE(role_.apply(host_, fault("f2", "10.0.0.2", "")));
  ASSERT_TRUE(role_.undo(host_, fault("f1", "10.0.0.2", "")));
  EXPECT_THAT(host_.written.content, HasSubstr("neighbor 10.0.0.2 shutdown message fault f2"));
  ASSERT_TRUE(role_.undo(host_, fault("f2", "10.0.0.2", "")));
  EXPECT_THAT(host_.written.content, Not(HasSubstr("shutdown")));
}

TEST_F(RouterRoleTest, ANeighbourOfBothVersionsLosesBothSessions) {
  v1::NodeSpec dual = spec();
  v1::BgpNeighbor& six = *dual.mutable_router()->add_bgp();
  six = dual.router().bgp(0);
  six.set_address("2001:db8:1::2");
  dual.mutable_router()->set_loopback6("2001:db8::1/128");
  RouterRole role(dual, {.run_directory = "/nonexistent", .route_table = "/dev/null"});
  ASSERT_TRUE(role.apply(host_, fault("f1", "", "isp3")));
  EXPECT_THAT(host_.written.content,
              testing::AllOf(HasSubstr("neighbor 10.0.0.2 shutdown message fault f1"),
                             HasSubstr("neighbor 2001:db8:1::2 shutdown message fault f1")));
  ASSERT_TRUE(role.undo(host_, fault("f1", "", "isp3")));
  ASSERT_TRUE(role.apply(host_, fault("f2", "2001:db8:1::2", "isp3")));
  EXPECT_THAT(host_.written.content, Not(HasSubstr("neighbor 10.0.0.2 shutdown")));
  EXPECT_THAT(host_.written.content, HasSubstr("neighbor 2001:db8:1::2 shutdown"));
}

TEST_F(RouterRoleTest, AnUnknownNeighbourIsRefusedWithTheKnownOnes) {
  const auto refused = role_.apply(host_, fault("f1", "", "isp9"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(refused.error().what, HasSubstr("no BGP session with 'isp9'"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("isp3 (10.0.0.2)"));
}

TEST_F(RouterRoleTest, AFaultThatCouldNotBeAppliedIsNotHeld) {
  host_.refuse = true;
  EXPECT_FALSE(role_.apply(host_, fault("f1", "", "isp3")));
  EXPECT_THAT(role_.files().back().content, Not(HasSubstr("shutdown")));
}

TEST_F(RouterRoleTest, OtherFaultsAreNotTheRouters) {
  v1::Fault other;
  other.mutable_web_status()->set_status(503);
  EXPECT_FALSE(role_.apply(host_, other));
}

TEST_F(RouterRoleTest, TheOthersStartAgainWithANewZebraAndOnlyThen) {
  std::string name = (std::filesystem::temp_directory_path() / "hoplab-router-XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(name.data());
  const auto zebra_is = [&](const char* pid) {
    std::ofstream(directory / "zebra.pid") << pid << "\n";
  };
  RouterRole role(spec(), {.run_directory = directory, .route_table = "/dev/null"});
  host_.running = true;
  role.conditions(host_);
  zebra_is("17");
  role.conditions(host_);
  role.conditions(host_);
  EXPECT_THAT(host_.signalled, ::testing::IsEmpty());
  zebra_is("29");
  role.conditions(host_);
  role.conditions(host_);
  EXPECT_THAT(host_.signalled, ::testing::ElementsAre("bgpd"));
  std::filesystem::remove_all(directory);
}

TEST_F(RouterRoleTest, WithBgpdDeadPeersAreDownAndNothingIsInvented) {
  v1::NodeState state;
  v1::Route& route = *state.add_routes();
  route.set_prefix("203.0.113.0/24");
  route.set_protocol("bgp");
  v1::SnapshotRequest request;
  request.set_routes(true);
  role_.snapshot(host_, request, state);
  ASSERT_EQ(state.bgp_peers_size(), 1);
  EXPECT_EQ(state.bgp_peers(0).state(), "daemon down");
  EXPECT_EQ(state.bgp_peers(0).node(), "isp3");
  EXPECT_EQ(state.routes(0).as_path_size(), 0);
  EXPECT_EQ(state.routes(0).bgp_peer(), "");

  const auto conditions = role_.conditions(host_);
  ASSERT_EQ(conditions.size(), 1U);
  EXPECT_FALSE(conditions[0].ok());
}

}  // namespace
}  // namespace hoplab::router
