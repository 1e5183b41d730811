// Several requests over one connection are several exchanges, each with its own answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/journey/engine.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey {
namespace {

using ::testing::ElementsAre;
using testing::kServer;
using testing::Octets;
using testing::SmallLab;

class KeepAlive : public ::testing::Test {
 protected:
  void SetUp() override { lab.url = "a command"; }
  void open() {
    say(2, {});
    hear(18, {});
    say(16, {});
  }
  void ask(const Octets& what) { say(24, what); }
  void answer(const Octets& what) { hear(24, what); }
  v1::Journey journey() {
    lab.finish(0, 0);
    return build(lab.bundle);
  }

  SmallLab lab;
  uint16_t port = 80;

 private:
  void say(uint8_t flags, const Octets& what) {
    lab.outward("server", kServer, {6, 50000, port, sent_, heard_, flags, {}, what});
    sent_ += static_cast<uint32_t>(what.size()) + ((flags & 2) != 0 ? 1U : 0U);
  }
  void hear(uint8_t flags, const Octets& what) {
    lab.inward("server", kServer, {6, port, 50000, heard_, sent_, flags, {}, what});
    heard_ += static_cast<uint32_t>(what.size()) + ((flags & 2) != 0 ? 1U : 0U);
  }
  uint32_t sent_ = 1000;
  uint32_t heard_ = 9000;
};

Octets get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: www.naver.com\r\n\r\n";
}
Octets said(int status) { return "HTTP/1.1 " + std::to_string(status) + " Said\r\n\r\nhello"; }

// "method path status" of each http exchange.
std::vector<std::string> requests(const v1::Journey& j, const std::string& client) {
  std::vector<std::string> all;
  for (const auto& phase : j.phases()) {
    for (const auto& e : phase.exchanges()) {
      if (e.kind() != "http" || e.client() != client) continue;
      std::string text;
      for (const auto& f : e.facts()) {
        if (f.key() == "fact.http_request") text += f.args().at("path");
        if (f.key() == "fact.http_status") text += " " + f.args().at("status");
      }
      all.push_back(text);
    }
  }
  return all;
}

TEST_F(KeepAlive, EachRequestInTheClearHasItsAnswer) {
  open();
  ask(get("/"));
  answer(said(200));
  ask(get("/missing"));
  answer(said(404));
  EXPECT_THAT(requests(journey(), "client"), ElementsAre("/ 200", "/missing 404"));
}

// A request whose head comes in two segments is one; so is a head that is sent again.
TEST_F(KeepAlive, ARequestInTwoSegmentsIsOne) {
  open();
  ask(get("/"));
  ask("more of it");
  answer(said(200));
  EXPECT_THAT(requests(journey(), "client"), ElementsAre("/ 200"));
}

Octets record(uint8_t type, size_t size) {
  Octets r = {static_cast<char>(type), 3, 3, static_cast<char>(size >> 8U),
              static_cast<char>(size & 255U)};
  return r + Octets(size, 'x');
}
// The beginning of a session as the engine recognises it: a ClientHello, ChangeCipherSpec, and an
// encrypted Finished.
Octets client_hello() {
  Octets body = {1, 0, 0, 38, 3, 3};
  body += Octets(32, 'r') + Octets(1, '\0') + Octets("\0\2\x13\x01", 4) + Octets("\1\0", 2);
  body[3] = static_cast<char>(body.size() - 4);
  Octets r = {22, 3, 1, 0, static_cast<char>(body.size())};
  return r + body;
}

class SealedKeepAlive : public KeepAlive {
 protected:
  void SetUp() override {
    KeepAlive::SetUp();
    port = 443;
    lab.add_backend();
    open();
    ask(client_hello());
    answer(record(22, 90));
    ask(record(20, 1) + record(23, 53));
    answer(record(23, 200));  // a ticket, before anything was asked
    ask(record(23, 70));
    answer(record(23, 300));
    ask(record(23, 70));
    answer(record(23, 300));
  }
  void log(const std::string& path, int status) {
    lab.now += 1000;
    auto& e = *lab.capture("server").add_events();
    e.set_time_ns(lab.now);
    auto& p = *e.mutable_proxy();
    p.set_client_address("100.64.1.2");
    p.set_client_port(51000);
    p.set_method("GET");
    p.set_path(path);
    p.set_status(static_cast<uint32_t>(status));
  }
};

TEST_F(SealedKeepAlive, TheLogTellsWhichIsWhich) {
  log("/", 200);
  log("/missing", 404);
  EXPECT_THAT(requests(journey(), "client"), ElementsAre("/ 200", "/missing 404"));
}

// The wire shows two turns, the log one line: nobody is told what cannot be known.
TEST_F(SealedKeepAlive, WhatTheLogDoesNotTellIsNotTakenApart) {
  log("/", 200);
  EXPECT_THAT(requests(journey(), "client"), ElementsAre("/ 200"));
}

// HTTP/2 sends frames of its own between requests, which look like turns.
TEST_F(SealedKeepAlive, WhereTurnsAreNoRequestsAllAreToldInOneExchange) {
  log("/", 200);
  log("/missing", 404);
  log("/more", 200);
  EXPECT_THAT(requests(journey(), "client"), ElementsAre("/ 200/missing 404/more 200"));
}

}  // namespace
}  // namespace hoplab::journey
