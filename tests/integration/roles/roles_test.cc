// Every role with its real daemon, in a container that has no more capabilities than it needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "tests/integration/roles/role_container.h"

namespace hoplab::rolestest {
namespace {

using testing::HasSubstr;
using testing::Not;

class Roles : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why =
        missing({"hoplab/client", "hoplab/dhcp_server", "hoplab/dns_server", "hoplab/gateway",
                 "hoplab/load_balancer", "hoplab/resolver", "hoplab/switch", "hoplab/web_server"});
    if (!why.empty()) GTEST_SKIP() << why;
    ::signal(SIGPIPE, SIG_IGN);
    network_ = std::make_unique<Network>(
        std::vector<std::string>{"10.9.9.1/24", "10.9.9.2/24", "10.9.9.3/24", "10.9.9.4/24"});
  }

  // "status: SERVFAIL …" and the answers of a question from 10.9.9.4.
  std::string dig(const std::string& server, const std::string& question) {
    return network_->run("dig -b 10.9.9.4 +tries=1 +time=3 @" + server + " " + question);
  }
  // Status codes of one or more URLs, one after the other.
  std::string status(const std::string& urls) {
    return network_->run("for url in " + urls +
                         "; do curl -s --interface 10.9.9.4 -m 5 -o /dev/null"
                         " -w \"%{http_code}\" $url; done");
  }

  std::unique_ptr<Network> network_;
};

constexpr const char* kNameServer = R"(dns_server { listen: "10.9.9.1"
  zones { origin: "."
    records { name: "." ttl: 60 type: "SOA" data: "a.root. h.root. 1 60 60 60 60" }
    records { name: "." ttl: 60 type: "NS" data: "a.root." }
    records { name: "a.root." ttl: 60 type: "A" data: "10.9.9.1" }
    records { name: "com." ttl: 60 type: "NS" data: "a.com." }
    records { name: "a.com." ttl: 60 type: "A" data: "10.9.9.1" } }
  zones { origin: "com."
    records { name: "com." ttl: 60 type: "SOA" data: "a.com. h.com. 1 60 60 60 60" }
    records { name: "com." ttl: 60 type: "NS" data: "a.com." }
    records { name: "www.com." ttl: 60 type: "A" data: "192.0.2.80" } } })";
constexpr const char* kResolver = R"(resolver { listen: "10.9.9.2" allow: "10.9.9.0/24"
  root_hints { name: "a.root." address: "10.9.9.1" } qname_minimisation: true })";

TEST_F(Roles, NameServerWithholdsAZoneAndGivesItBack) {
  RoleContainer server({"ns", "hoplab/dns_server", kNameServer, {}});
  ASSERT_TRUE(server.started());
  ASSERT_TRUE(server.await_condition("name: \"zone com.\" ok: true"));
  EXPECT_THAT(dig("10.9.9.1", "www.com A"), HasSubstr("192.0.2.80"));

  EXPECT_THAT(server.told("apply id: \"1\" dns_servfail { zone: \"org.\" }"),
              HasSubstr("has no zone org."));
  EXPECT_THAT(server.told("apply id: \"1\" dns_servfail { zone: \"com\" }"), HasSubstr("ok:"));
  EXPECT_THAT(dig("10.9.9.1", "www.com A"), HasSubstr("status: SERVFAIL"));
  EXPECT_THAT(server.told("conditions"),
              HasSubstr("name: \"zone com.\" detail: \"zone com. answers SERVFAIL\""));
  EXPECT_THAT(server.told("conditions"), HasSubstr("name: \"zone .\" ok: true"));

  EXPECT_THAT(server.told("apply id: \"2\" dns_servfail {}"), HasSubstr("ok:"));
  EXPECT_THAT(server.told("undo id: \"1\""), HasSubstr("ok"));
  EXPECT_THAT(dig("10.9.9.1", "www.com A"), HasSubstr("status: SERVFAIL"));  // still by the second
  EXPECT_THAT(server.told("undo id: \"2\""), HasSubstr("ok"));
  EXPECT_THAT(dig("10.9.9.1", "www.com A"), HasSubstr("192.0.2.80"));
  EXPECT_THAT(server.told("conditions"), Not(HasSubstr("SERVFAIL")));

  server.tell("flush");
  const std::string events = server.told("events");
  EXPECT_THAT(events, HasSubstr("type: \"AUTH_RESPONSE\" query_address: \"10.9.9.4\""));
  EXPECT_THAT(events, Not(HasSubstr("query_address: \"10.9.9.1\"")));
}

TEST_F(Roles, ResolverWalksFromTheRootOnceAndForgets) {
  RoleContainer server({"ns", "hoplab/dns_server", kNameServer, {}});
  RoleContainer resolver({"resolver", "hoplab/resolver", kResolver, {}});
  ASSERT_TRUE(server.started() && resolver.started());
  ASSERT_TRUE(server.await_condition("name: \"zone com.\" ok: true"));
  ASSERT_TRUE(resolver.await_condition("ok: true"));
  resolver.tell("flush");
  EXPECT_EQ(resolver.told("events"), "") << "nothing is asked before a client asks";

  const auto upstream = [&] {
    EXPECT_THAT(dig("10.9.9.2", "www.com A"), HasSubstr("192.0.2.80"));
    resolver.tell("flush");
    int questions = 0;
    for (const std::string& line : resolver.tell("events")) {
      if (line.find("RESOLVER_QUERY") != std::string::npos) ++questions;
    }
    return questions;
  };
  const int cold = upstream();
  EXPECT_GE(cold, 3);  // the root's servers, com at the root, www at com
  EXPECT_THAT(resolver.told("snapshot"), HasSubstr("data: \"192.0.2.80\""));
  EXPECT_EQ(upstream(), 0);
  EXPECT_THAT(resolver.told("forget"), HasSubstr("ok"));
  EXPECT_THAT(resolver.told("snapshot"), Not(HasSubstr("192.0.2.80")));
  EXPECT_EQ(upstream(), cold);

  // What failed while the server was faulty is not remembered.
  resolver.tell("forget");
  server.tell("apply id: \"1\" dns_servfail {}");
  EXPECT_THAT(dig("10.9.9.2", "www.com A"), HasSubstr("status: SERVFAIL"));
  server.tell("undo id: \"1\"");
  resolver.tell("flush");
  EXPECT_THAT(dig("10.9.9.2", "www.com A"), HasSubstr("192.0.2.80"));

  EXPECT_THAT(resolver.told("apply id: \"2\" dns_servfail {}"), HasSubstr("ok:"));
  EXPECT_THAT(dig("10.9.9.2", "www.com A"), HasSubstr("status: SERVFAIL"));
  EXPECT_THAT(resolver.told("conditions"), HasSubstr("answers SERVFAIL"));
  EXPECT_THAT(resolver.told("undo id: \"2\""), HasSubstr("ok"));
  EXPECT_THAT(dig("10.9.9.2", "www.com A"), HasSubstr("192.0.2.80"));
}

TEST_F(Roles, WebServerAnswersTheForcedStatusToEverything) {
  RoleContainer web({"web1",
                     "hoplab/web_server",
                     R"(web_server { address: "10.9.9.1" names: "www.com" })",
                     {"SETGID"}});
  ASSERT_TRUE(web.started());
  ASSERT_TRUE(web.await_condition("ok: true"));
  EXPECT_THAT(network_->run("curl -s --interface 10.9.9.4 http://10.9.9.1/"),
              HasSubstr("<code>web1</code>"));
  EXPECT_THAT(web.told("events"), HasSubstr("client_address: \"10.9.9.4\""));
  for (int i = 0; i < 3; ++i) {  // a reload answers by old workers for a moment: must be over
    EXPECT_THAT(web.told("apply id: \"1\" web_status { status: 503 }"), HasSubstr("ok:"));
    EXPECT_EQ(status("http://10.9.9.1/ http://10.9.9.1/healthz"), "503503");
    EXPECT_THAT(web.told("conditions"), HasSubstr("answers 503"));
    EXPECT_THAT(web.told("undo id: \"1\""), HasSubstr("ok"));
    EXPECT_EQ(status("http://10.9.9.1/"), "200");
    EXPECT_THAT(web.told("conditions"), HasSubstr("answers 200"));
  }
  EXPECT_THAT(web.told("apply id: \"1\" web_status { status: 99 }"), HasSubstr("error:"));
}

TEST_F(Roles, LoadBalancerTakesTurnsAndLeavesOutWhatIsDown) {
  RoleContainer web1(
      {"web1", "hoplab/web_server", R"(web_server { address: "10.9.9.2" })", {"SETGID"}});
  RoleContainer web2(
      {"web2", "hoplab/web_server", R"(web_server { address: "10.9.9.3" })", {"SETGID"}});
  RoleContainer balancer({"lb",
                          "hoplab/load_balancer",
                          R"(load_balancer { address: "10.9.9.1"
      backends { node: "web1" address: "10.9.9.2" port: 80 }
      backends { node: "web2" address: "10.9.9.3" port: 80 } })",
                          {}});
  ASSERT_TRUE(web1.started() && web2.started() && balancer.started());
  ASSERT_TRUE(balancer.await_condition("\"back end web1\" ok: true"));
  ASSERT_TRUE(balancer.await_condition("\"back end web2\" ok: true"));
  const std::string both =
      network_->run("curl -s --interface 10.9.9.4 http://10.9.9.1/ http://10.9.9.1/");
  EXPECT_THAT(both, HasSubstr("<code>web1</code>"));
  EXPECT_THAT(both, HasSubstr("<code>web2</code>"));
  const auto events = balancer.tell("events");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(events[0], HasSubstr("client_address: \"10.9.9.4\""));
  EXPECT_THAT(events[0], HasSubstr("source_address: \"10.9.9.1\""));
  EXPECT_THAT(events[0], HasSubstr("termination: \"--\""));

  EXPECT_THAT(web1.told("apply id: \"1\" web_status { status: 503 }"), HasSubstr("ok:"));
  ASSERT_TRUE(balancer.await_condition("\"back end web1\" detail: \"DOWN, L7STS/503\""));
  EXPECT_THAT(balancer.told("snapshot"), HasSubstr("check: \"L7STS/503\""));
  EXPECT_EQ(status("http://10.9.9.1/ http://10.9.9.1/"), "200200");
  web1.tell("undo id: \"1\"");
  ASSERT_TRUE(balancer.await_condition("\"back end web1\" ok: true"));
}

TEST_F(Roles, DhcpServerGivesALease) {
  network_->run(
      "ip link add v0 type veth peer name v1; ip address add 192.168.10.2/24 dev v0;"
      "ip link set v1 address 02:68:00:00:00:07; ip link set v0 up; ip link set v1 up");
  RoleContainer server({"dhcp",
                        "hoplab/dhcp_server",
                        R"(
      interfaces { name: "v0" addresses: "192.168.10.2/24" }
      dhcp_server { subnets { interface: "v0" subnet: "192.168.10.0/24" first: "192.168.10.100"
        last: "192.168.10.199" router: "192.168.10.1" lease_seconds: 600 } })",
                        {"NET_RAW"}});
  ASSERT_TRUE(server.started());
  ASSERT_TRUE(server.await_condition("ok: true"));
  EXPECT_THAT(network_->run("timeout 10 dhclient -1 -v -sf /bin/true -lf /tmp/l -pf /tmp/p v1"),
              HasSubstr("bound to 192.168.10.100"));
  const std::string state = server.told("snapshot");
  EXPECT_THAT(state, HasSubstr("mac: \"02:68:00:00:00:07\""));
  EXPECT_THAT(state, HasSubstr("router: \"192.168.10.1\""));
}

TEST_F(Roles, GatewayHasItsRulesAndADnsCacheThatForwards) {
  RoleContainer server({"ns", "hoplab/dns_server", kNameServer, {}});
  RoleContainer gateway({"gw",
                         "hoplab/gateway",
                         R"(gateway { lan_interface: "lan"
      wan_interface: "wan" masquerade: true
      resolver { listen: "10.9.9.3" allow: "10.9.9.0/24" forwarders: "10.9.9.1" } })",
                         {"NET_ADMIN"}});
  ASSERT_TRUE(server.started() && gateway.started());
  ASSERT_TRUE(server.await_condition("name: \"zone com.\" ok: true"));
  EXPECT_TRUE(gateway.await_condition("name: \"NAT rules\" ok: true"));
  EXPECT_TRUE(gateway.await_condition("name: \"DNS answers\" ok: true"));
  EXPECT_THAT(dig("10.9.9.3", "www.com A"), HasSubstr("192.0.2.80"));
  gateway.tell("flush");
  EXPECT_THAT(gateway.told("events"), HasSubstr("FORWARDER_QUERY"));
}

TEST_F(Roles, SwitchKnowsWhichPortsForward) {
  network_->run(
      "ip link add br0 type bridge; ip link add p0 type veth peer name p1;"
      "ip link set p0 master br0; ip link set br0 up; ip link set p0 up");
  RoleContainer bridge({"sw",
                        "hoplab/switch",
                        R"(interfaces { name: "p0" } interfaces { name: "p9" } switch {})",
                        {}});
  ASSERT_TRUE(bridge.started());
  EXPECT_THAT(bridge.told("conditions"),
              HasSubstr("name: \"port p0\" detail: \"port p0 does not forward: disabled\""));
  network_->run("ip link set p1 up");
  EXPECT_TRUE(bridge.await_condition("name: \"port p0\" ok: true"));
  EXPECT_THAT(bridge.told("conditions"),
              HasSubstr("\"port p9\" detail: \"port p9 does not forward: the interface is not"));
}

}  // namespace
}  // namespace hoplab::rolestest
