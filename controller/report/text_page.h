// What the parts of the text report write on: lines of a fixed width in one language. Private to
// text*.cc.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>

#include "controller/report/catalogue.h"
#include "controller/report/display_width.h"
#include "controller/report/paint.h"
#include "controller/report/text.h"

namespace hoplab::report {

class Page {
 public:
  Page(const TextOptions& options, std::ostream& out)
      : paint(options.colour),
        width(std::max(options.width, 40)),
        verbosity(options.verbosity),
        language_(options.language),
        out_(out) {}

  // Words that came off a wire are made safe to print.
  [[nodiscard]] std::string say(const v1::Fact& fact) const {
    return printable(report::say(language_, fact));
  }
  // The shorter form of a sentence ("short.arp.hit") where the catalogue has one.
  [[nodiscard]] std::string shortly(std::string_view form, const v1::Fact& fact) const {
    v1::Fact shorter = fact;
    shorter.set_key(std::string{form} + "." + fact.key());
    return has(shorter.key()) ? say(shorter) : say(fact);
  }
  [[nodiscard]] std::string word(std::string_view key, Arguments arguments = {}) const {
    return printable(report::word(language_, key, arguments));
  }
  [[nodiscard]] bool has(std::string_view key) const {
    return sentence(language_, key).data() != nullptr;
  }

  void line(std::string text = {}) {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ << text << '\n';
  }
  // `start`, then the text wrapped to the page; its further lines stand `hang` columns in. The
  // first line leaves `reserve` columns free at its end for `end`, which is put to the right edge.
  void paragraph(const std::string& start, int hang, std::string_view text,
                 const std::string& end = {}, int reserve = 0);

  const Paint paint;
  const int width;
  const int verbosity;

 private:
  Language language_;
  std::ostream& out_;
};

// The parts of the report, in order.
void print_headline(Page& page, const v1::Journey& journey);
void print_phases(Page& page, const v1::Journey& journey);
void print_verdict(Page& page, const v1::Journey& journey);
void print_deciding_trips(Page& page, const v1::Journey& journey);
void print_exchanges(Page& page, const v1::Journey& journey);
void print_completeness(Page& page, const v1::Completeness& completeness);

enum class Detail {
  kBrief,    // decisions in their short form
  kFull,     // every check, result and consequence, and what was rewritten
  kHeaders,  // every copy of the packet, with its header lines
};
// One packet's hops, each with the node's decisions; `indent` columns in.
void print_hops(Page& page, const v1::Trip& trip, int indent, Detail detail);

const v1::Trip* find_trip(const v1::Journey& journey, uint32_t id);
std::string phase_word(const Page& page, v1::Phase::Kind kind);
// "ok" in green, "failed" in red.
std::string status_word(const Page& page, v1::Exchange::Status status);
std::string outcome_word(const Page& page, v1::Trip::Outcome outcome);

}  // namespace hoplab::report
