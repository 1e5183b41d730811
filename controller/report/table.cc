#include "controller/report/table.h"

#include <algorithm>
#include <ostream>

#include "controller/report/display_width.h"
#include "controller/report/paint.h"

namespace hoplab::report {
namespace {

constexpr int kGap = 2;
constexpr int kLeastLastColumn = 16;

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void print_table(const std::vector<std::string>& titles,
                 const std::vector<std::vector<std::string>>& rows, const TableOptions& options,
                 std::ostream& out) {
  if (titles.empty()) return;
  std::vector<int> widths;
  for (const std::string& title : titles) widths.push_back(display_width(title));
  for (const auto& row : rows) {
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], display_width(printable(row[i])));
    }
  }
  int before_last = 0;
  for (size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + kGap;
  if (options.width > 0) {
    widths.back() =
        std::min(widths.back(), std::max(options.width - before_last, kLeastLastColumn));
  }
  const auto lines_of = [&](const std::vector<std::string>& cells) {
    std::string start;
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      start += pad_right(i < cells.size() ? printable(cells[i]) : "", widths[i] + kGap);
    }
    const std::string last =
        cells.size() >= widths.size() ? printable(cells[widths.size() - 1]) : "";
    std::vector<std::string> lines;
    for (const std::string& part : wrap(last, widths.back())) {
      lines.push_back(trimmed(start + part));
      start.assign(static_cast<size_t>(before_last), ' ');
    }
    return lines;
  };
  const Paint paint{options.colour};
  for (const std::string& line : lines_of(titles)) out << paint.dim(line) << '\n';
  for (const auto& row : rows) {
    for (const std::string& line : lines_of(row)) out << line << '\n';
  }
}

}  // namespace hoplab::report
