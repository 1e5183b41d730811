#include "agents/dns_server/render.h"

#include <fmt/format.h>

#include <algorithm>

namespace hoplab::agent::dns_server {
namespace {

constexpr std::string_view kZoneFolder = "/run/role/knot/zones";

std::string file_name(const hoplab::v1::Zone& zone) {
  std::string name = canonical_name(zone.origin());
  if (name == ".") return "root.zone";
  std::replace(name.begin(), name.end(), '/', '_');  // RFC 2317 names
  return name + "zone";
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

std::string render_configuration(const hoplab::v1::DnsServerSpec& spec) {
  std::string listen;
  for (const std::string& address : spec.listen()) {
    listen += fmt::format("    listen: {}@53\n", address);
  }
  std::string zones;
  for (const auto& zone : spec.zones()) {
    zones += fmt::format("  - domain: {}\n    file: \"{}\"\n", zone.origin(), file_name(zone));
  }
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

template:
  - id: default
    storage: "{}"
    global-module: mod-dnstap/agent
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none

zone:
{})",
                     listen, kControlSocket, kDnstapSocket, kZoneFolder, zones);
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
