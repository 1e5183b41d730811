// The kernel's reasons for throwing packets away, each in its own sentence at the hop where it was
// given; and what stands for them where none was heard.
#include "tests/unit/journey/check_journey.h"
#include "tests/unit/journey/said.h"

namespace hoplab::journey::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;

struct Reason {
  const char* reason;  // of enum skb_drop_reason
  const char* node;    // "server": it was bound for it; "r": it was to pass it on
  const char* key;
  Arguments more = {};  // besides the reason
};
void PrintTo(const Reason& r, std::ostream* out) { *out << r.reason << " at " << r.node; }

// What the kernel of the node told of the last frame that it took in.
void tell_drop(SmallLab& lab, const std::string& node, const std::string& reason) {
  const auto& capture = lab.capture(node);
  const std::string head = capture.frames(capture.frames_size() - 1).data().substr(14, 160);
  auto& event = *lab.capture(node).add_events();
  event.set_daemon("kernel");
  event.set_time_ns(lab.now);
  event.set_received(true);
  auto& drop = *event.mutable_drop();
  drop.set_interface("eth1");
  drop.set_reason(reason);
  drop.set_location("somewhere");
  drop.set_ether_type(0x0800);
  drop.set_packet(head);
}

class KernelReason : public ::testing::TestWithParam<Reason> {};

TEST_P(KernelReason, IsToldWhereThePacketEnded) {
  const Reason& reason = GetParam();
  const std::string node = reason.node;
  SmallLab lab;
  const bool tcp = std::string_view(reason.reason).starts_with("TCP_");
  const Transport sent = tcp ? first_syn() : udp_hello();
  if (node == "r") {
    outward_as_far_as_router(lab, kServer, sent);
  } else {
    lab.outward("server", kServer, sent);
  }
  tell_drop(lab, node, reason.reason);
  lab.bundle.mutable_drops()->set_watched(true);
  give_time(lab);
  const v1::Journey j = whole(lab, 28, 0);
  Arguments arguments = reason.more;
  arguments["reason"] = reason.reason;
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::LOST);
  EXPECT_THAT(told_at(j, node), AllOf(Contains(says(reason.key, arguments)),
                                      Not(Contains(HasKey(std::string("drop.none_told"))))));
  for (const char* other : {"client", "sw", "gw"}) {
    EXPECT_THAT(told_at(j, other), Not(Contains(HasKey(std::string(reason.key)))));
  }
}

const Arguments kSource = {{"source", "100.64.1.2"}};
const Arguments kField = {{"field", "TTL"}};
const Arguments kDestination = {{"destination", "203.0.113.10"}};

INSTANTIATE_TEST_SUITE_P(
    OfEnumSkbDropReason, KernelReason,
    ::testing::Values(
        Reason{"NETFILTER_DROP", "r", "drop.firewall"},
        Reason{"IP_RPFILTER", "r", "drop.reverse_path", kSource},
        Reason{"NEIGH_FAILED", "r", "drop.neighbor"}, Reason{"NEIGH_DEAD", "r", "drop.neighbor"},
        Reason{"NEIGH_CREATEFAIL", "r", "drop.neighbor"},
        Reason{"NEIGH_QUEUEFULL", "r", "drop.neighbor_queue"},
        Reason{"IP_INNOROUTES", "r", "drop.no_route", kDestination},
        Reason{"IP_OUTNOROUTES", "r", "drop.no_route", kDestination},
        Reason{"IP_INADDRERRORS", "r", "drop.not_mine", kDestination},
        Reason{"IP_LOCAL_SOURCE", "server", "drop.bad_source", kSource},
        Reason{"IP_INVALID_SOURCE", "r", "drop.bad_source", kSource},
        Reason{"IP_LOCALNET", "r", "drop.bad_source", kSource},
        Reason{"IP_INVALID_DEST", "r", "drop.bad_destination", kDestination},
        Reason{"TCP_CSUM", "server", "drop.checksum"},
        Reason{"UDP_CSUM", "server", "drop.checksum"}, Reason{"IP_CSUM", "r", "drop.checksum"},
        Reason{"SKB_CSUM", "server", "drop.checksum"},
        Reason{"IP_INHDR", "r", "drop.header", kField},
        Reason{"PKT_TOO_SMALL", "r", "drop.header", kField},
        Reason{"HDR_TRUNC", "r", "drop.header", kField}, Reason{"PKT_TOO_BIG", "r", "drop.too_big"},
        Reason{"SOCKET_RCVBUFF", "server", "drop.socket_full"},
        Reason{"SOCKET_BACKLOG", "server", "drop.socket_full"},
        Reason{"PROTO_MEM", "server", "drop.socket_full"},
        Reason{"TCP_LISTEN_OVERFLOW", "server", "drop.listen_full"},
        Reason{"SOCKET_FILTER", "server", "drop.filter"},
        Reason{"SECURITY_HOOK", "server", "drop.filter"}, Reason{"XFRM_POLICY", "r", "drop.filter"},
        Reason{"TC_INGRESS", "r", "drop.filter"}, Reason{"TC_EGRESS", "r", "drop.filter"},
        Reason{"BPF_CGROUP_EGRESS", "r", "drop.filter"}, Reason{"XDP", "r", "drop.filter"},
        Reason{"QDISC_DROP", "r", "drop.queue"}, Reason{"QDISC_OVERLIMIT", "r", "drop.queue"},
        Reason{"QDISC_CONGESTED", "r", "drop.queue"}, Reason{"CPU_BACKLOG", "server", "drop.queue"},
        Reason{"FULL_RING", "server", "drop.queue"},
        Reason{"DEV_READY", "r", "drop.device_down", {{"interface", "eth1"}}},
        Reason{"FRAG_REASM_TIMEOUT", "server", "drop.fragments"},
        Reason{"FRAG_TOO_FAR", "server", "drop.fragments"},
        Reason{"NOMEM", "server", "drop.memory"}),
    [](const auto& test) { return test.param.reason; });

// A protocol nobody speaks is refused, as a closed port is: the packet did arrive.
TEST(DropSaid, AnUnknownProtocolIsRefusedAndNotLost) {
  SmallLab lab;
  lab.outward("server", kServer, udp_hello());
  tell_drop(lab, "server", "IP_NOPROTO");
  const v1::Journey j = whole(lab);
  ASSERT_EQ(j.trips_size(), 1);
  EXPECT_EQ(j.trips(0).outcome(), v1::Trip::DELIVERED);
  EXPECT_THAT(told_at(j, "server"), Contains(says("drop.no_protocol", {{"reason", "IP_NOPROTO"}})));
}

// A reason without words of its own, and none: the function that dropped it is all there is.
TEST(DropSaid, WithoutWordsForItTheReasonStandsWithItsPlace) {
  const std::pair<const char*, ::testing::Matcher<v1::Fact>> reasons[] = {
      {"SOMETHING_NEW",
       says("drop.other", {{"reason", "SOMETHING_NEW"}, {"location", "somewhere"}})},
      {"NOT_SPECIFIED", says("drop.unspecified", {{"location", "somewhere"}})}};
  for (const auto& [reason, sentence] : reasons) {
    SmallLab lab;
    outward_as_far_as_router(lab, kServer, udp_hello());
    tell_drop(lab, "r", reason);
    EXPECT_THAT(told_at(whole(lab, 28, 0), "r"), Contains(sentence));
  }
}

TEST(DropSaid, ReasonsThatWereMissedAreCounted) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, udp_hello());
  lab.bundle.mutable_drops()->set_watched(true);
  lab.bundle.mutable_drops()->set_lost(4);
  const auto told = told_at(whole(lab, 28, 0), "r");
  EXPECT_THAT(told, Contains(says("drop.some_lost", {{"count", "4"}})));
  EXPECT_THAT(told, Not(Contains(HasKey(std::string("drop.none_told")))));
}

// ── the firewall's rules, where the kernel gave no reason

v1::NftRule& add_rule(v1::NodeState& state, uint64_t handle, const std::string& what,
                      const std::string& value) {
  auto& rule = *state.add_rules();
  rule.set_family("ip");
  rule.set_table("t");
  rule.set_chain("forward");
  rule.set_hook("forward");
  rule.set_handle(handle);
  rule.set_text(what + " " + value + " drop");
  rule.set_verdict("drop");
  rule.set_matches_complete(true);
  auto& match = *rule.add_matches();
  match.set_what(what);
  match.add_values(value);
  return rule;
}
void count(v1::NftRule& rule, uint64_t packets) {
  rule.set_counted(true);
  rule.set_packets(packets);
}

TEST(RuleSaid, OneThatCountedAndCannotBeJudgedIsNamedTheOthersAreCounted) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, udp_hello());
  auto& r = lab.capture("r");
  count(add_rule(*r.mutable_before(), 7, "ct state", "invalid"), 5);
  count(add_rule(*r.mutable_after(), 7, "ct state", "invalid"), 8);
  add_rule(*r.mutable_after(), 8, "ct mark", "1");
  add_rule(*r.mutable_after(), 9, "ct mark", "2");
  add_rule(*r.mutable_after(), 10, "udp dport", "53");  // no rule for this packet
  const auto told = told_at(whole(lab, 28, 0), "r");
  EXPECT_THAT(told, Contains(says("rule.counted", {{"rule", "ct state invalid drop"},
                                                   {"chain", "ip t forward"},
                                                   {"handle", "7"},
                                                   {"count", "3"}})));
  EXPECT_THAT(told, Contains(says("rule.unsure", {{"count", "2"}})));
}

// The kernel says that a rule did it: which one is said, or that the only one there may have.
TEST(RuleSaid, TheRuleBehindTheKernelsReason) {
  for (const auto& [what, value, key] :
       {std::tuple{"udp dport", "9", "rule.matches"}, {"ct state", "new", "rule.present"}}) {
    SmallLab lab;
    outward_as_far_as_router(lab, kServer, udp_hello());
    tell_drop(lab, "r", "NETFILTER_DROP");
    add_rule(*lab.capture("r").mutable_after(), 7, what, value);
    EXPECT_THAT(told_at(whole(lab, 28, 0), "r"),
                Contains(says(key, {{"rule", std::string(what) + " " + value + " drop"},
                                    {"chain", "ip t forward"},
                                    {"handle", "7"}})));
  }
}

TEST(RuleSaid, RulesThatCouldNotBeReadAreNotPassedOverInSilence) {
  SmallLab lab;
  outward_as_far_as_router(lab, kServer, udp_hello());
  lab.capture("r").mutable_after()->set_rules_unknown("nft: not permitted");
  const auto told = told_at(whole(lab, 28, 0), "r");
  EXPECT_THAT(told, Contains(says("rule.unknown", {{"why", "nft: not permitted"}})));
}

}  // namespace
}  // namespace hoplab::journey::testing
