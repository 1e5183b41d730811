#include "controller/fault/describe.h"

#include <gtest/gtest.h>

namespace hoplab::fault {
namespace {

TEST(Describe, OneLineForEachKind) {
  v1::Fault fault;
  fault.set_node("isp1");
  EXPECT_EQ(describe(fault), "unknown on isp1: no kind is set");
  fault.mutable_link_down()->set_interface("eth1");
  EXPECT_EQ(describe(fault), "link-down on isp1:eth1: the interface is down");
  fault.mutable_link_loss()->set_interface("eth1");
  fault.mutable_link_loss()->set_percent(12.5);
  EXPECT_EQ(describe(fault), "link-loss on isp1:eth1: 12.5 % of the frames that leave are lost");
  fault.mutable_link_loss()->set_seed(7);
  EXPECT_TRUE(describe(fault).ends_with("are lost (seed 7)"));
  fault.mutable_link_delay()->set_interface("eth1");
  fault.mutable_link_delay()->set_delay_us(50000);
  EXPECT_EQ(describe(fault), "link-delay on isp1:eth1: frames that leave are held for 50ms");
  fault.mutable_link_delay()->set_jitter_us(500);
  EXPECT_TRUE(describe(fault).ends_with("50ms ± 500us"));
  fault.mutable_node_stopped();
  EXPECT_EQ(describe(fault), "node-stop on isp1: the container is stopped");
  fault.mutable_daemon_killed();
  EXPECT_EQ(describe(fault), "daemon-kill on isp1: the main daemon is killed and kept down");
  fault.mutable_daemon_killed()->set_daemon("bgpd");
  EXPECT_EQ(describe(fault), "daemon-kill on isp1: bgpd is killed and kept down");
  fault.mutable_dns_servfail();
  EXPECT_EQ(describe(fault), "dns-servfail on isp1: every question is answered SERVFAIL");
  fault.mutable_dns_servfail()->set_zone("com.");
  EXPECT_EQ(describe(fault), "dns-servfail on isp1: questions for com. are answered SERVFAIL");
  fault.mutable_bgp_session_down()->set_neighbor("10.0.0.2");
  fault.mutable_bgp_session_down()->set_neighbor_node("isp2");
  EXPECT_EQ(describe(fault), "bgp-down on isp1 ⇄ isp2: the BGP session with 10.0.0.2 is shut down");
  fault.mutable_web_status()->set_status(503);
  EXPECT_EQ(describe(fault), "web-status on isp1: every request is answered 503");
}

}  // namespace
}  // namespace hoplab::fault
