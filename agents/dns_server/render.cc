#include "agents/dns_server/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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
  if (!zone.primary().empty()) {
    return out + fmt::format(
                     "    master: \"{0}\"\n    acl: \"from-{0}\"\n    zonefile-load: none\n"
                     "    journal-content: all\n",
                     zone.primary());
  }
  out += fmt::format("    file: \"{}\"\n", file_name(zone));
  if (!zone.secondaries().empty()) {
    std::string notify;
    std::string acl;
    for (const std::string& address : zone.secondaries()) {
      notify += fmt::format("{}\"{}\"", notify.empty() ? "" : ", ", address);
      acl += fmt::format("{}\"to-{}\"", acl.empty() ? "" : ", ", address);
    }
    out +=
        fmt::format("    notify: [{}]\n    acl: [{}]\n    journal-content: changes\n", notify, acl);
  }
  if (zone.is_signed()) out += "    dnssec-signing: on\n    dnssec-policy: one-key\n";
  return out;
}

// Remotes and access rules, each named by its address.
std::string render_peers(const hoplab::v1::DnsServerSpec& spec) {
  std::set<std::string> primaries;
  std::set<std::string> secondaries;
  for (const auto& zone : spec.zones()) {
    if (!zone.primary().empty()) primaries.insert(zone.primary());
    secondaries.insert(zone.secondaries().begin(), zone.secondaries().end());
  }
  if (primaries.empty() && secondaries.empty()) return {};
  std::set<std::string> everybody = primaries;
  everybody.insert(secondaries.begin(), secondaries.end());
  std::string out = "remote:\n";
  for (const std::string& address : everybody) {
    out += fmt::format("  - id: \"{0}\"\n    address: {0}@53\n", address);
  }
  out += "\nacl:\n";
  for (const std::string& address : primaries) {
    out += fmt::format("  - id: \"from-{0}\"\n    address: {0}\n    action: notify\n", address);
  }
  for (const std::string& address : secondaries) {
    out += fmt::format("  - id: \"to-{0}\"\n    address: {0}\n    action: transfer\n", address);
  }
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
