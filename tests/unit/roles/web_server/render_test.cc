#include "agents/web_server/render.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "agents/web_server/processes.h"

namespace hoplab::agent::web_server {
namespace {

hoplab::v1::NodeSpec node() {
  hoplab::v1::NodeSpec spec;
  spec.set_lab("naver");
  spec.set_node("web2");
  spec.mutable_web_server()->set_address("10.9.0.2");
  spec.mutable_web_server()->set_port(8080);
  spec.mutable_web_server()->add_names("www.<naver>.com");
  return spec;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(NginxConfiguration, AnswersThePageAndTheHealthCheck) {
  const std::string text = render_configuration(node().web_server(), 0);
  EXPECT_TRUE(holds(text, "    listen 10.9.0.2:8080;\n"));
  EXPECT_TRUE(holds(text, "    location = /healthz {\n"));
  EXPECT_FALSE(holds(text, ":443"));
}

TEST(NginxConfiguration, AForcedStatusIsForEveryRequest) {
  const std::string text = render_configuration(node().web_server(), 503);
  EXPECT_TRUE(holds(text, "    return 503;\n"));
  EXPECT_FALSE(holds(text, "healthz"));
}

TEST(NginxConfiguration, ACertificateBringsTls) {
  auto spec = node();
  spec.mutable_web_server()->set_certificate("CERT");
  EXPECT_TRUE(
      holds(render_configuration(spec.web_server(), 0), "    listen 10.9.0.2:443 ssl http2;\n"));
}

TEST(NginxConfiguration, ListensOnBothVersionsOfIp) {
  auto spec = node();
  spec.mutable_web_server()->set_certificate("CERT");
  spec.mutable_web_server()->set_address6("2001:db8:9::2");
  const std::string text = render_configuration(spec.web_server(), 0);
  EXPECT_TRUE(holds(text, "    listen 10.9.0.2:8080;\n    listen [2001:db8:9::2]:8080;\n"));
  EXPECT_TRUE(holds(text, "    listen [2001:db8:9::2]:443 ssl http2;\n"));
}

TEST(NginxPage, SaysWhoAnswered) {
  const std::string page = render_page(node());
  EXPECT_TRUE(holds(page, "<h1>www.&lt;naver&gt;.com</h1>"));
  EXPECT_TRUE(holds(page, "<code>web2</code>"));
  auto own = node();
  own.mutable_web_server()->set_body("hello");
  EXPECT_EQ(render_page(own), "hello");
}

TEST(NginxLog, FillsTheEvent) {
  const auto event = parse_log(
      "Nov 23 14:23:32 nginx: "
      "hoplab\ttime=1795443812.856\tclient=10.9.9.1\tport=46308\tmethod=GET\t"
      "host=www.naver.com\tpath=/a?b=c\tstatus=404\tbytes=680\tduration=0.012\t"
      "forwarded_for=10.9.9.4, 10.0.0.1");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time_ns(), 1795443812'856'000'000);
  EXPECT_EQ(event->http().client_address(), "10.9.9.1");
  EXPECT_EQ(event->http().client_port(), 46308U);
  EXPECT_EQ(event->http().path(), "/a");
  EXPECT_EQ(event->http().status(), 404U);
  EXPECT_EQ(event->http().bytes(), 680U);
  EXPECT_EQ(event->http().duration_us(), 12'000);
  EXPECT_EQ(event->http().forwarded_for(), "10.9.9.4, 10.0.0.1");
  EXPECT_FALSE(parse_log("nginx: something else"));
}

TEST(NginxProcesses, StatSurvivesAnyName) {
  const ProcessStat stat = parse_stat("17 (a) S (b) R 9 17 17 0");
  EXPECT_EQ(stat.state, 'R');
  EXPECT_EQ(stat.parent, 9);
  EXPECT_EQ(parse_stat("").parent, 0);
}

// Each time one of them is looked at, another is about to be gone: an open file of a dead process
// cannot be read.
TEST(NginxProcesses, LookingAtWhatJustEndsIsNoError) {
  for (int round = 0; round < 2000; ++round) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    std::thread reaper([child] { ::waitpid(child, nullptr, 0); });
    while (::kill(child, 0) == 0) (void)any_alive({child});
    reaper.join();
    EXPECT_FALSE(any_alive({child}));
  }
}

}  // namespace
}  // namespace hoplab::agent::web_server
