#include "agents/dhcp_server/render6.h"

#include <algorithm>

#include "agents/common/net/ip_address.h"
#include "agents/dhcp_server/lease_file.h"
#include "agents/dhcp_server/render_text.h"

namespace hoplab::agent::dhcp_server {
namespace {

using hoplab::v1::Dhcp6Subnet;

// What is excluded parts one pool into several.
std::vector<std::string> render_pools(const Dhcp6Subnet& subnet) {
  const auto first = net::parse_ip(subnet.first());
  const auto last = net::parse_ip(subnet.last());
  if (!first || !last) return {};
  std::vector<std::pair<net::IpAddress, net::IpAddress>> holes;
  for (const auto& range : subnet.excluded()) {
    const auto from = net::parse_ip(range.first());
    const auto to = net::parse_ip(range.last());
    if (from && to) holes.emplace_back(*from, *to);
  }
  std::ranges::sort(holes);
  std::vector<std::string> pools;
  // All in one /64, so the lower half counts alone.
  uint64_t next = first->low;
  const auto add = [&](uint64_t end) {
    pools.push_back(
        fmt::format("{{ \"pool\": {} }}",
                    quoted(fmt::format("{} - {}", net::to_string(net::IpAddress{first->high, next}),
                                       net::to_string(net::IpAddress{first->high, end})))));
  };
  for (const auto& [from, to] : holes) {
    if (to.low < next || from > *last) continue;
    if (from.low > next) add(from.low - 1);
    if (to >= *last) return pools;
    next = to.low + 1;
  }
  add(last->low);
  return pools;
}

// By its MAC, which Kea reads out of the client's DUID.
std::string render_reservations(const Dhcp6Subnet& subnet) {
  if (subnet.reservations().empty()) return {};
  std::vector<std::string> kept;
  for (const auto& r : subnet.reservations()) {
    kept.push_back(fmt::format("        {{ \"hw-address\": {}, \"ip-addresses\": [ {} ] }}",
                               quoted(r.mac()), quoted(r.address())));
  }
  return fmt::format(",\n      \"reservations\": [\n{}\n      ]", fmt::join(kept, ",\n"));
}

std::string render_subnet(const Dhcp6Subnet& subnet, int id) {
  // Which no client asks for.
  std::vector<std::string> options = {
      fmt::format(R"(        {{ "name": "preference", "data": "{}", "always-send": true }})",
                  subnet.preference())};
  if (subnet.name_servers_size() > 0) {
    options.push_back(render_option(
        "dns-servers", joined(subnet.name_servers(), [](const auto& server) { return server; })));
  }
  if (!subnet.domain().empty()) options.push_back(render_option("domain-search", subnet.domain()));
  const uint32_t valid =
      subnet.lease_seconds() != 0 ? subnet.lease_seconds() : kDefaultLeaseSeconds;
  const std::string where =
      subnet.relay().empty()
          ? fmt::format("\"interface\": {}", quoted(subnet.interface()))
          : fmt::format("\"relay\": {{ \"ip-addresses\": [ {} ] }}", quoted(subnet.relay()));
  // T1 and T2 not given: Kea takes 0.5 and 0.8 of the preferred lifetime (section 21.4).
  std::string timers;
  if (subnet.renew_seconds() != 0) {
    timers += fmt::format(", \"renew-timer\": {}", subnet.renew_seconds());
  }
  if (subnet.rebind_seconds() != 0) {
    timers += fmt::format(", \"rebind-timer\": {}", subnet.rebind_seconds());
  }
  return fmt::format(
      "    {{ \"id\": {}, \"subnet\": {}, {}{},\n"
      "      \"preferred-lifetime\": {}, \"valid-lifetime\": {}, \"calculate-tee-times\": true,\n"
      "      \"pools\": [ {} ],\n"
      "      \"option-data\": [\n{}\n      ]{} }}",
      id, quoted(subnet.subnet()), where, timers, static_cast<uint64_t>(valid) * 3 / 4, valid,
      fmt::join(render_pools(subnet), ", "), fmt::join(options, ",\n"),
      render_reservations(subnet));
}

// The server's own IPv6 address on that interface.
std::string own_address(const hoplab::v1::NodeSpec& spec, const std::string& name) {
  for (const auto& interface : spec.interfaces()) {
    if (interface.name() != name) continue;
    for (const std::string& text : interface.addresses()) {
      const auto own = net::parse_ip_interface_address(text);
      if (own && own->address.is_v6()) return net::to_string(own->address);
    }
  }
  return {};
}

}  // namespace

std::string render_configuration6(const hoplab::v1::DhcpServerSpec& spec) {
  std::vector<std::string> interfaces;
  std::vector<std::string> subnets;
  const auto listen = [&](const std::string& where) {
    if (std::ranges::find(interfaces, where) == interfaces.end()) interfaces.push_back(where);
  };
  for (const Dhcp6Subnet& subnet : spec.subnets6()) {
    listen(quoted(subnet.interface()));
    // What relays pass on comes to an address of its own.
    if (!subnet.listen().empty()) {
      listen(quoted(fmt::format("{}/{}", subnet.interface(), subnet.listen())));
    }
    subnets.push_back(render_subnet(subnet, static_cast<int>(subnets.size()) + 1));
  }
  return fmt::format(
      R"({{ "Dhcp6": {{
  "interfaces-config": {{
    "interfaces": [ {} ],
    "service-sockets-max-retries": 300, "service-sockets-retry-wait-time": 200 }},
  "server-id": {{ "type": "LL", "persist": false }},
  "data-directory": "/run/role/kea",
  "control-socket": {{ "socket-type": "unix", "socket-name": "{}" }},
  "lease-database": {{
    "type": "memfile", "persist": true, "name": "{}", "lfc-interval": 0 }},
  "multi-threading": {{ "enable-multi-threading": false }},
  "subnet6": [
{}
  ],
  {}
}} }}
)",
      fmt::join(interfaces, ", "), kControlSocket6, kLeaseFile6, fmt::join(subnets, ",\n"),
      render_loggers("kea-dhcp6"));
}

std::vector<hoplab::v1::Lease> read_leases6(std::string_view csv, const hoplab::v1::NodeSpec& spec,
                                            int64_t now_ns) {
  // address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,
  // fqdn_fwd,fqdn_rev,hostname,hwaddr,state,…
  constexpr LeaseColumns kColumns{.mac = 12, .lifetime = 2, .expire = 3, .subnet = 4, .state = 13};
  return read_lease_file(csv, kColumns, now_ns, [&](int64_t id, hoplab::v1::Lease& lease) {
    const auto& subnets = spec.dhcp_server().subnets6();
    if (id < 1 || id > subnets.size()) return;
    const Dhcp6Subnet& subnet = subnets[static_cast<int>(id - 1)];
    *lease.mutable_name_servers() = subnet.name_servers();
    lease.set_server(own_address(spec, subnet.interface()));
  });
}

}  // namespace hoplab::agent::dhcp_server
