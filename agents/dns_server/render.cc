#include "agents/dns_server/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

namespace hoplab::agent::dns_server {
namespace {

constexpr std::string_view kZoneFolder = "/run/role/knot/zones";
constexpr std::string_view kKeyFolder = "/run/role/knot/keys";

std::string file_name(const hoplab::v1::Zone& zone) {
  std::string name = canonical_name(zone.origin());
  if (name == ".") return "root.zone";
  std::replace(name.begin(), name.end(), '/', '_');  // RFC 2317 names
  return name + "zone";
}

// Where the zone's records come from and where they go. What is changed at run time stays in the
// journal, which is what IXFR is made of (RFC 1995).
std::string render_zone_section(const hoplab::v1::Zone& zone) {
  std::string out = fmt::format("  - domain: {}\n", zone.origin());
  if (zone.has_primary()) {
    return out + fmt::format(
                     "    master: \"{0}\"\n    acl: \"from-{0}\"\n    zonefile-load: none\n"
                     "    journal-content: all\n",
                     zone.primary().node());
  }
  out += fmt::format("    file: \"{}\"\n", file_name(zone));
  if (!zone.secondaries().empty()) {
    std::string notify;
    std::string acl;
    for (const auto& peer : zone.secondaries()) {
      notify += fmt::format("{}\"{}\"", notify.empty() ? "" : ", ", peer.node());
      acl += fmt::format("{}\"to-{}\"", acl.empty() ? "" : ", ", peer.node());
    }
    out +=
        fmt::format("    notify: [{}]\n    acl: [{}]\n    journal-content: changes\n", notify, acl);
  }
  if (zone.is_signed()) out += "    dnssec-signing: on\n    dnssec-policy: one-key\n";
  return out;
}

// By node name.
using Peers = std::map<std::string, const hoplab::v1::NameServerPeer*>;

std::string addresses_of(const hoplab::v1::NameServerPeer& peer, std::string_view port) {
  std::vector<std::string> list;
  for (const std::string& address : peer.addresses())
    list.push_back(fmt::format("{}{}", address, port));
  return fmt::format("[{}]", fmt::join(list, ", "));
}

// Remotes and access rules, each named by its node. Knot tries a remote's addresses in their order.
std::string render_peers(const hoplab::v1::DnsServerSpec& spec) {
  Peers primaries;
  Peers secondaries;
  for (const auto& zone : spec.zones()) {
    if (zone.has_primary()) primaries.emplace(zone.primary().node(), &zone.primary());
    for (const auto& peer : zone.secondaries()) secondaries.emplace(peer.node(), &peer);
  }
  if (primaries.empty() && secondaries.empty()) return {};
  Peers everybody = primaries;
  everybody.insert(secondaries.begin(), secondaries.end());
  std::string out = "remote:\n";
  for (const auto& [node, peer] : everybody) {
    out += fmt::format("  - id: \"{}\"\n    address: {}\n", node, addresses_of(*peer, "@53"));
  }
  out += "\nacl:\n";
  const auto rule = [&](std::string_view prefix, const Peers& peers, std::string_view action) {
    for (const auto& [node, peer] : peers) {
      out += fmt::format("  - id: \"{}-{}\"\n    address: {}\n    action: {}\n", prefix, node,
                         addresses_of(*peer, ""), action);
    }
  };
  rule("from", primaries, "notify");
  rule("to", secondaries, "transfer");
  return out + "\n";
}

}  // namespace

std::string canonical_name(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!out.ends_with('.')) out += '.';
  return out;
}

std::filesystem::path zone_file(const hoplab::v1::Zone& zone) {
  return std::filesystem::path(kZoneFolder) / file_name(zone);
}

std::filesystem::path key_file(const hoplab::v1::Zone& zone) {
  return std::filesystem::path(kKeyFolder) / (file_name(zone) + ".pem");
}

std::string render_configuration(const hoplab::v1::DnsServerSpec& spec) {
  std::string listen;
  for (const std::string& address : spec.listen()) {
    listen += fmt::format("    listen: {}@53\n", address);
  }
  std::string zones;
  for (const auto& zone : spec.zones()) zones += render_zone_section(zone);
  return fmt::format(R"(server:
    rundir: "/run/role/knot"
    identity: ""
    version: ""
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
{}
control:
    listen: "{}"

database:
    storage: "/run/role/knot/db"
    journal-db-max-size: 1M
    timer-db-max-size: 1M

log:
  - target: stderr
    any: info

mod-dnstap:
  - id: agent
    sink: "unix:{}"
    log-queries: on
    log-responses: on

{}policy:
  - id: one-key
    manual: on
    single-type-signing: on
    algorithm: ed25519

template:
  - id: default
    storage: "{}"
    global-module: mod-dnstap/agent
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none

zone:
{})",
                     listen, kControlSocket, kDnstapSocket, render_peers(spec), kZoneFolder, zones);
}

std::string render_zone(const hoplab::v1::Zone& zone) {
  std::string out = fmt::format("; zone {}\n", zone.origin());
  for (const auto& record : zone.records()) {
    out += fmt::format("{}\t{}\tIN\t{}\t{}\n", record.name(), record.ttl(), record.type(),
                       record.data());
  }
  return out;
}

std::string render_withheld_zone(const hoplab::v1::Zone& zone) {
  return fmt::format("; zone {}: withheld by a fault, so that it has no SOA and cannot be loaded\n",
                     zone.origin());
}

}  // namespace hoplab::agent::dns_server
