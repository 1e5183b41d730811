// With -v: every exchange, what was learnt from it, and its packets hop by hop.
#include <set>
#include <string>
#include <vector>

#include "controller/report/figures.h"
#include "controller/report/text_page.h"

namespace hoplab::report {
namespace {

constexpr size_t kTripLines = 12;  // of one exchange, without -vv

std::string packets(const Page& page, uint64_t count) {
  return count == 1 ? page.word("exchanges.packets_one")
                    : page.word("exchanges.packets", {{"count", std::to_string(count)}});
}

void print_trip_line(Page& page, const v1::Trip& trip) {
  std::string text = page.say(trip.summary());
  text += " · " + printable(trip.origin() + " → " + trip.destination());
  text += " · " + time_text(trip.end_ns() - trip.start_ns());
  text += " · " + outcome_word(page, trip.outcome());
  if (trip.retransmission()) text += " · " + page.paint.yellow(page.word("exchanges.again"));
  const auto add = [&](const char* word, const char* name, uint32_t value) {
    if (value != 0) text += " · " + page.word(word, {{name, std::to_string(value)}});
  };
  add("exchanges.copy", "packet", trip.copy_of());
  add("exchanges.fragment", "packet", trip.fragment_of());
  add("exchanges.merged", "packet", trip.merged_into());
  add("exchanges.segments", "count", trip.segments());
  if (trip.has_like()) {
    text += " · " + page.word("exchanges.like", {{"count", count_text(trip.like().packets())},
                                                 {"bytes", count_text(trip.like().payload_bytes())},
                                                 {"fastest", time_text(trip.like().fastest_ns())},
                                                 {"slowest", time_text(trip.like().slowest_ns())}});
  }
  const std::string number = "    " + page.paint.dim("#" + std::to_string(trip.id())) + " ";
  page.paragraph(number, display_width(number), text);
}

// The question, the answer, and whatever was lost are worth their hops; the rest is told in a line.
std::set<uint32_t> told_in_full(const Page& page, const std::vector<const v1::Trip*>& trips) {
  std::set<uint32_t> chosen;
  bool answered = false;
  for (const v1::Trip* trip : trips) {
    const bool answer = !answered && trip->origin() != trips.front()->origin();
    answered = answered || answer;
    if (page.verbosity > 1 || trip == trips.front() || answer ||
        trip->outcome() != v1::Trip::DELIVERED) {
      chosen.insert(trip->id());
    }
  }
  return chosen;
}

void print_trips(Page& page, const std::vector<const v1::Trip*>& trips) {
  if (trips.empty()) return;
  const auto chosen = told_in_full(page, trips);
  size_t lines = 0;
  size_t left_out = 0;
  for (const v1::Trip* trip : trips) {
    const bool full = chosen.contains(trip->id());
    if (!full && !trip->has_like() && ++lines > kTripLines) {
      ++left_out;
      continue;
    }
    print_trip_line(page, *trip);
    if (full) print_hops(page, *trip, 6, page.verbosity > 1 ? Detail::kHeaders : Detail::kFull);
  }
  if (left_out > 0) {
    page.paragraph("    ", 4, page.word("exchanges.more", {{"count", std::to_string(left_out)}}));
  }
}

const v1::Exchange* find_exchange(const v1::Journey& journey, uint32_t id) {
  for (const auto& phase : journey.phases()) {
    for (const auto& exchange : phase.exchanges()) {
      if (exchange.id() == id) return &exchange;
    }
  }
  return nullptr;
}

void print_exchange(Page& page, const v1::Journey& journey, const v1::Exchange& exchange) {
  std::vector<const v1::Trip*> trips;
  for (const uint32_t id : exchange.trips()) {
    if (const v1::Trip* trip = find_trip(journey, id)) trips.push_back(trip);
  }
  uint64_t count = 0;
  for (const v1::Trip* trip : trips) count += 1 + trip->like().packets();
  std::string start = page.say(exchange.title());
  if (start.empty()) start = printable(exchange.kind());
  page.paragraph("  ", 2,
                 page.paint.bold(start) + " · " +
                     time_text(exchange.end_ns() - exchange.start_ns()) + " · " +
                     packets(page, count) + " · " + status_word(page, exchange.status()));
  if (exchange.parent() != 0) {
    if (const v1::Exchange* parent = find_exchange(journey, exchange.parent())) {
      page.paragraph(
          "    ", 4,
          page.paint.dim(page.word("exchanges.because", {{"title", page.say(parent->title())}})));
    }
  }
  for (const auto& fact : exchange.facts()) page.paragraph("    · ", 6, page.say(fact));
  print_trips(page, trips);
  page.line();
}

}  // namespace

void print_exchanges(Page& page, const v1::Journey& journey) {
  page.line(" " + page.paint.bold(page.word("exchanges.title")));
  page.line();
  std::set<uint32_t> claimed;
  for (const auto& phase : journey.phases()) {
    page.line(" " + page.paint.bold(phase_word(page, phase.kind())) + "  " +
              page.paint.dim(time_text(phase.end_ns() - phase.start_ns())) + "  " +
              status_word(page, phase.status()));
    for (const auto& exchange : phase.exchanges()) {
      claimed.insert(exchange.trips().begin(), exchange.trips().end());
      print_exchange(page, journey, exchange);
    }
  }
  std::vector<const v1::Trip*> unclaimed;
  for (const auto& trip : journey.trips()) {
    if (!claimed.contains(trip.id())) unclaimed.push_back(&trip);
  }
  if (unclaimed.empty()) return;
  page.line(" " + page.paint.bold(page.word("exchanges.unclaimed")));
  print_trips(page, unclaimed);
  page.line();
}

}  // namespace hoplab::report
