#include "agents/load_balancer/render.h"

#include <gtest/gtest.h>

namespace hoplab::agent::load_balancer {
namespace {

hoplab::v1::LoadBalancerSpec site() {
  hoplab::v1::LoadBalancerSpec spec;
  spec.set_address("203.0.113.10");
  spec.add_names("www.naver.com");
  spec.set_certificate("CERT");
  spec.set_algorithm("roundrobin");
  for (const char* node : {"web1", "web2"}) {
    auto& backend = *spec.add_backends();
    backend.set_node(node);
    backend.set_address(node == std::string_view("web1") ? "10.9.0.1" : "10.9.0.2");
    backend.set_port(80);
  }
  return spec;
}

std::string rendered(const hoplab::v1::LoadBalancerSpec& spec) {
  hoplab::v1::NodeSpec node;
  *node.mutable_load_balancer() = spec;
  node.add_interfaces()->add_addresses("203.0.113.10/28");
  node.add_interfaces()->add_addresses("10.9.0.9/24");
  return render_configuration(node);
}

TEST(HaproxyConfiguration, EndsTlsAndChecksEveryBackEnd) {
  const std::string text = rendered(site());
  EXPECT_NE(
      text.find("  bind 203.0.113.10:80\n"
                "  bind 203.0.113.10:443 ssl crt /run/role/haproxy/site.pem alpn h2,http/1.1\n"),
      std::string::npos);
  EXPECT_NE(text.find("  balance roundrobin\n"), std::string::npos);
  EXPECT_NE(text.find("uri /healthz ver HTTP/1.1 hdr Host www.naver.com "), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("  server web1 10.9.0.1:80 source 10.9.0.9:10000-10999 check\n"
                     "  server web2 10.9.0.2:80 source 10.9.0.9:11000-11999 check\n"));
}

TEST(HaproxyConfiguration, ConnectsFromAnyPortToABackEndBehindARouter) {
  auto spec = site();
  spec.mutable_backends(1)->set_address("10.8.0.2");
  EXPECT_TRUE(rendered(spec).ends_with("  server web2 10.8.0.2:80 check\n"));
}

TEST(HaproxyConfiguration, ListensOnBothVersionsOfIp) {
  auto spec = site();
  spec.set_address6("2001:db8:9::10");
  const std::string text = rendered(spec);
  for (const char* bind : {"  bind 203.0.113.10:80\n", "  bind 2001:db8:9::10:80\n",
                           "  bind 203.0.113.10:443 ssl", "  bind 2001:db8:9::10:443 ssl"}) {
    EXPECT_NE(text.find(bind), std::string::npos) << bind;
  }
}

TEST(HaproxyConfiguration, WithoutACertificateThereIsNoTls) {
  auto spec = site();
  spec.clear_certificate();
  EXPECT_EQ(rendered(spec).find(":443"), std::string::npos);
}

TEST(HaproxyLog, FillsTheEvent) {
  const auto event = parse_log(
      "hoplab\ttime=1795443812.853\tclient=10.9.9.4\tclient_port=43294\tfrontend=site~\t"
      "backend=servers\tserver=web1\tsource=10.9.9.1\tsource_port=46308\tserver_address=10.9.9.2\t"
      "server_port=80\tmethod=GET\tpath=/a=b\thost=www.naver.com\tstatus=200\ttermination=--\t"
      "retries=+1\ttls_version=TLSv1.3\ttls_cipher=TLS_AES_256_GCM_SHA384\tqueue=0\tconnect=1\t"
      "response=2\ttotal=4\tbytes=648");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time_ns(), 1795443812'853'000'000);
  const auto& proxy = event->proxy();
  EXPECT_EQ(proxy.client_port(), 43294U);
  EXPECT_EQ(proxy.server(), "web1");
  EXPECT_EQ(proxy.source_address(), "10.9.9.1");
  EXPECT_EQ(proxy.source_port(), 46308U);
  EXPECT_EQ(proxy.path(), "/a=b");
  EXPECT_EQ(proxy.status(), 200U);
  EXPECT_EQ(proxy.termination(), "--");
  EXPECT_EQ(proxy.retries(), 1U);
  EXPECT_EQ(proxy.total_ms(), 4);
  EXPECT_EQ(proxy.bytes(), 648U);
}

TEST(HaproxyLog, NoServerIsNoServer) {
  const auto event = parse_log(
      "hoplab\tclient=10.9.9.4\tserver=<NOSRV>\tsource=-\tsource_port=-\tstatus=503\t"
      "termination=SC\tqueue=-1");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->proxy().server(), "");
  EXPECT_EQ(event->proxy().source_address(), "");
  EXPECT_EQ(event->proxy().source_port(), 0U);
  EXPECT_EQ(event->proxy().queue_ms(), -1);
}

TEST(HaproxyLog, ANoticeIsNoRequest) {
  EXPECT_FALSE(parse_log("Server servers/web1 is DOWN, reason: Layer7 wrong status, code: 503"));
}

TEST(HaproxyStatistics, GivesEachServersCheck) {
  const auto states = parse_statistics(
      "# pxname,svname,status,type,check_status,check_code,\n"
      "servers,web1,UP,2,L7OK,200,\n"
      "servers,web2,DOWN,2,* L7STS,503,\n"
      "servers,web3,UP,2,INI,,\n"
      "servers,web4,DOWN,2,L4CON,,\n"
      "servers,BACKEND,UP,1,,,\n\n");
  ASSERT_EQ(states.size(), 4U);
  EXPECT_EQ(states[0].node(), "web1");
  EXPECT_EQ(states[0].status(), "UP");
  EXPECT_EQ(states[0].check(), "L7OK/200");
  EXPECT_EQ(states[1].status(), "DOWN");
  EXPECT_EQ(states[1].check(), "L7STS/503");
  EXPECT_EQ(states[2].status(), "CHECKING");
  EXPECT_EQ(states[2].check(), "");
  EXPECT_EQ(states[3].check(), "L4CON");
}

}  // namespace
}  // namespace hoplab::agent::load_balancer
