// One packet's way, hop by hop, and which packet is worth showing first.
#include <fmt/format.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "controller/report/figures.h"
#include "controller/report/text_page.h"

namespace hoplab::report {
namespace {

constexpr int64_t kLongOnTheWire = 1'000'000;  // ns: on a lab's wire that is worth a line
constexpr int kTimeWidth = 9;

std::string explanation_text(const Page& page, const v1::Explanation& explanation, Detail detail) {
  std::string text;
  for (const v1::Fact* fact :
       {&explanation.check(), &explanation.result(), &explanation.consequence()}) {
    const std::string part =
        detail == Detail::kBrief ? page.shortly("short", *fact) : page.say(*fact);
    if (!part.empty()) text += (text.empty() ? "" : " → ") + part;
  }
  return text;
}

std::string outcome_sentence(const Page& page, v1::Hop::Outcome outcome) {
  switch (outcome) {
    case v1::Hop::ORIGINATED:
      return page.word("hops.made");
    case v1::Hop::FORWARDED:
      return page.word("hops.forwarded");
    case v1::Hop::SWITCHED:
      return page.word("hops.switched");
    case v1::Hop::DELIVERED:
      return page.word("hops.delivered");
    case v1::Hop::LOST:
      return page.word("hops.lost");
    case v1::Hop::IGNORED:
      return page.word("hops.ignored");
    case v1::Hop::MERGED:
      return page.word("hops.merged");
    default:
      return page.word("hops.unknown");
  }
}

std::string interfaces_text(const v1::Hop& hop) {
  std::string text = hop.in_interface();
  text += text.empty() ? "▸" : " ▸";
  if (!hop.out_interface().empty()) text += " " + hop.out_interface();
  if (hop.outcome() == v1::Hop::LOST) text += " ✗";
  if (hop.outcome() == v1::Hop::UNKNOWN) text += " ?";
  return printable(text);
}

std::string rewrite_text(const Page& page, const v1::Rewrite& rewrite) {
  return page.word("hops.becomes", {{"layer", rewrite.layer()},
                                    {"field", rewrite.field()},
                                    {"before", rewrite.before()},
                                    {"after", rewrite.after()}});
}

std::string rewrites_text(const Page& page, const v1::Hop& hop) {
  std::string text;
  for (const auto& rewrite : hop.rewrites()) {
    text += (text.empty() ? "" : "; ") + rewrite_text(page, rewrite);
  }
  return text;
}

// "eth0  02:… → 02:…  IPv4 10.0.0.1 → 10.0.0.2 TTL 64  TCP 40112 → 443  Flags [S]  74 bytes"
std::string header_text(const Page& page, const v1::Headers& headers, const v1::FrameRef& frame) {
  std::string text = fmt::format("{}: {} → {}  {}", frame.interface(), headers.source_mac(),
                                 headers.destination_mac(), headers.ether_type());
  if (!headers.source().empty()) {
    text += fmt::format("  {} → {}", headers.source(), headers.destination());
  }
  if (headers.ttl() != 0) {
    text += "  " +
            page.word("hops.ttl", {{"field", headers.ether_type() == "IPv6" ? "hop limit" : "TTL"},
                                   {"ttl", std::to_string(headers.ttl())}});
  }
  if (headers.ip_id() != 0) {
    text += "  " + page.word("hops.id", {{"id", std::to_string(headers.ip_id())}});
  }
  if (!headers.protocol().empty()) text += "  " + headers.protocol();
  if (headers.source_port() != 0 || headers.destination_port() != 0) {
    text += fmt::format(" {} → {}", headers.source_port(), headers.destination_port());
  }
  if (!headers.info().empty()) text += "  " + headers.info();
  text += "  " + page.word("hops.bytes", {{"count", std::to_string(frame.length())}});
  text += "  " + page.word("hops.frame", {{"number", std::to_string(frame.index())}});
  return printable(text);
}

struct ShownHop {
  const v1::Hop* hop = nullptr;
  const v1::Hop* parent = nullptr;
  int depth = 0;                        // how many forks lie before it
  std::vector<std::string> also_heard;  // nodes that ignored a copy
};

// The tree in the order it is told: depth first, copies that nobody wanted gathered at their fork.
class HopTree {
 public:
  HopTree(const v1::Trip& trip, bool every_copy) : every_copy_(every_copy) {
    std::map<uint32_t, const v1::Hop*> by_id;
    for (const auto& hop : trip.hops()) by_id.emplace(hop.id(), &hop);
    for (const auto& hop : trip.hops()) {
      const bool rooted = hop.parent() == 0 || !by_id.contains(hop.parent()) ||
                          hop.parent() >= hop.id();  // a parent is made before its children
      if (rooted) {
        roots_.push_back(&hop);
      } else {
        children_[hop.parent()].push_back(&hop);
      }
    }
    for (const v1::Hop* root : roots_) tell(*root, nullptr, 0);
  }
  [[nodiscard]] const std::vector<ShownHop>& shown() const { return shown_; }

 private:
  // A branch in which every copy was ignored.
  bool unwanted(const v1::Hop& hop) const {
    const auto found = children_.find(hop.id());
    if (found == children_.end()) return hop.outcome() == v1::Hop::IGNORED;
    return hop.outcome() == v1::Hop::SWITCHED &&
           std::ranges::all_of(found->second, [&](const v1::Hop* c) { return unwanted(*c); });
  }
  void gather_ignoring(const v1::Hop& hop, std::vector<std::string>& nodes) const {
    if (hop.outcome() == v1::Hop::IGNORED) nodes.push_back(hop.node());
    if (const auto found = children_.find(hop.id()); found != children_.end()) {
      for (const v1::Hop* child : found->second) gather_ignoring(*child, nodes);
    }
  }
  void tell(const v1::Hop& hop, const v1::Hop* parent, int depth) {
    const size_t at = shown_.size();
    shown_.push_back({&hop, parent, depth, {}});
    const auto found = children_.find(hop.id());
    if (found == children_.end()) return;
    // The copies somebody wanted go on in line; where there are several, and beside them the
    // ignored ones, each stands a step further in.
    const auto wanted = std::ranges::count_if(
        found->second, [&](const v1::Hop* child) { return !unwanted(*child); });
    std::map<std::string, std::vector<std::string>> ignoring;  // by the node that made the copies
    for (const v1::Hop* child : found->second) {
      const bool copied = child->outcome() == v1::Hop::SWITCHED;
      if (!every_copy_ && unwanted(*child)) {
        gather_ignoring(*child, ignoring[copied ? child->node() : hop.node()]);
      }
    }
    for (const v1::Hop* child : found->second) {
      const bool aside = unwanted(*child);
      if (aside && !every_copy_) continue;
      const size_t row = shown_.size();
      tell(*child, &hop, depth + (aside || wanted > 1 ? 1 : 0));
      if (const auto copies = ignoring.find(child->node()); copies != ignoring.end()) {
        auto& heard = shown_[row].also_heard;
        heard.insert(heard.end(), copies->second.begin(), copies->second.end());
        ignoring.erase(copies);
      }
    }
    for (const auto& [node, nodes] : ignoring) {
      auto& heard = shown_[at].also_heard;
      heard.insert(heard.end(), nodes.begin(), nodes.end());
    }
  }

  bool every_copy_;
  std::vector<const v1::Hop*> roots_;
  std::map<uint32_t, std::vector<const v1::Hop*>> children_;
  std::vector<ShownHop> shown_;
};

// On a narrow terminal a hop's name has a line of its own.
void print_stacked(Page& page, int indent, int number, const v1::Hop& hop,
                   const std::string& time) {
  const std::string start =
      std::string(static_cast<size_t>(indent), ' ') + page.paint.dim(std::to_string(number)) + " ";
  const bool lost = hop.outcome() == v1::Hop::LOST;
  const std::string node = printable(hop.node());
  page.paragraph(
      start, display_width(start),
      (lost ? page.paint.red(node) : page.paint.bold(node)) + "  " +
          (lost ? page.paint.red(interfaces_text(hop)) : page.paint.cyan(interfaces_text(hop))) +
          "  " + time.substr(std::min(time.find_first_not_of(' '), time.size())));
}

// What is said about a hop: paragraphs, the first of which stands beside its name.
std::vector<std::string> paragraphs(const Page& page, const ShownHop& shown, Detail detail) {
  std::vector<std::string> texts;
  const v1::Hop& hop = *shown.hop;
  for (const auto& decision : hop.decisions()) {
    const std::string text = explanation_text(page, decision, detail);
    if (!text.empty()) texts.push_back(text);
  }
  if (texts.empty()) texts.push_back(outcome_sentence(page, hop.outcome()));
  if (detail == Detail::kBrief) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
    texts = {all};
  } else if (const std::string rewrites = rewrites_text(page, hop); !rewrites.empty()) {
    texts.push_back(page.paint.dim(rewrites));
  }
  if (!shown.also_heard.empty()) {
    std::string nodes;
    for (const std::string& node : shown.also_heard) nodes += (nodes.empty() ? "" : ", ") + node;
    texts.push_back(page.paint.dim(page.word("hops.also_heard", {{"nodes", nodes}})));
  }
  if (detail == Detail::kHeaders) {
    for (const auto& [label, headers, frame, present] :
         {std::tuple{"hops.in", &hop.in_headers(), &hop.in_frame(), hop.has_in_frame()},
          std::tuple{"hops.out", &hop.out_headers(), &hop.out_frame(), hop.has_out_frame()}}) {
      if (!present) continue;
      texts.push_back(page.paint.dim(page.word(label) + " " + header_text(page, *headers, *frame)));
    }
  }
  return texts;
}

bool is_syn(const v1::Trip& trip) {
  for (const auto& hop : trip.hops()) {
    for (const auto* headers : {&hop.out_headers(), &hop.in_headers()}) {
      if (!headers->protocol().empty()) return headers->protocol() == "TCP";
    }
  }
  return trip.protocol() == "TCP";
}

// The first SYN of the connection; where there is none, the first packet of the last exchange.
const v1::Trip* first_trip(const v1::Journey& journey, bool& syn) {
  const v1::Trip* last = nullptr;
  for (const auto& phase : journey.phases()) {
    for (const auto& exchange : phase.exchanges()) {
      if (exchange.trips().empty()) continue;
      const v1::Trip* trip = find_trip(journey, exchange.trips(0));
      if (trip == nullptr) continue;
      if (exchange.kind() == "tcp handshake" && phase.kind() == v1::Phase::CONNECTION) {
        syn = is_syn(*trip);
        return trip;
      }
      if (exchange.kind() != "arp" && exchange.kind() != "nd") last = trip;
    }
  }
  return last;
}

const v1::Trip* failing_trip(const v1::Journey& journey) {
  for (const auto& culprit : journey.verdict().culprits()) {
    for (const auto& evidence : culprit.evidence()) {
      if (const v1::Trip* trip = find_trip(journey, evidence.trip())) return trip;
    }
    for (const auto& consequence : culprit.consequences()) {
      if (const v1::Trip* trip = find_trip(journey, consequence.trip())) return trip;
    }
  }
  const auto lost = std::ranges::find(journey.trips(), v1::Trip::LOST, &v1::Trip::outcome);
  return lost == journey.trips().end() ? nullptr : &*lost;
}

}  // namespace

void print_hops(Page& page, const v1::Trip& trip, int indent, Detail detail) {
  const HopTree tree{trip, detail == Detail::kHeaders};
  if (tree.shown().empty()) {
    page.line(std::string(static_cast<size_t>(indent), ' ') + page.word("hops.none"));
    return;
  }
  int node_width = 0;
  int interface_width = 0;
  for (const ShownHop& shown : tree.shown()) {
    node_width = std::max(node_width, display_width(shown.hop->node()) + 2 * shown.depth);
    interface_width = std::max(interface_width, display_width(interfaces_text(*shown.hop)));
  }
  const int number_width = tree.shown().size() < 10 ? 1 : tree.shown().size() < 100 ? 2 : 3;
  const int beside = indent + number_width + 1 + node_width + 2 + interface_width + 2;
  const bool stacked = page.width - beside - kTimeWidth < 30;
  const int hang = stacked ? indent + number_width + 3 : beside;
  int number = 0;
  for (const ShownHop& shown : tree.shown()) {
    const v1::Hop& hop = *shown.hop;
    if (shown.parent != nullptr && shown.parent->out_ns() > 0 &&
        hop.in_ns() - shown.parent->out_ns() >= kLongOnTheWire) {
      page.line(std::string(static_cast<size_t>(indent + number_width + 1), ' ') +
                page.paint.yellow(
                    "⋯ " + page.word("hops.on_the_wire",
                                     {{"time", time_text(hop.in_ns() - shown.parent->out_ns())}})));
    }
    const std::string name = pad_right(
        std::string(static_cast<size_t>(2 * shown.depth), ' ') + printable(hop.node()), node_width);
    const std::string interfaces = pad_right(interfaces_text(hop), interface_width);
    const bool lost = hop.outcome() == v1::Hop::LOST;
    const bool unsure = hop.outcome() == v1::Hop::UNKNOWN;
    const std::string start = std::string(static_cast<size_t>(indent), ' ') +
                              page.paint.dim(pad_left(std::to_string(++number), number_width)) +
                              " " + (lost ? page.paint.red(name) : page.paint.bold(name)) + "  " +
                              (lost     ? page.paint.red(interfaces)
                               : unsure ? page.paint.yellow(interfaces)
                                        : page.paint.cyan(interfaces)) +
                              "  ";
    const bool timed = hop.in_ns() > 0 && hop.out_ns() >= hop.in_ns();
    const std::string time =
        timed ? page.paint.dim(pad_left(time_text(hop.out_ns() - hop.in_ns()), kTimeWidth)) : "";
    bool first = true;
    for (const std::string& text : paragraphs(page, shown, detail)) {
      if (first && stacked) print_stacked(page, indent, number, hop, time);
      if (first && !stacked) {
        page.paragraph(start, hang, text, time, kTimeWidth);
      } else {
        page.paragraph("", hang, text, "", stacked ? 0 : kTimeWidth);
      }
      first = false;
    }
  }
}

void print_deciding_trips(Page& page, const v1::Journey& journey) {
  const bool failed = journey.verdict().result() == v1::Verdict::FAILED;
  const bool well = journey.verdict().result() == v1::Verdict::OK;
  const v1::Trip* failing = well ? nullptr : failing_trip(journey);
  bool syn = false;
  const v1::Trip* first = first_trip(journey, syn);
  const auto print = [&](const v1::Trip& trip, const std::string& title) {
    page.paragraph(" ", 1, page.paint.bold(title));
    print_hops(page, trip, 2, Detail::kBrief);
    page.line();
  };
  if (failing != nullptr) {
    print(*failing, page.word(failing->outcome() == v1::Trip::LOST ? "hops.lost_trip" : "hops.trip",
                              {{"packet", page.shortly("short", failing->summary())}}));
    if (failed || failing == first) return;
  }
  if (first != nullptr) {
    print(*first,
          syn ? page.word("hops.syn")
              : page.word("hops.trip", {{"packet", page.shortly("short", first->summary())}}));
  }
}

}  // namespace hoplab::report
