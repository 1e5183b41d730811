// The plan as text tables.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "controller/topology/keys.h"
#include "controller/topology/plan.h"

namespace hoplab::topology {
namespace {

using Row = std::vector<std::string>;

// Characters, not bytes: a continuation byte of UTF-8 has no width.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void table(std::ostream& out, const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const Row& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      line += ' ' + row[i] + std::string(widths[i] - width(row[i]) + 1, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

std::string addresses(const v1::NodeSpec& spec, const v1::InterfaceSpec& interface) {
  const bool leased = spec.client().dhcp_interface() == interface.name();
  std::string text = leased ? "by DHCP" : "";
  for (const std::string& address : interface.addresses()) {
    text += (text.empty() ? "" : " ") + address;
  }
  if (spec.client().autoconf_interface() == interface.name()) {
    text += (text.empty() ? "" : " ");
    text += spec.client().dhcpv6() ? "by DHCPv6" : "by SLAAC";
  }
  return text.empty() ? "-" : text;
}

std::string summary(const NodePlan& node) {
  const v1::NodeSpec& spec = node.spec;
  if (spec.has_router()) {
    const auto& r = spec.router();
    std::string text = fmt::format("loopback {}", r.loopback());
    if (!r.loopback6().empty()) text += " " + r.loopback6();
    const auto active =
        std::count_if(r.ospf().begin(), r.ospf().end(), [](const auto& o) { return !o.passive(); });
    if (active != 0) text += fmt::format(", OSPF on {}", active);
    const auto external = std::count_if(r.bgp().begin(), r.bgp().end(),
                                        [&](const auto& n) { return n.asn() != r.asn(); });
    if (r.asn() != 0) text += fmt::format(", eBGP {}, iBGP {}", external, r.bgp_size() - external);
    return text;
  }
  if (spec.has_gateway()) {
    return fmt::format(
        "{} ▸ {}{}{}, DNS cache → {}", spec.gateway().lan_interface(),
        spec.gateway().wan_interface(), spec.gateway().masquerade() ? " with NAT" : "",
        spec.gateway().prefix6().empty() ? ""
                                         : fmt::format(", {} without", spec.gateway().prefix6()),
        spec.gateway().resolver().forwarders().empty()
            ? std::string("root servers")
            : fmt::format("{}", fmt::join(spec.gateway().resolver().forwarders(), " ")));
  }
  if (spec.has_dhcp_server() && !spec.dhcp_server().subnets().empty()) {
    const auto& s = spec.dhcp_server().subnets(0);
    std::string text = fmt::format("pool {}-{}, router {}, DNS {}, lease {} s", s.first(), s.last(),
                                   s.router().empty() ? "-" : s.router(),
                                   fmt::join(s.name_servers(), " "), s.lease_seconds());
    for (const auto& six : spec.dhcp_server().subnets6()) {
      text += fmt::format(", pool6 {}-{}", six.first(), six.last());
    }
    return text;
  }
  if (spec.has_dns_server()) {
    std::string text = "zones";
    for (const auto& zone : spec.dns_server().zones()) text += ' ' + zone.origin();
    return text;
  }
  if (spec.has_resolver()) {
    return spec.resolver().forwarders().empty()
               ? fmt::format("{} root hints", spec.resolver().root_hints_size())
               : fmt::format("forwards to {}", fmt::join(spec.resolver().forwarders(), " "));
  }
  if (spec.has_load_balancer()) {
    std::string text = spec.load_balancer().algorithm() + " over";
    for (const auto& b : spec.load_balancer().backends()) text += ' ' + b.node();
    return text;
  }
  if (spec.has_web_server()) {
    return fmt::format("port {} {}", spec.web_server().port(),
                       fmt::join(spec.web_server().names(), " "));
  }
  return node.image;
}

}  // namespace

void render(const Plan& plan, std::ostream& out) {
  out << fmt::format("lab {} ({}): {} systems, {} nodes, {} links, {} zones\n", plan.lab,
                     plan.topology, plan.systems.size(), plan.nodes.size(), plan.links.size(),
                     plan.zones.size());
  std::vector<Row> rows;
  for (const SystemPlan& s : plan.systems) {
    rows.push_back({s.name, s.asn == 0 ? "site" : fmt::format("AS{}", s.asn),
                    s.prefix ? net::to_string(*s.prefix) : "-",
                    s.prefix6 ? net::to_string(*s.prefix6) : ""});
  }
  out << "\nsystems\n";
  table(out, rows);
  rows.clear();
  for (const NodePlan& n : plan.nodes) {
    rows.push_back({n.name, std::string(role_name(n.role)), n.system, summary(n)});
  }
  out << "\nnodes\n";
  table(out, rows);
  rows.clear();
  for (const NodePlan& n : plan.nodes) {
    for (const auto& i : n.spec.interfaces()) {
      rows.push_back({n.name, i.name(), addresses(n.spec, i), i.mac(),
                      fmt::format("→ {}:{}", i.peer_node(), i.peer_interface())});
    }
  }
  out << "\ninterfaces\n";
  table(out, rows);
  rows.clear();
  for (const LinkPlan& l : plan.links) {
    rows.push_back({fmt::format("{}:{}", l.node_a, l.interface_a), "–",
                    fmt::format("{}:{}", l.node_b, l.interface_b), fmt::format("mtu {}", l.mtu)});
  }
  out << "\nlinks\n";
  table(out, rows);
  for (const v1::Zone& zone : plan.zones) {
    rows.clear();
    for (const auto& r : zone.records()) {
      rows.push_back({r.name(), fmt::format("{}", r.ttl()), r.type(), r.data()});
    }
    out << fmt::format("\nzone {}\n", zone.origin());
    table(out, rows);
  }
}

}  // namespace hoplab::topology
