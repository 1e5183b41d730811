#include "agents/dhcp_server/lease_file.h"

#include <charconv>
#include <map>
#include <string>

#include "agents/common/net/ip_address.h"

namespace hoplab::agent::dhcp_server {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

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

int64_t number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::vector<hoplab::v1::Lease> read_lease_file(
    std::string_view csv, const LeaseColumns& columns, int64_t now_ns,
    const std::function<void(int64_t subnet, hoplab::v1::Lease& lease)>& complete) {
  std::map<net::IpAddress, hoplab::v1::Lease> leases;
  each_line(csv, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() <= columns.state) return;
    const auto address = net::parse_ip(fields.front());
    if (!address) return;  // the heading
    const int64_t lifetime = number(fields[columns.lifetime]);
    const int64_t expires_ns = number(fields[columns.expire]) * kSecond;
    if (lifetime == 0 || number(fields[columns.state]) != 0 || expires_ns <= now_ns) {
      leases.erase(*address);
      return;
    }
    hoplab::v1::Lease& lease = leases[*address];
    lease.Clear();
    lease.set_address(std::string(fields.front()));
    lease.set_mac(std::string(fields[columns.mac]));
    lease.set_lease_seconds(static_cast<uint32_t>(lifetime));
    lease.set_expires_ns(expires_ns);
    complete(number(fields[columns.subnet]), lease);
  });
  std::vector<hoplab::v1::Lease> held;
  held.reserve(leases.size());
  for (auto& [address, lease] : leases) held.push_back(std::move(lease));
  return held;
}

}  // namespace hoplab::agent::dhcp_server
