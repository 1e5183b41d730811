#include "agents/dhcp_server/render6.h"

#include <algorithm>

#include "agents/common/net/ip_address.h"
#include "agents/dhcp_server/lease_file.h"
#include "agents/dhcp_server/render_text.h"

namespace hoplab::agent::dhcp_server {
namespace {

using hoplab::v1::Dhcp6Subnet;

std::string render_subnet(const Dhcp6Subnet& subnet, int id) {
  // Which no client asks for.
  std::vector<std::string> options = {
      R"(        { "name": "preference", "data": "255", "always-send": true })"};
  if (subnet.name_servers_size() > 0) {
    options.push_back(render_option(
        "dns-servers", joined(subnet.name_servers(), [](const auto& server) { return server; })));
  }
  if (!subnet.domain().empty()) options.push_back(render_option("domain-search", subnet.domain()));
  const uint32_t valid =
      subnet.lease_seconds() != 0 ? subnet.lease_seconds() : kDefaultLeaseSeconds;
  // T1 and T2 not given: Kea takes 0.5 and 0.8 of the preferred lifetime (section 21.4).
  std::string timers;
  if (subnet.renew_seconds() != 0) {
    timers += fmt::format(", \"renew-timer\": {}", subnet.renew_seconds());
  }
  if (subnet.rebind_seconds() != 0) {
    timers += fmt::format(", \"rebind-timer\": {}", subnet.rebind_seconds());
  }
  return fmt::format(
      "    {{ \"id\": {}, \"subnet\": {}, \"interface\": {}{},\n"
      "      \"preferred-lifetime\": {}, \"valid-lifetime\": {}, \"calculate-tee-times\": true,\n"
      "      \"pools\": [ {{ \"pool\": {} }} ],\n"
      "      \"option-data\": [\n{}\n      ] }}",
      id, quoted(subnet.subnet()), quoted(subnet.interface()), timers,
      static_cast<uint64_t>(valid) * 3 / 4, valid,
      quoted(fmt::format("{} - {}", subnet.first(), subnet.last())), fmt::join(options, ",\n"));
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
  for (const Dhcp6Subnet& subnet : spec.subnets6()) {
    const std::string name = quoted(subnet.interface());
    if (std::ranges::find(interfaces, name) == interfaces.end()) interfaces.push_back(name);
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
