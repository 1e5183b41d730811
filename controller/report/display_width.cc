#include "controller/report/display_width.h"

#include <fmt/format.h>

#include <algorithm>
#include <clocale>
#include <cwchar>

namespace hoplab::report {
namespace {

// The C library's widths of Unicode, whatever the user's locale is.
class UnicodeTables {
 public:
  UnicodeTables() : unicode_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  ~UnicodeTables() {
    if (unicode_ != nullptr) freelocale(unicode_);
  }
  UnicodeTables(const UnicodeTables&) = delete;
  UnicodeTables& operator=(const UnicodeTables&) = delete;

  [[nodiscard]] int width(char32_t character) const {
    if (unicode_ == nullptr) return 1;
    const locale_t before = uselocale(unicode_);
    const int columns = ::wcwidth(static_cast<wchar_t>(character));
    uselocale(before);
    return std::max(columns, 0);
  }

 private:
  locale_t unicode_;
};

int width_of(char32_t character) {
  static const UnicodeTables tables;
  return character >= 0x20 && character < 0x7f ? 1 : tables.width(character);
}

struct Piece {
  size_t bytes;
  int columns;
};

// The next unit that must not be torn apart: a colour code or one character.
Piece next_piece(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (text.starts_with("\x1b[")) {
    const size_t end = text.find('m');
    if (end != std::string_view::npos) return {end + 1, 0};
  }
  if (lead < 0x80) return {1, lead < 0x20 || lead == 0x7f ? 0 : 1};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  if (length == 0 || length > text.size()) return {1, 1};
  char32_t character = lead & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {1, 1};
    character = character << 6U | (next & 0x3fU);
  }
  return {length, width_of(character)};
}

// The longest beginning that takes at most `width` columns.
size_t beginning(std::string_view text, int width) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    const Piece piece = next_piece(text.substr(bytes));
    if (piece.columns > width) break;
    width -= piece.columns;
    bytes += piece.bytes;
  }
  return bytes;
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    columns += piece.columns;
    text.remove_prefix(piece.bytes);
  }
  return columns;
}

std::string pad_right(std::string_view text, int width) {
  const int missing = std::max(0, width - display_width(text));
  return std::string{text} + std::string(static_cast<size_t>(missing), ' ');
}

std::string pad_left(std::string_view text, int width) {
  const int missing = std::max(0, width - display_width(text));
  return std::string(static_cast<size_t>(missing), ' ') + std::string{text};
}

std::string cut(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string{text};
  if (width <= 0) return {};
  return std::string{text.substr(0, beginning(text, width - 1))} + "…";
}

std::vector<std::string> wrap(std::string_view text, int width) {
  width = std::max(width, 2);  // room for one wide character
  std::vector<std::string> lines;
  std::string line;
  int used = 0;
  const auto flush = [&] {
    lines.push_back(std::move(line));
    line.clear();
    used = 0;
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    int columns = display_width(word);
    if (used > 0 && used + 1 + columns > width) flush();
    while (columns > width) {
      const size_t fits = beginning(word, width);
      line += word.substr(0, fits);
      word.remove_prefix(fits);
      columns = display_width(word);
      flush();
    }
    if (word.empty()) continue;
    if (used > 0) {
      line += ' ';
      ++used;
    }
    line += word;
    used += columns;
  }
  if (!line.empty() || lines.empty()) flush();
  return lines;
}

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      clean += fmt::format("\\x{:02x}", byte);
    } else {
      clean += c;
    }
  }
  return clean;
}

}  // namespace hoplab::report
