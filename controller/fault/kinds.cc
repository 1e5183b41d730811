#include "controller/fault/kinds.h"

#include <algorithm>
#include <array>

namespace hoplab::fault {
namespace {

constexpr std::array kLossParameters = {
    Parameter{"percent", ValueType::kPercent, "20", 0, 100, false, "more than 0, at most 100",
              "share of frames that leave the interface and never arrive"},
    Parameter{"seed", ValueType::kInteger, "0", 0, 9007199254740992.0, true, "0 or more",
              "start of the random sequence, to repeat a run exactly; 0: chosen, told in the list"},
};
constexpr std::array kDelayParameters = {
    Parameter{"delay", ValueType::kDuration, "100ms", 1, 10e6, true, "1us to 10s",
              "how long each frame that leaves the interface is held"},
    Parameter{"jitter", ValueType::kDuration, "0", 0, 10e6, true, "0 to the delay",
              "each frame is held up to this much shorter or longer"},
};
constexpr std::array kDaemonParameters = {
    Parameter{"daemon", ValueType::kText, "", 0, 0, true, "a daemon of the node's role",
              "which one to kill; left out: the node's main daemon"},
};
constexpr std::array kServfailParameters = {
    Parameter{"zone", ValueType::kText, "", 0, 0, true, "a zone the dns_server serves",
              "which zone fails; left out: every question"},
};
constexpr std::array kBgpParameters = {
    Parameter{"neighbor", ValueType::kText, "", 0, 0, true, "a BGP neighbour of the node",
              "node or address of the other end; not needed with A--B or with one neighbour"},
};
constexpr std::array kWebParameters = {
    Parameter{"status", ValueType::kInteger, "503", 400, 599, true, "400 to 599",
              "the HTTP status every request gets"},
};

constexpr std::string_view kAgent = "the agent of the target node; its lease needs no controller";
constexpr std::string_view kLinkAgent =
    "the agent of the node named first; its lease needs no controller";
constexpr std::string_view kLinkTargets =
    "a link: A--B, NODE:IFACE, or NODE where it has one interface";

constexpr std::array kKinds = {
    Kind{
        "link-down",
        v1::Fault::kLinkDown,
        "physical",
        TargetForm::kLink,
        kLinkTargets,
        "Takes one end of the link down, as if the cable were pulled; the other end loses carrier.",
        "Frames stop at this link. Where routing knows another way, the journey takes it; where it "
        "does not, a hop is lost and the verdict names the link.",
        kLinkAgent,
        "hoplab fault add link-down transit1--naver-border --for 5m",
        {}},
    Kind{"link-loss", v1::Fault::kLinkLoss, "link", TargetForm::kLink, kLinkTargets,
         "Throws away a random share of the frames that leave the interface of the node named "
         "first.",
         "Trips that end on this link, retransmissions that repair them, and the time they cost; "
         "the verdict is DEGRADED, or FAILED when repair gave up.",
         kLinkAgent, "hoplab fault add link-loss home-gw--isp-edge percent=30", kLossParameters},
    Kind{"link-delay", v1::Fault::kLinkDelay, "link", TargetForm::kLink, kLinkTargets,
         "Holds every frame that leaves the interface of the node named first.",
         "The time between leaving this node and entering the next grows by the delay, in every "
         "phase that crosses the link.",
         kLinkAgent, "hoplab fault add link-delay isp-core:eth1 delay=50ms jitter=5ms",
         kDelayParameters},
    Kind{"node-stop",
         v1::Fault::kNodeStopped,
         "node",
         TargetForm::kNode,
         "any node",
         "Stops the node's container; its links vanish. Undone, it starts again with its links "
         "rewired and its daemons converging anew.",
         "Neighbours see the link go down. Traffic goes round the node where it can, and ends at "
         "its neighbour where it cannot; the node itself is silent.",
         "the controller; one that starts later takes over what is written in the lab's folder",
         "hoplab fault add node-stop isp-core --for 2m",
         {}},
    Kind{"daemon-kill", v1::Fault::kDaemonKilled, "application", TargetForm::kNode,
         "a node with a daemon: every role but switch and client",
         "Kills the daemon and keeps it down. The kernel below lives on: it forwards by what it "
         "has, and answers for closed ports.",
         "Questions to this daemon are answered by ICMP port unreachable or TCP reset, or by "
         "nobody; a killed routing daemon lets its routes time out at the neighbours.",
         kAgent, "hoplab fault add daemon-kill web1", kDaemonParameters},
    Kind{"dns-servfail", v1::Fault::kDnsServfail, "name", TargetForm::kNode,
         "a dns_server, resolver or gateway",
         "Answers questions with SERVFAIL: the server is there and says that it cannot help.",
         "The name phase meets SERVFAIL at this node; with another server for the zone the "
         "resolver asks that one, without one the request fails here.",
         kAgent, "hoplab fault add dns-servfail ns-naver zone=naver.com", kServfailParameters},
    Kind{"bgp-down", v1::Fault::kBgpSessionDown, "network", TargetForm::kSession,
         "a BGP session: A--B, or a router with neighbor=NODE",
         "Shuts one BGP session down administratively; the link under it stays up.",
         "Routes learnt over the session are gone: the journey takes another AS path, or ends "
         "where no route to the destination is left.",
         kLinkAgent, "hoplab fault add bgp-down isp-asbr--transit1", kBgpParameters},
    Kind{"web-status", v1::Fault::kWebStatus, "application", TargetForm::kNode, "a web_server",
         "The web server answers every request with an error status.",
         "Until the load balancer's check notices, a client may get the error; then the page comes "
         "from another server. With none left, every client gets it.",
         kAgent, "hoplab fault add web-status web1 status=503", kWebParameters},
};

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

const Kind* find_kind(std::string_view word) {
  const auto* found = std::ranges::find(kKinds, word, &Kind::word);
  return found == kKinds.end() ? nullptr : found;
}

const Kind* find_kind(v1::Fault::KindCase kind) {
  const auto* found = std::ranges::find(kKinds, kind, &Kind::kind);
  return found == kKinds.end() ? nullptr : found;
}

std::string_view type_word(ValueType type) {
  switch (type) {
    case ValueType::kPercent:
      return "percent";
    case ValueType::kDuration:
      return "duration (us, ms, s)";
    case ValueType::kInteger:
      return "whole number";
    case ValueType::kText:
      return "name";
  }
  return "";
}

}  // namespace hoplab::fault
