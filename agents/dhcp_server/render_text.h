// Pieces of Kea's JSON, of either IP version.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

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

}  // namespace hoplab::agent::dhcp_server
