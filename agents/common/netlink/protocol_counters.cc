#include "agents/common/netlink/protocol_counters.h"

#include <array>
#include <charconv>
#include <vector>

#include "agents/common/base/read_file.h"

namespace hoplab::netlink {
namespace {

struct Field {
  std::string_view name;
  void (v1::KernelCounters::*set)(uint64_t);
};
constexpr auto kFields = std::to_array<Field>({
    {"Ip.ForwDatagrams", &v1::KernelCounters::set_ip_forwarded},
    {"Ip.InHdrErrors", &v1::KernelCounters::set_ip_in_header_errors},
    {"Ip.InAddrErrors", &v1::KernelCounters::set_ip_in_address_errors},
    {"Ip.InUnknownProtos", &v1::KernelCounters::set_ip_in_unknown_protocols},
    {"Ip.InDiscards", &v1::KernelCounters::set_ip_in_discards},
    {"IpExt.InNoRoutes", &v1::KernelCounters::set_ip_in_no_routes},
    {"IpExt.InTruncatedPkts", &v1::KernelCounters::set_ip_in_truncated},
    {"IpExt.InCsumErrors", &v1::KernelCounters::set_ip_in_checksum_errors},
    {"Ip.OutDiscards", &v1::KernelCounters::set_ip_out_discards},
    {"Ip.OutNoRoutes", &v1::KernelCounters::set_ip_out_no_routes},
    {"Ip.ReasmFails", &v1::KernelCounters::set_ip_reassembly_fails},
    {"Ip.FragFails", &v1::KernelCounters::set_ip_fragment_fails},
    {"TcpExt.IPReversePathFilter", &v1::KernelCounters::set_ip_reverse_path_filter},
    {"Icmp.OutDestUnreachs", &v1::KernelCounters::set_icmp_out_unreachable},
    {"Icmp.OutTimeExcds", &v1::KernelCounters::set_icmp_out_time_exceeded},
    {"Udp.NoPorts", &v1::KernelCounters::set_udp_no_ports},
    {"Udp.RcvbufErrors", &v1::KernelCounters::set_udp_receive_buffer_errors},
    {"Udp.InCsumErrors", &v1::KernelCounters::set_udp_checksum_errors},
    {"Tcp.InCsumErrors", &v1::KernelCounters::set_tcp_checksum_errors},
    {"Tcp.OutRsts", &v1::KernelCounters::set_tcp_out_resets},
    {"TcpExt.ListenDrops", &v1::KernelCounters::set_tcp_listen_drops},
    {"Tcp.RetransSegs", &v1::KernelCounters::set_tcp_retransmissions},
    {"Softnet.Dropped", &v1::KernelCounters::set_softnet_dropped},
});

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t space = line.find(' ');
    if (space != 0) words.push_back(line.substr(0, space));
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  return words;
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string content(const char* path) { return read_file(path).value_or(""); }

}  // namespace

void parse_counters(std::string_view text, ProtocolCounters& counters) {
  while (!text.empty()) {
    const auto names = words_of(take_line(text));
    const auto values = words_of(take_line(text));
    if (names.empty() || values.empty() || names[0] != values[0]) continue;
    const std::string_view group = names[0].substr(0, names[0].find(':'));
    for (size_t i = 1; i < names.size() && i < values.size(); ++i) {
      uint64_t value = 0;
      const auto [end, error] =
          std::from_chars(values[i].data(), values[i].data() + values[i].size(), value);
      if (error != std::errc{}) continue;  // MaxConn may be -1
      counters[std::string(group) + "." + std::string(names[i])] = value;
    }
  }
}

ProtocolCounters read_protocol_counters() {
  ProtocolCounters counters;
  parse_counters(content("/proc/thread-self/net/snmp"), counters);
  parse_counters(content("/proc/thread-self/net/netstat"), counters);
  // A line a CPU; the second column counts what did not fit its input queue.
  const std::string softnet = content("/proc/thread-self/net/softnet_stat");
  uint64_t dropped = 0;
  for (std::string_view text = softnet; !text.empty();) {
    const auto words = words_of(take_line(text));
    uint64_t value = 0;
    if (words.size() < 2) continue;
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), value, 16);
    dropped += value;
  }
  if (!softnet.empty()) counters["Softnet.Dropped"] = dropped;
  return counters;
}

void fill_grown(const ProtocolCounters& before, const ProtocolCounters& after,
                v1::KernelCounters& grown) {
  for (const Field& field : kFields) {
    const auto was = before.find(field.name);
    const auto is = after.find(field.name);
    if (was == before.end() || is == after.end() || is->second <= was->second) continue;
    (grown.*field.set)(is->second - was->second);
  }
}

}  // namespace hoplab::netlink
