// Two real routers on one wire: OSPF gives each the other's loopback, eBGP the other's network.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "agents/router/vty.h"
#include "tests/integration/router/command.h"
#include "tests/integration/router/router_container.h"

namespace hoplab::router::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kConverged = 15s;

v1::NodeSpec spec_of(const char* text) {
  v1::NodeSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return spec;
}

v1::NodeSpec west() {
  return spec_of(R"(
    node: "west"
    interfaces { name: "eth0" addresses: "10.0.0.1/30" }
    router {
      router_id: "10.255.0.1" loopback: "10.255.0.1/32" asn: 65001
      ospf { interface: "eth0" point_to_point: true neighbor_node: "east" }
      bgp { address: "10.0.0.2" asn: 65002 node: "east" interface: "eth0" }
      announce: "192.0.2.0/24"
      expected_prefixes: "10.255.0.2/32"
      expected_prefixes: "198.51.100.0/24"
    })");
}

v1::NodeSpec east() {
  return spec_of(R"(
    node: "east"
    interfaces { name: "eth0" addresses: "10.0.0.2/30" }
    router {
      router_id: "10.255.0.2" loopback: "10.255.0.2/32" asn: 65002
      ospf { interface: "eth0" point_to_point: true neighbor_node: "west" }
      bgp { address: "10.0.0.1" asn: 65001 node: "west" interface: "eth0" }
      announce: "198.51.100.0/24"
      expected_prefixes: "10.255.0.1/32"
      expected_prefixes: "192.0.2.0/24"
    })");
}

bool ready(RouterContainer& router) { return all_hold(router.role().conditions(router)); }

std::string unmet(RouterContainer& router) {
  std::string text;
  for (const v1::Condition& condition : router.role().conditions(router)) {
    if (!condition.ok()) text += condition.name() + ": " + condition.detail() + "\n";
  }
  return text;
}

bool forwards(const RouterContainer& router, const char* prefix) {
  const auto fib = read_fib("/proc/" + std::to_string(router.pid()) + "/net/route");
  return fib && fib->contains(*net::parse_prefix(prefix)) &&
         fib->at(*net::parse_prefix(prefix)) == FibKind::kForward;
}

// Whether this zebra itself has the route, by this protocol, and put it into the kernel.
bool has_installed(const RouterContainer& router, const char* prefix, const std::string& protocol) {
  const auto told = ask_daemon(router.inside("/run/frr"), "zebra",
                               std::string("show ip route ") + prefix + " json");
  return told && told->find("\"protocol\":\"" + protocol + "\"") != std::string::npos &&
         told->find("\"installed\":true") != std::string::npos;
}

class TwoRoutersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to wire two containers together";
    if (run({"docker", "image", "inspect", kImage}).status != 0) {
      GTEST_SKIP() << "needs Docker and the image " << kImage;
    }
    west_ = std::make_unique<RouterContainer>(west());
    east_ = std::make_unique<RouterContainer>(east());
    ASSERT_FALSE(HasFailure());
    const Ended wired =
        run({"ip", "link", "add", "name", "eth0", "netns", std::to_string(west_->pid()), "type",
             "veth", "peer", "name", "eth0", "netns", std::to_string(east_->pid())});
    ASSERT_EQ(wired.status, 0) << wired.output;
    for (const auto& [router, address] :
         {std::pair{west_.get(), "10.0.0.1/30"}, {east_.get(), "10.0.0.2/30"}}) {
      router->ip({"link", "set", "lo", "up"});
      router->ip({"address", "add", address, "dev", "eth0"});
      router->ip({"link", "set", "eth0", "up"});
      router->start();
      ASSERT_FALSE(HasFailure());
    }
    ASSERT_TRUE(within(kConverged, [&] { return ready(*west_) && ready(*east_); }))
        << unmet(*west_) << unmet(*east_);
  }

  static v1::Fault session_down() {
    v1::Fault fault;
    fault.set_id("f1");
    fault.mutable_bgp_session_down()->set_neighbor_node("east");
    return fault;
  }

  std::unique_ptr<RouterContainer> west_;
  std::unique_ptr<RouterContainer> east_;
};

TEST_F(TwoRoutersTest, TheSnapshotTellsWhatTheDaemonsKnow) {
  v1::NodeState state;
  for (const auto& [prefix, protocol] :
       {std::pair{"198.51.100.0/24", "bgp"}, {"10.255.0.2/32", "ospf"}}) {
    v1::Route& route = *state.add_routes();
    route.set_prefix(prefix);
    route.set_protocol(protocol);
  }
  v1::SnapshotRequest request;
  request.set_routes(true);
  west_->role().snapshot(*west_, request, state);

  EXPECT_THAT(state.routes(0).as_path(), ElementsAre(65002));
  EXPECT_EQ(state.routes(0).bgp_peer(), "10.0.0.2");
  EXPECT_FALSE(state.routes(0).bgp_internal());
  EXPECT_EQ(state.routes(1).as_path_size(), 0);
  ASSERT_EQ(state.bgp_peers_size(), 1);
  EXPECT_EQ(state.bgp_peers(0).state(), "Established");
  EXPECT_EQ(state.bgp_peers(0).node(), "east");
  EXPECT_EQ(state.bgp_peers(0).prefixes(), 1U);
  ASSERT_EQ(state.ospf_neighbors_size(), 1);
  EXPECT_EQ(state.ospf_neighbors(0).state(), "Full");
  EXPECT_EQ(state.ospf_neighbors(0).node(), "east");
  EXPECT_EQ(state.ospf_neighbors(0).interface(), "eth0");
  EXPECT_EQ(state.ospf_neighbors(0).address(), "10.0.0.2");
  EXPECT_EQ(state.ospf_neighbors(0).router_id(), "10.255.0.2");
}

TEST_F(TwoRoutersTest, AHostOfOursThatDoesNotExistIsDiscardedHere) {
  const auto fib = read_fib("/proc/" + std::to_string(west_->pid()) + "/net/route");
  ASSERT_TRUE(fib);
  const auto own = fib->find(*net::parse_prefix("192.0.2.0/24"));
  ASSERT_NE(own, fib->end());
  EXPECT_EQ(own->second, FibKind::kReject);
}

TEST_F(TwoRoutersTest, ASessionFaultTakesTheRouteAwayOutlivesBgpdAndIsUndone) {
  const auto mechanism = west_->role().apply(*west_, session_down());
  ASSERT_TRUE(mechanism) << mechanism.error().what;
  const auto lost = [&] {
    return !forwards(*west_, "198.51.100.0/24") && !forwards(*east_, "192.0.2.0/24");
  };
  EXPECT_TRUE(within(3s, lost));
  EXPECT_TRUE(forwards(*west_, "10.255.0.2/32")) << "OSPF is none of this fault's business";
  EXPECT_THAT(unmet(*west_), HasSubstr("BGP with east: shut down (Idle, Admin)"));

  west_->kill("bgpd");
  west_->start("bgpd");
  v1::NodeState state;
  EXPECT_TRUE(within(5s, [&] {
    state.Clear();
    west_->role().snapshot(*west_, {}, state);
    return state.bgp_peers(0).state() == "Idle (Admin)";
  })) << state.DebugString();
  EXPECT_TRUE(lost());

  ASSERT_TRUE(west_->role().undo(*west_, session_down()));
  EXPECT_TRUE(within(kConverged, [&] { return ready(*west_) && ready(*east_); }))
      << unmet(*west_) << unmet(*east_);
}

TEST_F(TwoRoutersTest, BgpdKilledAndStartedAgainIsBackAtItsWholeConfiguration) {
  west_->kill("bgpd");
  EXPECT_TRUE(within(3s, [&] { return !forwards(*east_, "192.0.2.0/24"); }));
  v1::NodeState state;
  west_->role().snapshot(*west_, {}, state);
  EXPECT_EQ(state.bgp_peers(0).state(), "daemon down");
  west_->start("bgpd");
  EXPECT_TRUE(within(kConverged, [&] { return ready(*west_) && ready(*east_); }))
      << unmet(*west_) << unmet(*east_);
}

TEST_F(TwoRoutersTest, ZebraKilledAndStartedAgainHasAllRoutesAgain) {
  std::map<std::string, pid_t> before;
  for (const char* daemon : {"zebra", "ospfd", "bgpd"}) before[daemon] = west_->pid_of(daemon);
  west_->kill("zebra");
  west_->start("zebra");
  // The kernel may keep what the old zebra installed, so its table proves nothing: the new one must
  // know the routes itself, which it does once the others were started again with it.
  EXPECT_TRUE(within(kConverged,
                     [&] {
                       return ready(*west_) && ready(*east_) &&
                              has_installed(*west_, "198.51.100.0/24", "bgp") &&
                              has_installed(*west_, "10.255.0.2/32", "ospf");
                     }))
      << unmet(*west_) << unmet(*east_);
  for (const auto& [daemon, pid] : before) {
    EXPECT_GT(west_->pid_of(daemon), 0) << daemon;
    EXPECT_NE(west_->pid_of(daemon), pid) << daemon << " is the old one";
  }
}

}  // namespace
}  // namespace hoplab::router::testing
