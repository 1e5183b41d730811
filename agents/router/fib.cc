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

template <typename Value>
std::optional<Value> hexadecimal(std::string_view text) {
  Value value = 0;
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
    const auto destination = hexadecimal<uint32_t>(column[1]);
    const auto flags = hexadecimal<uint32_t>(column[3]);
    const auto mask = hexadecimal<uint32_t>(column[7]);
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

Fib parse_route_table6(std::string_view text) {
  // destination, its length, source, its length, next hop, metric, references, uses, flags,
  // interface: hexadecimal without prefixes, separated by blanks.
  constexpr size_t kFlags = 8;
  Fib fib;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::array<std::string_view, kFlags + 1> column;
    for (std::string_view& c : column) {
      const size_t blank = rest.find(' ');
      c = rest.substr(0, blank);
      rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
    }
    const auto high = hexadecimal<uint64_t>(column[0].substr(0, 16));
    const auto low =
        column[0].size() == 32 ? hexadecimal<uint64_t>(column[0].substr(16)) : std::nullopt;
    const auto length = hexadecimal<uint8_t>(column[1]);
    const auto flags = hexadecimal<uint32_t>(column[kFlags]);
    if (!high || !low || !length || *length > 128 || !flags || (*flags & RTF_UP) == 0) continue;
    const auto kind = (*flags & RTF_REJECT) != 0 ? FibKind::kReject : FibKind::kForward;
    fib.emplace(net::IpPrefix{{*high, *low}, *length}, kind);
  }
  return fib;
}

Result<Fib> read_fib(const std::filesystem::path& table) {
  const auto text = read_file(table);
  if (!text) return std::unexpected(text.error());
  Fib fib = parse_route_table(*text);
  const auto table6 = table.parent_path() / kRouteTable6;
  std::error_code error;
  if (!std::filesystem::exists(table6, error)) return fib;
  const auto text6 = read_file(table6);
  if (!text6) return std::unexpected(text6.error());
  fib.merge(parse_route_table6(*text6));
  return fib;
}

}  // namespace hoplab::router
