// What is told of questions and answers that a small lab would hardly ever bring about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/journey/engine.h"
#include "tests/unit/journey/bundle_builder.h"
#include "tests/unit/journey/check_journey.h"

namespace hoplab::journey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kDns;
using testing::kServer;
using ::testing::Not;
using testing::Octets;
using testing::SmallLab;
using testing::Transport;

constexpr uint16_t kResponse = 0x8000;
constexpr uint16_t kNotify = 4U << 11U;
constexpr uint16_t kSoa = 6;

Octets number(uint64_t value, size_t bytes) {
  Octets out;
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8U * i) & 0xffU);
  return out;
}

Octets wire_name(const std::string& name) {
  Octets out;
  for (size_t at = 0; at < name.size() && name != ".";) {
    const size_t dot = name.find('.', at);
    out += number(dot - at, 1) + name.substr(at, dot - at);
    at = dot + 1;
  }
  return out + number(0, 1);
}

Octets soa(uint32_t serial) {
  return wire_name("ns.") + wire_name("h.") + number(serial, 4) + number(60, 4) + number(60, 4) +
         number(60, 4) + number(60, 4);
}

// A message with its records by section; everything in it is about one name.
class Message {
 public:
  Message(std::string name, uint16_t type, uint16_t flags = 0)
      : name_(std::move(name)), type_(type), flags_(flags) {}
  Message& add(size_t section, uint16_t type, const Octets& data, uint32_t ttl = 60) {
    sections_[section] += wire_name(name_) + number(type, 2) + number(1, 2) + number(ttl, 4) +
                          number(data.size(), 2) + data;
    ++counts_[section];
    return *this;
  }
  [[nodiscard]] Octets bytes(uint16_t id) const {
    Octets out = number(id, 2) + number(flags_, 2) + number(1, 2);
    for (const uint16_t count : counts_) out += number(count, 2);
    out += wire_name(name_) + number(type_, 2) + number(1, 2);
    for (const Octets& section : sections_) out += section;
    return out;
  }

 private:
  std::string name_;
  uint16_t type_;
  uint16_t flags_;
  Octets sections_[3];
  uint16_t counts_[3] = {};
};

class Talk {
 public:
  void ask(const Message& m, const std::string& to = "dns", uint32_t address = kDns) {
    ++id_;
    again(m, to, address);
  }
  // The same message once more.
  void again(const Message& m, const std::string& to = "dns", uint32_t address = kDns) {
    lab_.outward(to, address, talk(40000 + id_, 53, m.bytes(id_)));
  }
  void answer(const Message& m, const std::string& from = "dns", uint32_t address = kDns) {
    lab_.inward(from, address, talk(53, 40000 + id_, m.bytes(id_)));
  }
  void wait(int64_t nanoseconds) { lab_.now += nanoseconds; }

  v1::Journey journey() {
    lab_.finish(0, 0);
    v1::Journey j = build(lab_.bundle);
    testing::check_journey(j);
    return j;
  }

 private:
  static Transport talk(uint16_t from, uint16_t to, const Octets& payload) {
    return {.source_port = from, .destination_port = to, .options = {}, .payload = payload};
  }
  SmallLab lab_;
  uint16_t id_ = 0;
};

std::vector<std::string> told(const v1::Journey& j, const std::string& key,
                              const std::string& argument) {
  std::vector<std::string> values;
  for (const auto& phase : j.phases()) {
    for (const auto& exchange : phase.exchanges()) {
      for (const auto& fact : exchange.facts()) {
        if (fact.key() == key) values.push_back(fact.args().at(argument));
      }
    }
  }
  return values;
}

TEST(NameAttempts, TheSameServerAgainThenTheNext) {
  Talk talk;
  const Message question("x.", 1);
  talk.ask(question);
  talk.wait(5'000'000'000);
  talk.again(question);
  talk.wait(5'000'000'000);
  talk.ask(question, "server", kServer);
  talk.answer(Message("x.", 1, kResponse).add(0, 1, number(kServer, 4)), "server", kServer);
  const v1::Journey j = talk.journey();
  ASSERT_THAT(told(j, "fact.dns_again", "delay"), ::testing::SizeIs(1));
  EXPECT_THAT(told(j, "fact.dns_again", "delay")[0], ::testing::StartsWith("5.0"));
  EXPECT_THAT(told(j, "fact.dns_next_server", "silent"), ElementsAre("dns"));
  EXPECT_THAT(told(j, "fact.dns_next_server", "server"), ElementsAre("server"));
}

TEST(NameAttempts, AnotherServerAfterAnError) {
  Talk talk;
  talk.ask(Message("x.", 1));
  talk.answer(Message("x.", 1, kResponse | 2U));
  talk.ask(Message("x.", 1), "server", kServer);
  talk.answer(Message("x.", 1, kResponse).add(0, 1, number(kServer, 4)), "server", kServer);
  const v1::Journey j = talk.journey();
  EXPECT_THAT(told(j, "fact.dns_next_after_error", "rcode"), ElementsAre("SERVFAIL"));
  EXPECT_THAT(told(j, "fact.dns_next_server", "silent"), IsEmpty());
}

TEST(NameAnswer, SectionsAreToldAndLongOnesCut) {
  Talk talk;
  talk.ask(Message("x.", 1));
  Message answer("x.", 1, kResponse | 0x0400U);
  answer.add(0, 1, number(kServer, 4));
  for (uint32_t i = 0; i < 8; ++i) answer.add(2, 1, number(kServer + i, 4));
  talk.answer(answer);
  const v1::Journey j = talk.journey();
  EXPECT_THAT(told(j, "fact.dns_question", "class"), ElementsAre("IN"));
  EXPECT_THAT(told(j, "fact.dns_additional", "data"), ::testing::SizeIs(6));
  EXPECT_THAT(told(j, "fact.dns_more_records", "count"), ElementsAre("2"));
}

TEST(NameAnswer, AbsenceIsRememberedForTheLesserOfTtlAndMinimum) {
  Talk talk;
  talk.ask(Message("x.", 28));
  talk.answer(Message("x.", 28, kResponse | 0x0400U).add(1, kSoa, soa(1), 3600));
  EXPECT_THAT(told(talk.journey(), "fact.dns_negative", "seconds"), ElementsAre("60"));
}

TEST(ZoneTransfer, NotifyIsNoQuestionForARecord) {
  Talk talk;
  talk.ask(Message("z.", kSoa, kNotify | 0x0400U).add(0, kSoa, soa(7)));
  talk.answer(Message("z.", kSoa, kResponse | kNotify | 0x0400U));
  const v1::Journey j = talk.journey();
  EXPECT_THAT(told(j, "fact.dns_notify", "serial"), ElementsAre("7"));
  EXPECT_THAT(told(j, "fact.dns_notify_heard", "server"), ElementsAre("dns"));
  EXPECT_THAT(told(j, "fact.dns_no_data", "name"), IsEmpty());
  std::vector<std::string> summaries;
  for (const auto& trip : j.trips()) summaries.push_back(trip.summary().key());
  EXPECT_THAT(summaries, Contains("trip.dns_notify"));
}

TEST(ZoneTransfer, ChangesAreWhatGoesAndWhatComes) {
  Talk talk;
  const auto ask = [&] { talk.ask(Message("z.", 251).add(1, kSoa, soa(1))); };
  ask();
  talk.answer(Message("z.", 251, kResponse | 0x0400U)
                  .add(0, kSoa, soa(3))
                  .add(0, kSoa, soa(1))
                  .add(0, 1, number(kDns, 4))
                  .add(0, kSoa, soa(3))
                  .add(0, 1, number(kServer, 4))
                  .add(0, kSoa, soa(3)));
  ask();
  talk.answer(Message("z.", 251, kResponse | 0x0400U).add(0, kSoa, soa(3)));
  const v1::Journey j = talk.journey();
  EXPECT_THAT(told(j, "fact.dns_ixfr_removes", "data"), ElementsAre("198.51.100.5"));
  EXPECT_THAT(told(j, "fact.dns_ixfr_adds", "data"), ElementsAre("203.0.113.10"));
  EXPECT_THAT(told(j, "fact.dns_ixfr", "from"), ElementsAre("1"));
  EXPECT_THAT(told(j, "fact.dns_ixfr", "serial"), ElementsAre("3"));
  EXPECT_THAT(told(j, "fact.dns_ixfr_none", "serial"), ElementsAre("3"));
}

TEST(Trust, AKeyNobodyVouchesForBreaksTheChain) {
  const Octets key = number(0x01010305, 4) + Octets(32, 'k');
  const auto chain = [&](uint16_t vouched) {
    Talk talk;
    talk.ask(Message("z.", 43));
    talk.answer(Message("z.", 43, kResponse | 0x0400U)
                    .add(0, 43, number(vouched, 2) + number(0x0502, 2) + Octets(32, 'd')));
    talk.ask(Message("z.", 48));
    talk.answer(Message("z.", 48, kResponse | 0x0400U).add(0, 48, key));
    return talk.journey();
  };
  const v1::Journey wrong = chain(1);
  ASSERT_THAT(told(wrong, "fact.dnssec_differs", "key"), ::testing::SizeIs(1));
  const std::string tag = told(wrong, "fact.dnssec_differs", "key")[0];
  EXPECT_THAT(told(wrong, "fact.dnssec_fits", "key"), IsEmpty());
  const v1::Journey right = chain(static_cast<uint16_t>(std::stoi(tag)));
  EXPECT_THAT(told(right, "fact.dnssec_fits", "key"), Not(IsEmpty()));
  EXPECT_THAT(told(right, "fact.dnssec_differs", "key"), IsEmpty());
}

}  // namespace
}  // namespace hoplab::journey
