#include "controller/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "controller/report/display_width.h"
#include "controller/report/figures.h"
#include "controller/report/paint.h"

namespace hoplab::report {
namespace {

constexpr std::array kUsualSteps = {"images", "containers", "links", "convergence"};
constexpr size_t kMostNodes = 8;  // of the block's twelve lines
constexpr int kBar = 20;

std::string_view state_word(v1::Health::State state) {
  switch (state) {
    case v1::Health::WAITING:
      return "waiting";
    case v1::Health::STARTING:
      return "starting";
    case v1::Health::READY:
      return "ready";
    case v1::Health::DEGRADED:
      return "degraded";
    default:
      return "unknown";
  }
}

std::string bar(uint32_t done, uint32_t total) {
  const int full =
      total == 0 ? 0 : static_cast<int>(uint64_t{kBar} * std::min(done, total) / total);
  std::string text;
  for (int i = 0; i < kBar; ++i) text += i < full ? "█" : "░";
  return text;
}

std::string clock_text(std::chrono::milliseconds elapsed) {
  return fmt::format("{:.1f} s", static_cast<double>(elapsed.count()) / 1e3);
}

}  // namespace

UpProgress::Step& UpProgress::step(const std::string& name) {
  const auto found = std::ranges::find(steps_, name, &Step::name);
  if (found != steps_.end()) return *found;
  return steps_.emplace_back(Step{name});
}

void UpProgress::update(const v1::UpEvent& event, std::chrono::milliseconds elapsed) {
  if (!options_.terminal) print_changes(event, elapsed);
  if (!event.step().empty()) {
    Step& current = step(event.step());
    current.done = event.done();
    current.total = event.total();
    changed_ = event.changed();
    detail_ = printable(event.detail());
  }
  for (const auto& node : event.nodes()) {
    nodes_[node.node()] = Node{node.state(), node.waiting_for()};
  }
  if (options_.terminal) redraw(elapsed);
}

void UpProgress::print_changes(const v1::UpEvent& event, std::chrono::milliseconds elapsed) {
  const std::string at = fmt::format("[{:>7}] ", clock_text(elapsed));
  if (!event.step().empty()) {
    const auto known = std::ranges::find(steps_, event.step(), &Step::name);
    const bool begins = known == steps_.end();
    const bool ends = event.total() > 0 && event.done() == event.total() &&
                      (begins || known->done != event.done() || known->total != event.total());
    const bool says = !event.detail().empty() && printable(event.detail()) != detail_;
    if (begins || ends || says) {
      out_ << at << event.step();
      if (event.total() > 0) out_ << ' ' << event.done() << '/' << event.total();
      if (!event.detail().empty()) out_ << ": " << printable(event.detail());
      out_ << '\n';
    }
  }
  for (const auto& node : event.nodes()) {
    const auto known = nodes_.find(node.node());
    if (known != nodes_.end() && known->second.state == node.state() &&
        known->second.waiting_for == node.waiting_for()) {
      continue;
    }
    out_ << at << node.node() << ": " << state_word(node.state());
    if (!node.waiting_for().empty()) out_ << ", waits for " << printable(node.waiting_for());
    out_ << '\n';
  }
  out_.flush();
}

std::vector<std::string> UpProgress::block(std::chrono::milliseconds elapsed) const {
  const Paint paint{options_.colour};
  std::vector<std::string> lines;
  std::string steps;
  const Step* current = steps_.empty() ? nullptr : &steps_.back();
  for (const char* name : kUsualSteps) {
    const auto known = std::ranges::find(steps_, name, &Step::name);
    const bool over = known != steps_.end() &&
                      (&*known != current || (known->total > 0 && known->done >= known->total));
    const bool running = known != steps_.end() && !over;
    steps += over      ? " " + paint.green("✓ " + std::string{name}) + " "
             : running ? " " + paint.bold("▸ " + std::string{name}) + " "
                       : " " + paint.dim("· " + std::string{name}) + " ";
  }
  lines.push_back(steps + " " + paint.dim(clock_text(elapsed)));
  if (current != nullptr && current->total > 0) {
    lines.push_back(fmt::format("   {} {}/{} {}", bar(current->done, current->total), current->done,
                                current->total, current->name));
  }
  if (!detail_.empty()) {
    lines.push_back("   " + paint.dim(cut(detail_, std::max(options_.width - 4, 10))));
  }
  std::vector<std::pair<std::string, std::string>> waiting;
  size_t ready = 0;
  for (const auto& [name, node] : nodes_) {
    if (node.state == v1::Health::READY) {
      ++ready;
    } else {
      waiting.emplace_back(name, node.waiting_for.empty() ? std::string{state_word(node.state)}
                                                          : printable(node.waiting_for));
    }
  }
  int widest = 0;
  const size_t shown = std::min(waiting.size(), kMostNodes);
  for (size_t i = 0; i < shown; ++i) widest = std::max(widest, display_width(waiting[i].first));
  for (size_t i = 0; i < shown; ++i) {
    lines.push_back("   " + pad_right(waiting[i].first, widest) + "  " +
                    paint.dim(cut(waiting[i].second, std::max(options_.width - widest - 6, 10))));
  }
  if (waiting.size() > shown) {
    lines.push_back(fmt::format("   and {} more wait; {} ready", waiting.size() - shown, ready));
  }
  return lines;
}

void UpProgress::erase() {
  if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\r\x1b[J";
  drawn_ = 0;
}

void UpProgress::redraw(std::chrono::milliseconds elapsed) {
  const auto lines = block(elapsed);
  erase();
  for (const std::string& line : lines) {
    // A line that wrapped would take two rows and break the next redraw.
    out_ << (display_width(line) > options_.width ? cut(line, options_.width) : line)
         << (options_.colour ? "\x1b[0m" : "") << '\n';
  }
  drawn_ = lines.size();
  out_.flush();
}

void UpProgress::finish(bool ok, std::string_view lab, std::chrono::milliseconds elapsed) {
  erase();
  if (ok) {
    const std::string time =
        time_text(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
    const std::string nodes =
        nodes_.empty() ? ""
                       : fmt::format(" {} node{}", nodes_.size(), nodes_.size() == 1 ? "" : "s");
    out_ << (changed_ ? fmt::format("lab {} is up:{} in {}\n", lab,
                                    nodes.empty() ? " converged" : nodes, time)
                      : fmt::format("lab {} was up already\n", lab));
  }
  out_.flush();
}

}  // namespace hoplab::report
