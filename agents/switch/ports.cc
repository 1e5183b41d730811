#include "agents/switch/ports.h"

#include <fmt/format.h>

#include <array>

#include "agents/common/base/read_file.h"

namespace hoplab::agent::bridge {
std::string why_not_forwarding(const std::filesystem::path& sys, const std::string& port) {
  std::error_code error;
  if (!std::filesystem::exists(sys / port, error)) return "the interface is not there yet";
  const std::string state = read_file(sys / port / "brport/state").value_or("");
  if (state.empty()) return "not a port of the bridge yet";
  static constexpr std::array<const char*, 5> kStates = {"disabled", "listening", "learning", "",
                                                         "blocking"};
  const size_t index = static_cast<size_t>(state[0] - '0');
  return index < kStates.size() ? kStates[index] : "in an unknown state";
}

std::vector<hoplab::v1::ForwardingEntry> parse_forwarding(
    std::string_view records, const std::map<unsigned, std::string>& port_names) {
  // struct __fdb_entry: mac[6], port low byte, is_local, age[4], port high byte, padding[3]
  constexpr size_t kRecord = 16;
  std::vector<hoplab::v1::ForwardingEntry> entries;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(records[i]); };
  for (; records.size() >= kRecord; records.remove_prefix(kRecord)) {
    if (byte(7) != 0) continue;
    const auto port = port_names.find(byte(6) | static_cast<unsigned>(byte(12)) << 8U);
    if (port == port_names.end()) continue;
    hoplab::v1::ForwardingEntry& entry = entries.emplace_back();
    entry.set_mac(fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte(0), byte(1),
                              byte(2), byte(3), byte(4), byte(5)));
    entry.set_interface(port->second);
  }
  return entries;
}

std::vector<hoplab::v1::ForwardingEntry> read_forwarding(const std::filesystem::path& sys,
                                                         const std::vector<std::string>& ports) {
  std::map<unsigned, std::string> names;
  std::string records;
  for (const std::string& port : ports) {
    const std::string number = read_file(sys / port / "brport/port_no").value_or("");  // "0x1\n"
    if (number.empty()) continue;
    names[static_cast<unsigned>(std::stoul(number, nullptr, 16))] = port;
    if (records.empty()) records = read_file(sys / port / "brport/bridge/brforward").value_or("");
  }
  return parse_forwarding(records, names);
}

}  // namespace hoplab::agent::bridge
