// What went wrong: where, at which layer, why, how that is known, and what to look at next.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "controller/fault/describe.h"
#include "controller/report/text_page.h"

namespace hoplab::report {
namespace {

constexpr int kCulpritsInFull = 3;
constexpr int kConsequencesInFull = 3;

std::string end_of(const std::string& node, const std::string& interface) {
  return interface.empty() ? node : node + ":" + interface;
}

std::string where(const Page& page, const v1::Culprit& culprit) {
  const std::string here = end_of(culprit.node(), culprit.interface());
  std::string text =
      culprit.peer_node().empty()
          ? printable(here)
          : page.word("verdict.link",
                      {{"a", here}, {"b", end_of(culprit.peer_node(), culprit.peer_interface())}});
  if (!culprit.on_path()) text += " (" + page.word("verdict.off_path") + ")";
  return text;
}

// Commands that show the same thing on the node itself.
std::vector<std::string> look_next(const v1::Culprit& culprit) {
  const std::string& node = culprit.node();
  const std::string& cause = culprit.cause().key();
  if (node.empty()) return {};
  const std::string exec = "hoplab exec " + node + " -- ";
  if (culprit.layer() == "physical" || culprit.layer() == "link") {
    if (culprit.interface().empty()) return {exec + "ip -s link"};
    return {exec + "ip -s link show " + culprit.interface(),
            "hoplab capture " + node + ":" + culprit.interface()};
  }
  if (cause.starts_with("cause.bgp")) return {exec + "vtysh -c 'show bgp summary'"};
  if (cause.starts_with("cause.ospf")) return {exec + "vtysh -c 'show ip ospf neighbor'"};
  if (culprit.layer() == "network") {
    const auto& args = culprit.cause().args();
    const bool v6 = std::ranges::any_of(std::array{"destination", "prefix"}, [&](const char* name) {
      const auto to = args.find(name);
      return to != args.end() && to->second.find(':') != std::string::npos;
    });
    return {exec + (v6 ? "ip -6 route" : "ip route")};
  }
  if (culprit.layer() == "node") return {"hoplab ps"};
  return {"hoplab logs " + node};
}

// "packet #12 at isp1"; empty where the evidence names no packet.
std::string packet_text(const Page& page, const v1::Journey& journey,
                        const v1::Evidence& evidence) {
  const v1::Trip* trip = find_trip(journey, evidence.trip());
  if (trip == nullptr) return {};
  const std::string number = std::to_string(trip->id());
  const auto hop = std::ranges::find(trip->hops(), evidence.hop(), &v1::Hop::id);
  if (evidence.hop() == 0 || hop == trip->hops().end()) {
    return page.word("verdict.see_trip", {{"trip", number}});
  }
  return page.word("verdict.see_hop", {{"trip", number}, {"node", hop->node()}});
}

void print_culprit(Page& page, const v1::Journey& journey, const v1::Culprit& culprit) {
  int label_width = 0;
  for (const auto key : {"verdict.where", "verdict.layer", "verdict.why", "verdict.evidence",
                         "verdict.follows", "verdict.next"}) {
    label_width = std::max(label_width, display_width(page.word(key)));
  }
  const int hang = 3 + label_width + 2;
  std::string_view last;
  const auto row = [&](std::string_view key, const std::string& text) {
    if (text.empty()) return;
    const std::string label = key == last ? "" : page.word(key);  // once for several lines
    last = key;
    page.paragraph("   " + page.paint.dim(pad_right(label, label_width)) + "  ", hang, text);
  };
  row("verdict.where", page.paint.bold(where(page, culprit)));
  const std::string layer = "layer." + culprit.layer();
  row("verdict.layer", page.has(layer) ? page.word(layer) : printable(culprit.layer()));
  row("verdict.why", page.say(culprit.cause()));
  for (const auto& evidence : culprit.evidence()) {
    std::string text = page.say(evidence.fact());
    const std::string packet = page.verbosity > 0 ? packet_text(page, journey, evidence) : "";
    if (!packet.empty()) text += " (" + packet + ")";
    row("verdict.evidence", text);
  }
  int told = 0;
  for (const auto& consequence : culprit.consequences()) {
    if (told == kConsequencesInFull && page.verbosity == 0) {
      const int more = culprit.consequences_size() - told;
      row("verdict.follows", page.word("verdict.follows_more", {{"count", std::to_string(more)}}));
      break;
    }
    row("verdict.follows", page.say(consequence.cause()));
    ++told;
  }
  for (const std::string& command : look_next(culprit)) {
    row("verdict.next", page.paint.cyan(printable(command)));
  }
}

void print_faults(Page& page, const v1::Journey& journey) {
  if (journey.faults().empty()) return;
  if (page.verbosity == 0) {
    const std::string count = std::to_string(journey.faults_size());
    page.paragraph(
        " ", 1,
        page.paint.dim(page.word(count == "1" ? "faults.one" : "faults.many", {{"count", count}})));
  } else {
    page.line(" " + page.word("faults.title"));
    for (const auto& fault : journey.faults()) {
      page.paragraph("   ", 3, printable(page.say(fault::fact_of(fault))));
    }
  }
  page.line();
}

}  // namespace

void print_verdict(Page& page, const v1::Journey& journey) {
  const v1::Verdict& verdict = journey.verdict();
  if (verdict.result() != v1::Verdict::OK && verdict.result() != v1::Verdict::RESULT_UNSPECIFIED) {
    const bool failed = verdict.result() == v1::Verdict::FAILED;
    const std::string summary = page.say(verdict.summary());
    page.paragraph(failed ? page.paint.red("✗ ") : page.paint.yellow("! "), 2,
                   failed ? page.paint.red(summary) : page.paint.yellow(summary));
    if (failed && !journey.result().error().empty()) {
      page.paragraph(
          "   ", 3,
          page.paint.dim(page.word("verdict.client_error", {{"error", journey.result().error()}})));
    }
    int shown = 0;
    for (const auto& culprit : verdict.culprits()) {
      if (shown++ < kCulpritsInFull || page.verbosity > 0) {
        if (shown > 1) page.line();
        print_culprit(page, journey, culprit);
      } else {
        const std::string also = "   " + page.paint.dim(page.word("verdict.also")) + "  ";
        page.paragraph(also, display_width(also),
                       page.say(culprit.cause()) + " (" + where(page, culprit) + ")");
      }
    }
    if (verdict.culprits().empty()) page.paragraph("   ", 3, page.word("verdict.no_culprit"));
    page.line();
  }
  print_faults(page, journey);
}

}  // namespace hoplab::report
