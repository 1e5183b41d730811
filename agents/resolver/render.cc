#include "agents/resolver/render.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace hoplab::agent::resolver {
namespace {

// Labs live in addresses that have no names on the Internet; here their reverse zones are ordinary.
std::string render_lab_zones() {
  std::string out = "  local-zone: \"test.\" nodefault\n";  // lessons' own (RFC 6761)
  for (const char* zone : {"2.0.192.in-addr.arpa.", "100.51.198.in-addr.arpa.",
                           "113.0.203.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."}) {
    out += fmt::format("  local-zone: \"{}\" nodefault\n", zone);
  }
  for (int i = 64; i < 128; ++i) {
    out += fmt::format("  local-zone: \"{}.100.in-addr.arpa.\" nodefault\n", i);
  }
  return out;
}

std::string render_upstream(const hoplab::v1::ResolverSpec& spec, bool broken) {
  if (broken) return "forward-zone:\n  name: \".\"\n  forward-addr: 127.0.0.1\n";
  if (spec.forwarders().empty()) return {};
  std::string out = "forward-zone:\n  name: \".\"\n";
  for (const std::string& forwarder : spec.forwarders()) {
    out += fmt::format("  forward-addr: {}\n", forwarder);
  }
  return out;
}

}  // namespace

std::string render_configuration(const hoplab::v1::ResolverSpec& spec, bool broken) {
  std::string listen;
  bool six = false;
  std::string allow = "  access-control: 127.0.0.0/8 allow\n";
  for (const std::string& address : spec.listen()) {
    listen += fmt::format("  interface: {}\n", address);
    const bool v6 = address.find(':') != std::string::npos;
    six = six || v6;
    allow += fmt::format("  access-control: {}/{} allow\n", address, v6 ? 128 : 32);
  }
  for (const std::string& prefix : spec.allow()) {
    allow += fmt::format("  access-control: {} allow\n", prefix);
  }
  std::string anchors;
  if (spec.validate()) {
    for (const std::string& anchor : spec.trust_anchors()) {
      anchors += fmt::format("  trust-anchor: \"{}\"\n", anchor);
    }
  }
  const bool recursive = spec.forwarders().empty();
  return fmt::format(
      R"(server:
  chroot: ""
  directory: "/run/role/unbound"
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  num-threads: 1
{}{}{}{}  do-ip6: {}
  module-config: "{}iterator"
  qname-minimisation: {}
  target-fetch-policy: "0 0 0 0 0"
  prefetch: no
  minimal-responses: {}
  ede: yes
  trust-anchor-signaling: no
  do-not-query-localhost: yes
  unblock-lan-zones: yes
  insecure-lan-zones: yes
{}  outgoing-range: 128
  num-queries-per-thread: 64
  msg-cache-size: 1m
  rrset-cache-size: 2m
  key-cache-size: 64k
  neg-cache-size: 64k
  infra-cache-numhosts: 200
  infra-host-ttl: 1
  infra-keep-probing: yes
remote-control:
  control-enable: yes
  control-interface: "{}"
  control-use-cert: no
dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "{}"
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
  dnstap-log-resolver-query-messages: yes
  dnstap-log-resolver-response-messages: yes
  dnstap-log-forwarder-query-messages: yes
  dnstap-log-forwarder-response-messages: yes
{})",
      listen, allow, recursive ? fmt::format("  root-hints: \"{}\"\n", kRootHints) : "", anchors,
      six ? "yes" : "no", anchors.empty() ? "" : "validator ",
      spec.qname_minimisation() ? "yes" : "no", spec.full_responses() ? "no" : "yes",
      render_lab_zones(), kControlSocket, kDnstapSocket, render_upstream(spec, broken));
}

std::string render_root_hints(const hoplab::v1::ResolverSpec& spec) {
  std::string out;
  for (const auto& hint : spec.root_hints()) {
    const bool v6 = hint.address().find(':') != std::string::npos;
    out += fmt::format(".\t3600000\tIN\tNS\t{}\n{}\t3600000\tIN\t{}\t{}\n", hint.name(),
                       hint.name(), v6 ? "AAAA" : "A", hint.address());
  }
  return out;
}

std::vector<hoplab::v1::CachedName> read_cache(std::string_view dump, size_t limit) {
  // name <tab> ttl <tab> IN <tab> type <tab> data
  std::vector<hoplab::v1::CachedName> names;
  while (!dump.empty() && names.size() < limit) {
    const size_t end = dump.find('\n');
    std::string_view line = dump.substr(0, end);
    dump.remove_prefix(end == std::string_view::npos ? dump.size() : end + 1);
    if (line == "END_RRSET_CACHE") break;
    if (line.starts_with(';')) continue;
    std::array<std::string_view, 5> fields;
    size_t count = 0;
    for (; count + 1 < fields.size(); ++count) {
      const size_t tab = line.find('\t');
      if (tab == std::string_view::npos) break;
      fields[count] = line.substr(0, tab);
      line.remove_prefix(tab + 1);
    }
    if (count + 1 < fields.size()) continue;
    fields[4] = line;
    if (fields[3] != "A" && fields[3] != "AAAA" && fields[3] != "NS" && fields[3] != "CNAME")
      continue;
    uint32_t ttl = 0;
    std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), ttl);
    auto& name = names.emplace_back();
    name.set_name(std::string(fields[0]));
    name.set_ttl(ttl);
    name.set_type(std::string(fields[3]));
    name.set_data(std::string(fields[4]));
  }
  return names;
}

std::vector<hoplab::v1::LocalName> read_local_data(std::string_view list) {
  std::vector<hoplab::v1::LocalName> names;
  for (const auto& record : read_cache(list, std::string_view::npos)) {
    const std::string& name = record.name();
    if (name == "localhost." || name == "onion." || name == "invalid.") continue;
    if (name.ends_with(".arpa.")) continue;
    auto& told = names.emplace_back();
    told.set_source("local data");
    told.set_name(name);
    told.set_type(record.type());
    told.set_data(record.data());
  }
  return names;
}

}  // namespace hoplab::agent::resolver
