#include "controller/report/text.h"

#include <algorithm>

#include "controller/report/text_page.h"

namespace hoplab::report {

void Page::paragraph(const std::string& start, int hang, std::string_view text,
                     const std::string& end, int reserve) {
  const int room = std::max(width - hang - reserve, 12);
  const int begins = display_width(start);
  std::string current = begins > hang ? start : pad_right(start, hang);
  bool first = true;
  for (const std::string& part : wrap(text, room)) {
    if (first && begins > hang && display_width(part) + begins + reserve > width) {
      line(current);  // the start leaves no room beside it
      current.assign(static_cast<size_t>(hang), ' ');
    }
    current += part;
    if (first && !end.empty()) {
      current = pad_right(current, width - display_width(end)) + end;
    }
    line(current);
    current.assign(static_cast<size_t>(hang), ' ');
    first = false;
  }
}

void print_text(const v1::Journey& journey, const TextOptions& options, std::ostream& out) {
  Page page{options, out};
  print_headline(page, journey);
  print_phases(page, journey);
  print_verdict(page, journey);
  print_deciding_trips(page, journey);
  if (options.verbosity > 0) print_exchanges(page, journey);
  print_completeness(page, journey.completeness());
}

const v1::Trip* find_trip(const v1::Journey& journey, uint32_t id) {
  if (id == 0) return nullptr;
  const auto found = std::ranges::lower_bound(journey.trips(), id, {}, &v1::Trip::id);
  return found == journey.trips().end() || found->id() != id ? nullptr : &*found;
}

std::string phase_word(const Page& page, v1::Phase::Kind kind) {
  switch (kind) {
    case v1::Phase::ADDRESS:
      return page.word("phase.kind.address");
    case v1::Phase::NAME:
      return page.word("phase.kind.name");
    case v1::Phase::CONNECTION:
      return page.word("phase.kind.connection");
    case v1::Phase::SECURITY:
      return page.word("phase.kind.security");
    case v1::Phase::PAGE:
      return page.word("phase.kind.page");
    case v1::Phase::CLOSE:
      return page.word("phase.kind.close");
    default:
      return page.word("phase.kind.other");
  }
}

std::string status_word(const Page& page, v1::Exchange::Status status) {
  switch (status) {
    case v1::Exchange::OK:
      return page.paint.green(page.word("status.ok"));
    case v1::Exchange::FAILED:
      return page.paint.red(page.word("status.failed"));
    case v1::Exchange::DEGRADED:
      return page.paint.yellow(page.word("status.degraded"));
    default:
      return page.paint.yellow(page.word("status.unknown"));
  }
}

std::string outcome_word(const Page& page, v1::Trip::Outcome outcome) {
  switch (outcome) {
    case v1::Trip::DELIVERED:
      return page.paint.green(page.word("status.delivered"));
    case v1::Trip::LOST:
      return page.paint.red(page.word("status.lost"));
    case v1::Trip::UNHEARD:
      return page.word("status.unheard");
    default:
      return page.paint.yellow(page.word("status.unknown"));
  }
}

}  // namespace hoplab::report
