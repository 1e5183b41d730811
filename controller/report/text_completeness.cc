// How the captured frames are accounted for, and what the capture could not see.
#include <string>

#include "controller/report/figures.h"
#include "controller/report/text_page.h"

namespace hoplab::report {
namespace {

constexpr int kLeftOverKinds = 5;

std::string places(const v1::LeftOver& left) {
  std::string text;
  for (const auto& frame : left.examples()) {
    text += (text.empty() ? "" : ", ") + frame.node() + ":" + frame.interface() + " #" +
            std::to_string(frame.index());
  }
  return text;
}

std::string drop_places(const v1::Completeness& frames) {
  std::string text;
  for (const auto& interface : frames.interfaces()) {
    if (interface.ring_drops() == 0) continue;
    text += (text.empty() ? "" : ", ") + interface.node() + ":" + interface.interface() + " " +
            count_text(interface.ring_drops());
  }
  return text;
}

}  // namespace

void print_completeness(Page& page, const v1::Completeness& frames) {
  const std::string title = " " + page.paint.bold(page.word("complete.title")) + "  ";
  const int hang = display_width(title);
  if (frames.seen() == 0) {
    page.paragraph(title, hang, page.paint.yellow(page.word("complete.none")));
  } else {
    page.paragraph(title, hang,
                   page.word("complete.sum", {{"seen", count_text(frames.seen())},
                                              {"explained", count_text(frames.explained())},
                                              {"background", count_text(frames.background())},
                                              {"left", count_text(frames.left_over())}}));
  }
  const auto paragraph = [&](const std::string& text) { page.paragraph("", hang, text); };
  std::string background;
  for (const auto& kind : frames.background_kinds()) {
    background += (background.empty() ? "" : ", ") +
                  page.word("complete.item", {{"count", count_text(kind.frames())},
                                              {"reason", page.say(kind.reason())}});
  }
  if (!background.empty()) {
    paragraph(page.paint.dim(page.word("complete.background", {{"list", background}})));
  }
  int shown = 0;
  for (const auto& left : frames.left_overs()) {
    if (shown == kLeftOverKinds && page.verbosity == 0) break;
    ++shown;
    paragraph(page.paint.yellow(page.word("complete.left", {{"count", count_text(left.frames())},
                                                            {"reason", page.say(left.reason())}})));
    if (page.verbosity > 0 && !left.examples().empty()) {
      paragraph("  " + page.paint.dim(page.word("complete.left_at", {{"places", places(left)}})));
    }
  }
  if (shown < frames.left_overs_size()) {
    paragraph(
        page.word("complete.more", {{"count", std::to_string(frames.left_overs_size() - shown)}}));
  }
  if (frames.ring_drops() > 0) {
    paragraph(
        page.paint.yellow(page.word("complete.drops", {{"count", count_text(frames.ring_drops())},
                                                       {"places", drop_places(frames)}})));
  }
  if (frames.event_losses_size() > 0) {
    uint64_t lost = 0;
    std::string places;
    for (const auto& loss : frames.event_losses()) {
      lost += loss.events();
      places += (places.empty() ? "" : ", ") + loss.node() + " " + count_text(loss.events());
    }
    paragraph(page.paint.yellow(
        page.word("complete.events", {{"count", count_text(lost)}, {"places", places}})));
  }
  if (!frames.silent_nodes().empty()) {
    std::string nodes;
    for (const auto& node : frames.silent_nodes()) nodes += (nodes.empty() ? "" : ", ") + node;
    paragraph(page.paint.yellow(page.word("complete.silent", {{"nodes", nodes}})));
  }
  const uint64_t sum = frames.explained() + frames.background() + frames.left_over();
  if (sum != frames.seen()) {
    const uint64_t missing = sum > frames.seen() ? sum - frames.seen() : frames.seen() - sum;
    paragraph(page.paint.red(page.word("complete.unbalanced", {{"count", count_text(missing)}})));
  }
}

}  // namespace hoplab::report
