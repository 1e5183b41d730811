#include <fmt/format.h>

#include <map>

#include "controller/topology/keys.h"
#include "controller/topology/parse.h"
#include "controller/topology/ranges.h"
#include "controller/topology/scalars.h"

namespace hoplab::topology {
namespace {

constexpr uint32_t kMostTtl = 2147483647;
constexpr uint32_t kRecordTtl = 60;
constexpr uint32_t kMostLetters = 26;

void parse_servers(const YamlNode& value, SourceZone& zone, Problems& problems) {
  if (!expect_list(value, "servers", problems)) return;
  for (const YamlNode& item : value.items) {
    SourceServer server;
    if (item.is_map()) {
      const Fields fields(item, "a server of a zone", server_keys(), problems);
      const auto* node = fields.find("node");
      const auto* name = fields.find("name");
      if (node == nullptr) {
        problems.add(item.at, "a server of a zone without its node",
                     "write { node: ns1, name: … }");
        continue;
      }
      const auto text = text_of(*node, "node", problems);
      if (!text) continue;
      server.node = *text;
      if (name != nullptr) {
        if (const auto host = text_of(*name, "name", problems)) {
          if (const auto good = host_name_of(*host, problems)) {
            server.name = fully_qualified(good->value);
          }
        }
      }
    } else if (const auto text = text_of(item, "a server of a zone", problems)) {
      server.node = *text;
    } else {
      continue;
    }
    zone.servers.push_back(std::move(server));
  }
}

void parse_record(const Name& name, const YamlNode& value, uint32_t ttl, SourceZone& zone,
                  Problems& problems) {
  SourceRecord record{.name = name, .value = {}, .type = {}, .ttl = ttl};
  if (value.is_map()) {
    const Fields fields(value, "a record", record_keys(), problems);
    const auto* type = fields.find("type");
    const auto* data = fields.find("data");
    if (type == nullptr || data == nullptr) {
      problems.add(value.at, "a record needs a type and data",
                   "write { type: MX, data: 10 mail.example.test. }");
      return;
    }
    const auto word = word_of(*type, "record type", record_types(), problems);
    const auto text = text_of(*data, "data", problems);
    if (const auto* v = fields.find("ttl")) {
      if (const auto n = number_of(*v, "ttl", 0, kMostTtl, problems)) record.ttl = n->value;
    }
    if (!word || !text) return;
    if (text->value.find_first_of("\r\n") != std::string::npos) {
      problems.add(text->at, "the data of a record must stand on one line");
      return;
    }
    if (word->value == "A" && !address_of(*data, "data", problems)) return;
    if (word->value == "AAAA" && !address6_of(*data, "data", problems)) return;
    record.type = word->value;
    record.value = *text;
  } else {
    const auto text = text_of(value, "a record", problems);
    if (!text) return;
    record.value = *text;
  }
  zone.records.push_back(std::move(record));
}

void parse_records(const YamlNode& value, uint32_t ttl, SourceZone& zone, Problems& problems) {
  if (!expect_map(value, "records", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    const Name name{entry.key.text, entry.key.at};
    if (name.value != "@" && (!valid_domain(name.value) || name.value == ".")) {
      problems.add(name.at, fmt::format("{} is not the name of a record", in_quotes(name.value)),
                   "a name within the zone such as www, or @ for the zone itself");
      continue;
    }
    if (entry.value.is_sequence()) {
      for (const YamlNode& item : entry.value.items) {
        parse_record(name, item, ttl, zone, problems);
      }
    } else {
      parse_record(name, entry.value, ttl, zone, problems);
    }
  }
}

// How the zone is served, besides by whom.
void parse_service(const Fields& fields, SourceZone& zone, Problems& problems) {
  if (const auto* v = fields.find("primary")) zone.primary = text_of(*v, "primary", problems);
  if (const auto* v = fields.find("letters")) {
    zone.letters = number_of(*v, "letters", 1, kMostLetters, problems);
    if (zone.letters && zone.origin.value != ".") {
      problems.add(v->at, "only the root's servers are named by letters",
                   "name the servers of other zones with { node: ns1, name: … }");
      zone.letters.reset();
    }
  }
  if (const auto* v = fields.find("dnssec")) {
    zone.dnssec_at = v->at;
    if (const auto word = word_of(*v, "dnssec", dnssec_names(), problems)) {
      zone.dnssec = word->value == "signed"     ? Dnssec::kOn
                    : word->value == "wrong_ds" ? Dnssec::kWrongDs
                                                : Dnssec::kOff;
    }
  }
}

}  // namespace

void parse_zones(const YamlNode& zones, Source& source, Problems& problems) {
  if (!expect_map(zones, "zones", problems)) {
    source.zones_damaged = true;
    return;
  }
  std::map<std::string, Place> seen;
  for (const YamlEntry& entry : zones.entries) {
    SourceZone zone;
    if (!valid_domain(entry.key.text) || entry.key.text.starts_with('*')) {
      problems.add(entry.key.at,
                   fmt::format("{} is not the name of a zone", in_quotes(entry.key.text)),
                   "such as com or example.test, or . for the root");
      source.zones_damaged = true;
      continue;
    }
    zone.origin = {entry.key.text == "." ? "." : fully_qualified(entry.key.text), entry.key.at};
    const auto [first, fresh] = seen.emplace(zone.origin.value, zone.origin.at);
    if (!fresh) {
      problems.add(zone.origin.at,
                   fmt::format("zone {} is there already, at line {}", in_quotes(zone.origin.value),
                               first->second.line),
                   "merge the two");
      source.zones_damaged = true;
      continue;
    }
    const std::string what = fmt::format("zone {}", in_quotes(entry.key.text));
    const YamlNode* servers = nullptr;
    if (entry.value.kind != YamlNode::Kind::kNull) {
      if (!expect_map(entry.value, what, problems)) {
        source.zones_damaged = true;
        continue;
      }
      const Fields fields(entry.value, what, zone_keys(), problems);
      servers = fields.find("servers");
      uint32_t ttl = kRecordTtl;
      if (const auto* v = fields.find("ttl")) {
        if (const auto n = number_of(*v, "ttl", 0, kMostTtl, problems)) ttl = n->value;
      }
      if (const auto* v = fields.find("negative_ttl")) {
        if (const auto n = number_of(*v, "negative_ttl", 0, kMostTtl, problems)) {
          zone.negative_ttl = n->value;
        }
      }
      parse_service(fields, zone, problems);
      if (servers != nullptr) parse_servers(*servers, zone, problems);
      if (const auto* records = fields.find("records")) {
        parse_records(*records, ttl, zone, problems);
      }
    }
    if (servers == nullptr || (servers->is_sequence() && servers->items.empty())) {
      problems.add(servers != nullptr ? servers->at : entry.key.at, what + " has no servers",
                   "add 'servers: [NODE]' with a node of role dns_server");
    }
    source.zones.push_back(std::move(zone));
  }
}

}  // namespace hoplab::topology
