// What a journey says, and where: for tests of single sentences.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "proto/journey.pb.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey::testing {

using Arguments = std::map<std::string, std::string>;

MATCHER_P2(IsSentence, key, arguments, "") {
  return arg.key() == key && Arguments(arg.args().begin(), arg.args().end()) == arguments;
}
// A fact of that key with these arguments, all of them.
inline auto says(const std::string& key, const Arguments& arguments = {}) {
  return IsSentence(key, arguments);
}
MATCHER_P(HasKey, key, "") { return arg.key() == key; }

// At the hops of a node, in the trips of that origin ("": of which none was seen).
inline std::vector<v1::Fact> told_at(const v1::Journey& j, const std::string& node,
                                     const std::string& origin = "client") {
  std::vector<v1::Fact> told;
  for (const auto& trip : j.trips()) {
    if (trip.origin() != origin) continue;
    for (const auto& hop : trip.hops()) {
      if (hop.node() != node) continue;
      for (const auto& e : hop.decisions()) {
        for (const auto* f : {&e.check(), &e.result(), &e.consequence()}) {
          if (!f->key().empty()) told.push_back(*f);
        }
      }
    }
  }
  return told;
}

// The first exchange of that kind; an empty one when there is none.
inline v1::Exchange exchange_of(const v1::Journey& j, const std::string& kind) {
  for (const auto& phase : j.phases()) {
    for (const auto& e : phase.exchanges()) {
      if (e.kind() == kind) return e;
    }
  }
  return {};
}

inline v1::Phase phase_of(const v1::Journey& j, v1::Phase::Kind kind) {
  for (const auto& phase : j.phases()) {
    if (phase.kind() == kind) return phase;
  }
  return {};
}

// The culprit of that cause; an empty one when there is none.
inline v1::Culprit culprit_of(const v1::Journey& j, const std::string& cause) {
  for (const auto& culprit : j.verdict().culprits()) {
    if (culprit.cause().key() == cause) return culprit;
  }
  return {};
}

inline std::vector<v1::Fact> proofs(const v1::Culprit& culprit) {
  std::vector<v1::Fact> all;
  for (const auto& e : culprit.evidence()) all.push_back(e.fact());
  return all;
}

// Sent by the client, and seen up to the router's arrival; nothing of it beyond.
inline void outward_as_far_as_router(SmallLab& lab, uint32_t destination, const Transport& t) {
  lab.outward("server", destination, t);
  lab.capture("r").mutable_frames()->RemoveLast();
  lab.capture("server").mutable_frames()->RemoveLast();
}

// An ICMP error of type 3 about a packet (RFC 792).
inline Transport unreachable(uint8_t code, const Octets& packet) {
  Octets message =
      Octets("\x03", 1) + static_cast<char>(code) + Octets(6, '\0') + packet.substr(0, 28);
  unsigned sum = 0;
  for (size_t i = 0; i < message.size(); ++i) {
    sum += static_cast<unsigned>(static_cast<uint8_t>(message[i])) << (i % 2 == 0 ? 8U : 0U);
  }
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  message[2] = static_cast<char>(~sum >> 8U & 255U);
  message[3] = static_cast<char>(~sum & 255U);
  return {.protocol = 1, .options = {}, .payload = message};
}
// Over one wire.
inline void pass(SmallLab& lab, const std::string& from, const std::string& fi,
                 const std::string& to, const std::string& ti, const Octets& packet) {
  const Octets frame = ethernet(SmallLab::mac(to, ti), SmallLab::mac(from, fi), 0x0800, packet);
  lab.record(from, fi, true, frame);
  lab.record(to, ti, false, frame);
}

// So that whoever was asked could have answered.
inline void give_time(SmallLab& lab) { lab.now += 2'000'000'000; }

inline Transport udp_hello() {
  return {.source_port = 1111, .destination_port = 9, .options = {}, .payload = "hello"};
}
inline Transport first_syn() { return {6, 50000, 80, 1000, 0, 2, {}, {}}; }

}  // namespace hoplab::journey::testing
