// A journey for the terminal, for someone who wants to learn from it: the headline, one line a
// phase, what went wrong and where, the deciding packet hop by hop, and how the frames are
// accounted for. Pure: the caller decides width, colour and language.
#pragma once

#include <iosfwd>

#include "controller/report/catalogue.h"
#include "proto/journey.pb.h"

namespace hoplab::report {

struct TextOptions {
  int verbosity =
      0;  // 1: every exchange, its decisions and rewrites; 2: every packet, with headers
  bool colour = false;
  int width = 100;  // columns; less than 40 is taken as 40
  Language language = Language::kEnglish;
};

void print_text(const v1::Journey& journey, const TextOptions& options, std::ostream& out);

}  // namespace hoplab::report
