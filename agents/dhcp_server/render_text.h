// Pieces of Kea's JSON and of its lease files, of either IP version.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::agent::dhcp_server {

inline constexpr uint32_t kDefaultLeaseSeconds = 600;

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

template <typename Range, typename Render>
std::string joined(const Range& range, Render render) {
  std::string out;
  for (const auto& item : range) {
    if (!out.empty()) out += ", ";
    out += render(item);
  }
  return out;
}

inline std::string render_option(std::string_view name, std::string_view data) {
  return fmt::format("        {{ \"name\": {}, \"data\": {} }}", quoted(name), quoted(data));
}

inline std::string render_loggers(std::string_view daemon) {
  constexpr std::string_view kOutput =
      R"("output_options": [ { "output": "stdout", "flush": true, "pattern": "%p %m\n" } ])";
  return fmt::format(
      R"("loggers": [
    {{ "name": "{0}", "severity": "INFO",
      {1} }},
    {{ "name": "{0}.commands", "severity": "WARN",
      {1} }} ])",
      daemon, kOutput);
}

// Calls `line` with the fields of each line of a lease file.
template <typename Line>
void each_line(std::string_view csv, Line line) {
  while (!csv.empty()) {
    const size_t end = csv.find('\n');
    std::string_view text = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    std::vector<std::string_view> fields;
    for (;;) {
      const size_t comma = text.find(',');
      fields.push_back(text.substr(0, comma));
      if (comma == std::string_view::npos) break;
      text.remove_prefix(comma + 1);
    }
    line(fields);
  }
}

inline int64_t number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace hoplab::agent::dhcp_server
