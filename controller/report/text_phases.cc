// The headline and the phases: who asked whom, how long it took, what came of it.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "controller/report/figures.h"
#include "controller/report/text_page.h"

namespace hoplab::report {
namespace {

constexpr std::string_view kBetween = " · ";
constexpr int kUsualWho = 22;  // columns of "client → lb"; a longer chain takes what it needs

std::string_view reason_phrase(int status) {  // RFC 9110, section 15
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

std::string result_text(const Page& page, const v1::Journey& journey) {
  std::string text;
  if (const int status = journey.result().http_status(); status != 0) {
    text = fmt::format("{} {}", status, reason_phrase(status));
    text.erase(text.find_last_not_of(' ') + 1);
  }
  const auto with = [&](std::string_view key) {
    return text.empty() ? page.word(key) : text + ", " + page.word(key);
  };
  switch (journey.verdict().result()) {
    case v1::Verdict::OK:
      return page.paint.green(text.empty() ? page.word("status.ok") : text);
    case v1::Verdict::DEGRADED:
      return page.paint.yellow(with("status.degraded"));
    case v1::Verdict::FAILED:
      return page.paint.red(with("status.failed"));
    default:
      return page.paint.yellow(with("status.unknown"));
  }
}

std::string packets_text(const Page& page, const v1::Journey& journey) {
  const auto& frames = journey.completeness();
  uint64_t packets = 0;
  for (const auto& trip : journey.trips()) packets += 1 + trip.like().packets();
  const std::string count = count_text(packets);
  if (frames.ring_drops() > 0 || frames.silent_nodes_size() > 0 || frames.seen() == 0) {
    return page.word("head.packets_unsure", {{"count", count}});
  }
  if (frames.left_over() > 0) {
    return page.word("head.packets_some",
                     {{"count", count}, {"frames", count_text(frames.left_over())}});
  }
  return page.word("head.packets_all", {{"count", count}});
}

// By what the client came by its address: of IPv4, where it asked for one.
std::string_view address_protocol(const v1::Phase& phase) {
  std::string_view protocol = "DHCP";
  for (const auto& exchange : phase.exchanges()) {
    const std::string& kind = exchange.kind();
    if (kind == "bootp" || kind.starts_with("dhcp ") || kind == "dora") return "DHCP";
    if (kind.starts_with("dhcpv6")) protocol = "DHCPv6";
    if (kind == "router advertisement" && protocol == "DHCP") protocol = "SLAAC";
  }
  return protocol;
}

std::string_view protocol_of(const v1::Phase& phase) {
  if (phase.exchanges().empty()) return "";  // an address that was configured
  switch (phase.kind()) {
    case v1::Phase::ADDRESS:
      return address_protocol(phase);
    case v1::Phase::NAME:
      return "DNS";
    case v1::Phase::CONNECTION:
      return "TCP";
    case v1::Phase::SECURITY:
      return "TLS";
    case v1::Phase::PAGE:
      return "HTTP";
    case v1::Phase::CLOSE:
      return "TCP";
    default:
      return "";
  }
}

// "client ⇄ dhcp", or "client → home-gw → isp-resolver → root-a" where one led to the next.
std::string who(const v1::Phase& phase) {
  const auto& args = phase.summary().args();
  if (const auto path = args.find("path");
      path != args.end() && !path->second.empty() && path->second != "?") {
    return path->second;
  }
  std::vector<std::string> chain;
  for (const auto& exchange : phase.exchanges()) {
    if (exchange.kind() == "arp" || exchange.kind() == "nd") continue;
    if (chain.empty() && !exchange.client().empty()) chain.push_back(exchange.client());
    if (!exchange.server().empty() && std::ranges::find(chain, exchange.server()) == chain.end()) {
      chain.push_back(exchange.server());
    }
  }
  if (chain.size() == 2) {
    const bool both = phase.status() != v1::Exchange::FAILED;
    return chain[0] + (both ? " ⇄ " : " → ") + chain[1];
  }
  std::string text;
  for (const std::string& node : chain) text += (text.empty() ? "" : " → ") + node;
  return text;
}

struct Row {
  std::string start;  // mark, phase, time, protocol
  std::string who;
  std::string outcome;
};

}  // namespace

void print_headline(Page& page, const v1::Journey& journey) {
  const std::string left = page.paint.bold(
      page.word("head.from", {{"what", journey.url()}, {"client", journey.client()}}));
  std::string right = result_text(page, journey);
  const auto add = [&](const std::string& text) { right += std::string{kBetween} + text; };
  if (journey.ended_ns() > journey.started_ns()) {
    add(time_text(journey.ended_ns() - journey.started_ns()));
  }
  const auto on_path = std::ranges::count_if(journey.nodes(), &v1::JourneyNode::on_path);
  if (on_path > 0) add(page.word("head.nodes", {{"count", std::to_string(on_path)}}));
  add(packets_text(page, journey));
  const int gap = page.width - display_width(left) - display_width(right);
  if (gap >= 2) {
    page.line(left + std::string(static_cast<size_t>(std::min(gap, 8)), ' ') + right);
  } else {
    page.paragraph("", 0, left);
    page.paragraph(" ", 1, right);
  }
  page.line();
}

void print_phases(Page& page, const v1::Journey& journey) {
  std::vector<Row> rows;
  int name_width = 0;
  for (const auto& phase : journey.phases()) {
    name_width = std::max(name_width, display_width(phase_word(page, phase.kind())));
  }
  for (const auto& phase : journey.phases()) {
    const bool failed = phase.status() == v1::Exchange::FAILED;
    const bool degraded = phase.status() == v1::Exchange::DEGRADED;
    const std::string mark = failed ? page.paint.red("✗") : degraded ? page.paint.yellow("!") : " ";
    const std::string name = pad_right(phase_word(page, phase.kind()), name_width);
    rows.push_back({mark + " " + (failed ? page.paint.red(name) : page.paint.bold(name)) + " " +
                        page.paint.dim(pad_left(time_text(phase.end_ns() - phase.start_ns()), 8)) +
                        "  " + page.paint.cyan(pad_right(protocol_of(phase), 4)) + "  ",
                    printable(who(phase)), page.shortly("row", phase.summary())});
  }
  const bool narrow = page.width < 70;  // then who and outcome stand below
  const int left = narrow ? 4 : 2 + name_width + 1 + 8 + 2 + 4 + 2;
  const int room = page.width - left;
  int who_width = 0;
  for (const Row& row : rows) {
    const int wide = display_width(row.who);
    if (wide <= kUsualWho) who_width = std::max(who_width, wide);
  }
  for (const Row& row : rows) {
    const int wide = std::max(display_width(row.who), who_width) + 2;
    const bool usual = wide == who_width + 2 && room - wide >= 28;
    if (!narrow && (usual || wide + display_width(row.outcome) <= room)) {
      page.paragraph(row.start + pad_right(row.who, wide), left + wide, row.outcome);
      continue;
    }
    if (narrow) page.line(row.start);
    page.paragraph(narrow ? "" : row.start, left, row.who);
    if (!row.outcome.empty()) page.paragraph("", left + (narrow ? 0 : 2), row.outcome);
  }
  if (!rows.empty()) page.line();
}

}  // namespace hoplab::report
