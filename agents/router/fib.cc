#include "agents/router/fib.h"

#include <arpa/inet.h>
#include <linux/route.h>

#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string>

#include "agents/common/base/read_file.h"

namespace hoplab::router {
namespace {

std::optional<uint32_t> hexadecimal(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The first eight tab-separated columns: interface, destination, gateway, flags, …, mask.
std::array<std::string_view, 8> columns(std::string_view line) {
  std::array<std::string_view, 8> result;
  for (std::string_view& column : result) {
    const size_t tab = line.find('\t');
    column = line.substr(0, tab);
    if (tab == std::string_view::npos) break;
    line.remove_prefix(tab + 1);
  }
  return result;
}

}  // namespace

Fib parse_route_table(std::string_view text) {
  Fib fib;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const auto column = columns(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto destination = hexadecimal(column[1]);
    const auto flags = hexadecimal(column[3]);
    const auto mask = hexadecimal(column[7]);
    if (!destination || !flags || !mask || (*flags & RTF_UP) == 0) continue;
    const net::Prefix prefix{{ntohl(*destination)}, static_cast<uint8_t>(std::popcount(*mask))};
    // An unreachable route carries the flag; a blackhole has only no interface.
    const bool rejects = (*flags & RTF_REJECT) != 0 || column[0] == "*";
    const auto kind = rejects ? FibKind::kReject : FibKind::kForward;
    // The kernel lists a prefix's routes best first.
    fib.emplace(prefix, kind);
  }
  return fib;
}

Result<Fib> read_fib(const std::filesystem::path& table) {
  const auto text = read_file(table);
  if (!text) return std::unexpected(text.error());
  return parse_route_table(*text);
}

}  // namespace hoplab::router
