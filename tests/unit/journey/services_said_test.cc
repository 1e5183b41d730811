// What the verdict says of servers that answer wrong, break off or are held to be down.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kGet = "GET / HTTP/1.1\r\nHost: www.naver.com\r\n\r\n";

// One connection to the server, by what is said in it.
class Talk {
 public:
  Talk(SmallLab& lab, uint16_t port) : lab_(lab), port_(port) {}
  void open() {
    say(2, {});
    hear(18, {});
    say(16, {});
  }
  void say(uint8_t flags, const Octets& what) {
    lab_.outward("server", kServer, {6, 50000, port_, sent_, heard_, flags, {}, what});
    sent_ += static_cast<uint32_t>(what.size()) + ((flags & 2) != 0 ? 1U : 0U);
  }
  void hear(uint8_t flags, const Octets& what) {
    lab_.inward("server", kServer, {6, port_, 50000, heard_, sent_, flags, {}, what});
    heard_ += static_cast<uint32_t>(what.size()) + ((flags & 2) != 0 ? 1U : 0U);
  }

 private:
  SmallLab& lab_;
  uint16_t port_;
  uint32_t sent_ = 1000;
  uint32_t heard_ = 9000;
};

TEST(ServiceSaid, TheSameStatusTwiceIsSaidOnceWithItsCount) {
  SmallLab lab;
  Talk talk(lab, 80);
  talk.open();
  for (int i = 0; i < 2; ++i) {
    talk.say(24, kGet);
    talk.hear(24, "HTTP/1.1 500 Said\r\nContent-Length: 5\r\n\r\nhello");
  }
  const v1::Journey j = whole(lab, 22, 500);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "server");
  EXPECT_THAT(culprit.cause(), says("cause.web_status", {{"node", "server"}, {"status", "500"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.http_status_times",
                                             {{"status", "500"}, {"path", "/"}, {"count", "2"}})));
}

v1::BackendState& hold_down(SmallLab& lab, const std::string& check) {
  auto& backend = *lab.capture("server").mutable_after()->add_backends();
  backend.set_node("web");
  backend.set_status("DOWN");
  backend.set_check(check);
  return backend;
}

TEST(ServiceSaid, ABalancerWithoutABackEndAndTheOneItHoldsToBeDown) {
  SmallLab lab;
  lab.add_backend();
  hold_down(lab, "L4CON");
  lab.health_check();
  lab.fetch(503);
  const v1::Journey j = whole(lab, 22, 503);
  const v1::Culprit balancer = culprit_of(j, "cause.no_backend");
  EXPECT_EQ(balancer.node(), "server") << j.verdict().DebugString();
  EXPECT_THAT(balancer.cause(), says("cause.no_backend", {{"node", "server"}}));
  EXPECT_THAT(proofs(balancer),
              Contains(says("evidence.http_status", {{"status", "503"}, {"path", "/"}})));
  const v1::Culprit web = culprit_of(j, "cause.backend_down");
  EXPECT_EQ(web.node(), "web");
  EXPECT_TRUE(web.on_path());
  EXPECT_THAT(web.cause(), says("cause.backend_down", {{"node", "web"}, {"check", "L4CON"}}));
  EXPECT_THAT(proofs(web),
              Contains(says("evidence.backend", {{"balancer", "server"}, {"check", "L4CON"}})));
}

// None of its checks was seen to come to the back end, whose fault that need not be.
TEST(ServiceSaid, ABackEndThatNoCheckReachedIsNotAtFault) {
  SmallLab lab;
  lab.add_backend();
  hold_down(lab, "L4TOUT");
  lab.fetch(503);
  const v1::Journey j = whole(lab, 22, 503);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& balancer = j.verdict().culprits(0);
  EXPECT_EQ(balancer.cause().key(), "cause.no_backend");
  ASSERT_EQ(balancer.consequences_size(), 1);
  EXPECT_EQ(balancer.consequences(0).node(), "web");
}

// Not down: it answers its check, and answers wrong.
TEST(ServiceSaid, ABackEndThatAnswersItsCheckWithAnErrorIsToldByItsStatus) {
  SmallLab lab;
  lab.add_backend();
  hold_down(lab, "L7STS/503");
  lab.fetch(503);
  const v1::Journey j = whole(lab, 22, 503);
  EXPECT_THAT(culprit_of(j, "cause.backend_down").node(), IsEmpty());
  const v1::Culprit web = culprit_of(j, "cause.web_status");
  EXPECT_EQ(web.node(), "web");
  EXPECT_THAT(web.cause(), says("cause.web_status", {{"node", "web"}, {"status", "503"}}));
}

TEST(ServiceSaid, TheBalancersChoiceWithThoseThatWereDownAndTheRetries) {
  SmallLab lab;
  lab.add_backend();
  auto& down = *lab.capture("server").mutable_before()->add_backends();
  down.set_node("web2");
  down.set_status("DOWN");
  down.set_check("L4TOUT");
  lab.fetch_through_balancer(200, true);
  auto& events = *lab.capture("server").mutable_events();
  events[events.size() - 1].mutable_proxy()->set_retries(2);
  const v1::Journey j = whole(lab);
  const auto told = told_at(j, "server");
  EXPECT_THAT(told, Contains(says("lb.down", {{"servers", "web2 (L4TOUT)"}})));
  EXPECT_THAT(told, Contains(says("lb.retry", {{"count", "2"}})));
}

TEST(ServiceSaid, APortNobodyListensOn) {
  SmallLab lab;
  Talk talk(lab, 8080);
  lab.url = "http://www.naver.com:8080/";
  talk.say(2, {});
  talk.hear(20, {});
  const v1::Journey j = whole(lab, 7, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.layer(), "transport");
  EXPECT_THAT(culprit.cause(), says("cause.refused", {{"node", "server"}, {"port", "8080"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.refused", {{"port", "8080"}})));
}

// TLS 1.2 with one cipher, which the server does not like (RFC 8446, section 6.2).
Octets client_hello() {
  const Octets body = Octets("\x03\x03", 2) + Octets(32, 'r') + Octets("\x00\x00\x02\x00\x05", 5) +
                      Octets("\x01\x00", 2);
  const auto size = static_cast<char>(body.size());
  return Octets("\x16\x03\x01\x00", 4) + static_cast<char>(body.size() + 4) +
         Octets("\x01\x00\x00", 3) + size + body;
}

TEST(ServiceSaid, AnAlertOfTheServerIsItsRefusal) {
  SmallLab lab;
  lab.url = "https://www.naver.com/";
  Talk talk(lab, 443);
  talk.open();
  talk.say(24, client_hello());
  talk.hear(24, Octets("\x15\x03\x03\x00\x02\x02\x28", 7));
  talk.say(20, {});
  lab.bundle.mutable_result()->set_error("sslv3 alert handshake failure");
  const v1::Journey j = whole(lab, 35, 0);
  const v1::Exchange handshake = exchange_of(j, "tls handshake");
  EXPECT_EQ(handshake.status(), v1::Exchange::FAILED);
  const Arguments alert = {{"by", "server"}, {"alert", "handshake failure"}};
  EXPECT_THAT(handshake.facts(), Contains(says("fact.tls_alert", alert)));
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "server");
  EXPECT_EQ(culprit.layer(), "security");
  EXPECT_THAT(culprit.cause(),
              says("cause.tls", {{"node", "server"}, {"reason", "handshake failure"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.tls_alert", alert)));
}

TEST(ServiceSaid, AConnectionResetInsteadOfAnAnswer) {
  SmallLab lab;
  Talk talk(lab, 80);
  talk.open();
  talk.say(24, kGet);
  talk.hear(20, {});
  const v1::Journey j = whole(lab, 56, 0);
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "server");
  EXPECT_EQ(culprit.layer(), "transport");
  EXPECT_THAT(culprit.cause(), says("cause.reset", {{"node", "server"}}));
  EXPECT_THAT(proofs(culprit), Contains(says("evidence.reset")));
}

TEST(ServiceSaid, AConnectionResetInsteadOfKeys) {
  SmallLab lab;
  lab.url = "https://www.naver.com/";
  Talk talk(lab, 443);
  talk.open();
  talk.say(24, client_hello());
  talk.hear(20, {});
  const v1::Journey j = whole(lab, 35, 0);
  EXPECT_THAT(j.verdict().summary(), says("verdict.failed_security", {{"server", "server"}}));
  ASSERT_EQ(j.verdict().culprits_size(), 1) << j.verdict().DebugString();
  EXPECT_THAT(j.verdict().culprits(0).cause(), says("cause.reset", {{"node", "server"}}));
}

// The request arrived; what came back in the server's name was made by the router.
TEST(ServiceSaid, AResetInTheServersNameIsTheDoingOfWhoSentIt) {
  SmallLab lab;
  Talk talk(lab, 80);
  talk.open();
  talk.say(24, kGet);
  const auto g = static_cast<uint32_t>(kGet.size());
  Transport reset{6, 80, 51000, 9001, 1001 + g, 20, {}, {}};
  const Octets outside = ethernet(SmallLab::mac("gw", "wan"), SmallLab::mac("r", "eth0"), 0x0800,
                                  ipv4(kServer, kGatewayWan, 64, 0, reset));
  lab.record("r", "eth0", true, outside);
  lab.record("gw", "wan", false, outside);
  reset.destination_port = 50000;
  lab.lan_unicast("gw", "client",
                  ethernet(SmallLab::mac("client", "eth0"), SmallLab::mac("gw", "lan"), 0x0800,
                           ipv4(kServer, kClient, 63, 0, reset)));
  const v1::Journey j = whole(lab, 56, 0);
  ASSERT_FALSE(j.verdict().culprits().empty());
  const v1::Culprit& culprit = j.verdict().culprits(0);
  EXPECT_EQ(culprit.node(), "r") << j.verdict().DebugString();
  EXPECT_THAT(culprit.cause(), says("cause.reset_for", {{"node", "r"}, {"server", "server"}}));
}

// The client had said that it was done: what the server says then is no refusal of its request.
TEST(ServiceSaid, AResetAfterTheClientClosedIsNotWhyThereWasNoAnswer) {
  SmallLab lab;
  Talk talk(lab, 80);
  talk.open();
  talk.say(24, kGet);
  talk.hear(16, {});
  give_time(lab);
  talk.say(17, {});
  talk.hear(20, {});
  const v1::Journey j = whole(lab, 28, 0);
  ASSERT_FALSE(j.verdict().culprits().empty());
  EXPECT_THAT(j.verdict().culprits(0).cause(), says("cause.no_answer", {{"node", "server"}}));
  EXPECT_THAT(culprit_of(j, "cause.reset").node(), IsEmpty());
}

}  // namespace
}  // namespace hoplab::journey::testing
