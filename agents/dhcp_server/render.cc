#include "agents/dhcp_server/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "agents/common/net/address.h"
#include "agents/dhcp_server/lease_file.h"
#include "agents/dhcp_server/render_text.h"

namespace hoplab::agent::dhcp_server {
namespace {

using hoplab::v1::DhcpSubnet;

// Kea's pools have no holes of their own: what is excluded parts one pool into several.
std::vector<std::string> render_pools(const DhcpSubnet& subnet) {
  const auto first = net::parse_ipv4(subnet.first());
  const auto last = net::parse_ipv4(subnet.last());
  if (!first || !last) return {};
  std::vector<std::pair<uint64_t, uint64_t>> holes;
  for (const auto& range : subnet.excluded()) {
    const auto from = net::parse_ipv4(range.first());
    const auto to = net::parse_ipv4(range.last());
    if (from && to) holes.emplace_back(from->value, to->value);
  }
  std::ranges::sort(holes);
  std::vector<std::string> pools;
  uint64_t next = first->value;
  const auto add = [&](uint64_t end) {
    if (next > end) return;
    pools.push_back(fmt::format(
        "{{ \"pool\": {} }}",
        quoted(fmt::format("{} - {}", net::to_string(net::Ipv4{static_cast<uint32_t>(next)}),
                           net::to_string(net::Ipv4{static_cast<uint32_t>(end)})))));
  };
  for (const auto& [from, to] : holes) {
    if (to < next || from > last->value) continue;
    if (from > next) add(from - 1);
    next = to + 1;
  }
  add(last->value);
  return pools;
}

// Members of the subnet that only some have.
std::string render_extras(const DhcpSubnet& subnet) {
  std::string text;
  if (subnet.relay().empty()) {
    text += fmt::format(", \"interface\": {}", quoted(subnet.interface()));
  } else {
    text += fmt::format(", \"relay\": {{ \"ip-addresses\": [ {} ] }}", quoted(subnet.relay()));
  }
  // It has no record of the other server's clients, so it must keep silent about their addresses
  // (RFC 2131, section 4.3.2).
  if (subnet.shared()) text += ", \"authoritative\": false";
  if (subnet.renew_seconds() != 0)
    text += fmt::format(", \"renew-timer\": {}", subnet.renew_seconds());
  if (subnet.rebind_seconds() != 0) {
    text += fmt::format(", \"rebind-timer\": {}", subnet.rebind_seconds());
  }
  return text;
}

std::string render_subnet(const DhcpSubnet& subnet, int id) {
  std::vector<std::string> options;
  if (!subnet.router().empty()) options.push_back(render_option("routers", subnet.router()));
  if (subnet.name_servers_size() > 0) {
    options.push_back(
        render_option("domain-name-servers",
                      joined(subnet.name_servers(), [](const auto& server) { return server; })));
  }
  if (!subnet.domain().empty()) options.push_back(render_option("domain-name", subnet.domain()));

  std::vector<std::string> reservations;
  for (const auto& reservation : subnet.reservations()) {
    reservations.push_back(
        fmt::format("        {{ \"hw-address\": {}, \"ip-address\": {}{} }}",
                    quoted(reservation.mac()), quoted(reservation.address()),
                    reservation.node().empty()
                        ? ""
                        : fmt::format(", \"hostname\": {}", quoted(reservation.node()))));
  }
  const uint32_t lease =
      subnet.lease_seconds() != 0 ? subnet.lease_seconds() : kDefaultLeaseSeconds;
  return fmt::format(
      "    {{ \"id\": {}, \"subnet\": {}{},\n"
      "      \"valid-lifetime\": {}, \"calculate-tee-times\": true,\n"
      "      \"pools\": [ {} ],\n"
      "      \"option-data\": [\n{}\n      ],\n"
      "      \"reservations\": [\n{}\n      ] }}",
      id, quoted(subnet.subnet()), render_extras(subnet), lease,
      fmt::join(render_pools(subnet), ", "), fmt::join(options, ",\n"),
      fmt::join(reservations, ",\n"));
}

// What the server's own side of a subnet adds to a lease.
void add_subnet(const hoplab::v1::NodeSpec& spec, int64_t subnet_id, hoplab::v1::Lease& lease) {
  const auto& subnets = spec.dhcp_server().subnets();
  if (subnet_id < 1 || subnet_id > subnets.size()) return;
  const DhcpSubnet& subnet = subnets[static_cast<int>(subnet_id - 1)];
  lease.set_router(subnet.router());
  *lease.mutable_name_servers() = subnet.name_servers();
  for (const auto& interface : spec.interfaces()) {
    if (interface.name() != subnet.interface() || interface.addresses().empty()) continue;
    if (const auto own = net::parse_interface_address(interface.addresses(0))) {
      lease.set_server(net::to_string(own->address));
    }
  }
}

}  // namespace

std::string render_configuration(const hoplab::v1::DhcpServerSpec& spec) {
  std::vector<std::string> interfaces;
  std::vector<std::string> subnets;
  for (const DhcpSubnet& subnet : spec.subnets()) {
    const std::string name = quoted(subnet.interface());
    if (std::find(interfaces.begin(), interfaces.end(), name) == interfaces.end()) {
      interfaces.push_back(name);
    }
    subnets.push_back(render_subnet(subnet, static_cast<int>(subnets.size()) + 1));
  }
  return fmt::format(
      R"({{ "Dhcp4": {{
  "interfaces-config": {{
    "interfaces": [ {} ], "dhcp-socket-type": "raw",
    "service-sockets-max-retries": 300, "service-sockets-retry-wait-time": 200 }},
  "control-socket": {{ "socket-type": "unix", "socket-name": "{}" }},
  "lease-database": {{
    "type": "memfile", "persist": true, "name": "{}", "lfc-interval": 0 }},
  "authoritative": true,
  "multi-threading": {{ "enable-multi-threading": false }},{}
  "subnet4": [
{}
  ],
  {}
}} }}
)",
      fmt::join(interfaces, ", "), kControlSocket, kLeaseFile,
      spec.bootp()
          ? fmt::format("\n  \"hooks-libraries\": [ {{ \"library\": \"{}\" }} ],", kBootpLibrary)
          : "",
      fmt::join(subnets, ",\n"), render_loggers("kea-dhcp4"));
}

std::vector<hoplab::v1::Lease> read_leases(std::string_view csv, const hoplab::v1::NodeSpec& spec,
                                           int64_t now_ns) {
  // address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,…
  constexpr LeaseColumns kColumns{.mac = 1, .lifetime = 3, .expire = 4, .subnet = 5, .state = 9};
  return read_lease_file(csv, kColumns, now_ns, [&](int64_t subnet, hoplab::v1::Lease& lease) {
    add_subnet(spec, subnet, lease);
  });
}

}  // namespace hoplab::agent::dhcp_server
