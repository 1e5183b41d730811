// Plain aligned tables for what the command line lists. Pure.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace hoplab::report {

struct TableOptions {
  int width = 0;        // columns of the terminal; 0: lines are as long as they get
  bool colour = false;  // titles dimmed
};

// Titles, then one line a row, columns two blanks apart and as wide as their widest cell, no blank
// at a line's end. Where the terminal is narrower, the last column is wrapped under itself. Missing
// cells are empty; without rows only the titles are printed.
void print_table(const std::vector<std::string>& titles,
                 const std::vector<std::vector<std::string>>& rows, const TableOptions& options,
                 std::ostream& out);

}  // namespace hoplab::report
