// Zone contents: SOA, NS, server addresses, delegations with glue, and the user's records.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "controller/topology/keys.h"
#include "controller/topology/model.h"
#include "controller/topology/ranges.h"

namespace hoplab::topology {
namespace {

constexpr uint32_t kNsTtl = 3600;

bool within(std::string_view name, std::string_view origin) {
  return origin == "." || name == origin ||
         (name.size() > origin.size() && name.ends_with(origin) &&
          name[name.size() - origin.size() - 1] == '.');
}

std::string under(std::string_view label, std::string_view origin) {
  return origin == "." ? fmt::format("{}.", label) : fmt::format("{}.{}", label, origin);
}

std::string letter(size_t i) {
  return i < 26 ? std::string(1, static_cast<char>('a' + i)) : fmt::format("s{}", i + 1);
}

std::string server_name(const std::string& origin, size_t i) {
  if (origin == ".") return letter(i) + ".root-servers.net.";
  const bool top_level = std::count(origin.begin(), origin.end(), '.') == 1;
  return top_level ? fmt::format("{}.nic.{}", letter(i), origin)
                   : fmt::format("ns{}.{}", i + 1, origin);
}

class Zones {
 public:
  Zones(Model& model, Problems& problems) : model_(model), problems_(problems) {}

  void run() {
    for (const SourceZone& source : model_.source->zones) servers(source);
    for (ZoneData& zone : model_.zones) apex(zone);
    for (size_t i = 0; i < model_.zones.size(); ++i) delegate(i);
    for (size_t i = 0; i < model_.zones.size(); ++i)
      records(model_.source->zones[i], model_.zones[i]);
    idle_servers();
  }

 private:
  void servers(const SourceZone& source) {
    ZoneData zone;
    zone.origin = source.origin.value;
    zone.negative_ttl = source.negative_ttl;
    zone.dnssec = source.dnssec;
    for (const SourceServer& server : source.servers) {
      const size_t node = require_node(model_, server.node, "server of a zone", problems_);
      if (node == kNone) continue;
      const v1::Role role = model_.nodes[node].role;
      if (role != v1::DNS_SERVER) {
        if (role != v1::ROLE_UNSPECIFIED) {
          problems_.add(
              server.node.at,
              fmt::format("{} cannot serve zone {}: it is a {}", in_quotes(server.node.value),
                          in_quotes(zone.origin), role_name(role)),
              "name a node of role dns_server");
        }
        continue;
      }
      if (std::find(zone.servers.begin(), zone.servers.end(), node) != zone.servers.end()) {
        problems_.add(server.node.at,
                      fmt::format("{} is named twice for zone {}", in_quotes(server.node.value),
                                  in_quotes(zone.origin)),
                      "remove one");
        continue;
      }
      zone.names.push_back({.name = server.name.empty()
                                        ? server_name(zone.origin, zone.servers.size())
                                        : server.name,
                            .node = node,
                            .address = primary_address(model_, node),
                            .address6 = primary_address6(model_, node)});
      zone.servers.push_back(node);
    }
    if (source.letters) letters(*source.letters, zone);
    if (source.primary) primary(*source.primary, zone);
    model_.zones.push_back(std::move(zone));
  }

  // Names beyond one a node are further addresses of the nodes in turn, so that each name is
  // asked at an address of its own, as on the Internet.
  void letters(const Located<uint32_t>& count, ZoneData& zone) {
    const size_t nodes = zone.servers.size();
    if (nodes == 0) return;
    if (count.value < nodes) {
      problems_.add(count.at,
                    fmt::format("{} {} for {} servers", count.value,
                                count.value == 1 ? "letter" : "letters", nodes),
                    "a letter for each server at least; the Internet has 13");
      return;
    }
    for (size_t i = nodes; i < count.value; ++i) {
      const size_t node = zone.servers[i % nodes];
      const auto address = add_address(model_, node);
      if (!address) {
        problems_.add(
            count.at,
            fmt::format("the subnet of {} has no address left for {}",
                        in_quotes(model_.nodes[node].name), in_quotes(server_name(zone.origin, i))),
            "put the root servers behind a switch with a subnet of /27, or give their "
            "link one");
        return;
      }
      zone.names.push_back({.name = server_name(zone.origin, i),
                            .node = node,
                            .address = address,
                            .address6 = add_address6(model_, node)});
    }
  }

  void primary(const Name& name, ZoneData& zone) {
    const size_t node = model_.find(name.value);
    if (std::find(zone.servers.begin(), zone.servers.end(), node) == zone.servers.end()) {
      std::vector<std::string> names;
      for (const size_t server : zone.servers) names.push_back(model_.nodes[server].name);
      std::string hint = did_you_mean(name.value, names);
      if (hint.empty()) hint = fmt::format("one of its servers: {}", fmt::join(names, ", "));
      problems_.add(name.at,
                    fmt::format("{} is not among the servers of zone {}", in_quotes(name.value),
                                in_quotes(zone.origin)),
                    std::move(hint));
      return;
    }
    zone.primary = node;
  }

  static void add(ZoneData& zone, Record record) {
    const auto same = [&](const Record& r) {
      return r.name == record.name && r.type == record.type && r.data == record.data;
    };
    if (std::none_of(zone.records.begin(), zone.records.end(), same)) {
      zone.records.push_back(std::move(record));
    }
  }

  // The zone with the longest origin that holds the name; `below`: not the zone of that name
  // itself.
  ZoneData* closest(std::string_view name, bool below = false) {
    ZoneData* best = nullptr;
    for (ZoneData& zone : model_.zones) {
      if (!within(name, zone.origin) || (below && zone.origin == name)) continue;
      if (best == nullptr || zone.origin.size() > best->origin.size()) best = &zone;
    }
    return best;
  }

  void apex(ZoneData& zone) {
    if (zone.servers.empty()) return;
    const ZoneServer* first = &zone.names.front();
    for (const ZoneServer& server : zone.names) {
      if (server.node == zone.primary) {
        first = &server;
        break;
      }
    }
    add(zone, {zone.origin,
               kNsTtl,
               "SOA",
               fmt::format("{} {} 1 3600 600 86400 {}", first->name,
                           under("hostmaster", zone.origin), zone.negative_ttl),
               {}});
    for (const ZoneServer& server : zone.names) {
      add(zone, {zone.origin, kNsTtl, "NS", server.name, {}});
      glue(zone, server);
      if (ZoneData* home = closest(server.name)) glue(*home, server);
    }
  }

  // The addresses of a server's name, where that name lies within the zone.
  static void glue(ZoneData& into, const ZoneServer& server) {
    if (!within(server.name, into.origin)) return;
    if (server.address) {
      add(into, {server.name, kNsTtl, "A", net::to_string(*server.address), {}});
    }
    if (server.address6) {
      add(into, {server.name, kNsTtl, "AAAA", net::to_string(*server.address6), {}});
    }
  }

  void delegate(size_t index) {
    const ZoneData& zone = model_.zones[index];
    if (zone.origin == ".") return;
    ZoneData* parent = closest(zone.origin, true);
    if (parent == nullptr) return;
    for (const ZoneServer& server : zone.names) {
      add(*parent, {zone.origin, kNsTtl, "NS", server.name, {}});
      glue(*parent, server);
    }
  }

  // Data whose last word is a name: with a dot in it, it is the whole name; else within the zone.
  static std::string absolute(const std::string& data, const std::string& origin) {
    const size_t space = data.find_last_of(' ');
    const size_t start = space == std::string::npos ? 0 : space + 1;
    const std::string target = data.substr(start);
    if (target.ends_with('.')) return data;
    return data.substr(0, start) +
           (target.find('.') == std::string::npos ? under(target, origin) : target + ".");
  }

  void records(const SourceZone& source, ZoneData& zone) {
    std::set<std::string> names;
    std::map<std::string, Place> aliases;
    for (const SourceRecord& record : source.records) {
      std::string name = zone.origin;
      if (record.name.value != "@") {
        name = fully_qualified(record.name.value);
        if (!record.name.value.ends_with('.')) {
          name.pop_back();
          name = under(name, zone.origin);
        }
      }
      if (!within(name, zone.origin)) {
        problems_.add(
            record.name.at,
            fmt::format("{} is not within zone {}", in_quotes(name), in_quotes(zone.origin)),
            "write the name without the final dot, or move it to its zone");
        continue;
      }
      const ZoneData* home = closest(name);
      if (home != &zone && record.type != "NS") {
        problems_.add(
            record.name.at,
            fmt::format("{} belongs to zone {}", in_quotes(name), in_quotes(home->origin)),
            "move it there: this zone delegates it");
        continue;
      }
      const auto made = resolve(record, name, zone);
      if (made.empty()) continue;
      const bool alias = made.front().type == "CNAME";
      if ((alias && (names.contains(name) || name == zone.origin)) || aliases.contains(name)) {
        problems_.add(record.name.at,
                      fmt::format("{} has a CNAME beside other records", in_quotes(name)),
                      "a CNAME stands alone at its name");
        continue;
      }
      names.insert(name);
      if (alias) aliases.emplace(name, record.name.at);
      for (const Record& r : made) add(zone, r);
    }
  }

  // Of a node: an address of each IP version it has. Empty when it was reported.
  std::vector<Record> resolve(const SourceRecord& record, const std::string& name,
                              const ZoneData& zone) {
    const std::string& value = record.value.value;
    if (!record.type.empty()) {
      constexpr std::array<std::string_view, 5> kNamed{"CNAME", "NS", "PTR", "MX", "SRV"};
      const bool named = std::find(kNamed.begin(), kNamed.end(), record.type) != kNamed.end();
      return {{name, record.ttl, record.type, named ? absolute(value, zone.origin) : value,
               record.value.at}};
    }
    if (const auto literal = net::parse_ip(value)) {
      const bool v4 = literal->is_v4();
      if (v4 && value.find(':') != std::string::npos) {
        const std::string plain = net::to_string(*literal);
        problems_.add(
            record.value.at,
            fmt::format("{} is an IPv4 address in the form of IPv6, to which nothing can "
                        "be sent",
                        in_quotes(value)),
            lab_range({literal->v4(), 32}) ? fmt::format("write {}", plain) : lab_range_hint());
        return {};
      }
      if (v4 ? !lab_range({literal->v4(), 32}) : !lab_range6({*literal, 128})) {
        problems_.add(record.value.at, fmt::format("{} is {}", value, unfit(*literal)),
                      v4 ? lab_range_hint() : lab_range6_hint());
        return {};
      }
      return {{name, record.ttl, v4 ? "A" : "AAAA", net::to_string(*literal), record.value.at}};
    }
    const size_t node = model_.find(value);
    if (node == kNone) {
      std::string hint = did_you_mean(value, model_.node_names());
      if (hint.empty()) hint = "a node, an address, or { type: CNAME, data: … }";
      problems_.add(
          record.value.at,
          fmt::format("record {}: there is no node {}", in_quotes(name), in_quotes(value)),
          std::move(hint));
      return {};
    }
    std::vector<Record> made;
    if (const auto address = primary_address(model_, node)) {
      made.push_back({name, record.ttl, "A", net::to_string(*address), record.value.at});
    }
    if (const auto address = primary_address6(model_, node)) {
      made.push_back({name, record.ttl, "AAAA", net::to_string(*address), record.value.at});
    }
    if (!made.empty()) return made;
    const Node& n = model_.nodes[node];
    const bool dhcp = std::any_of(n.interfaces.begin(), n.interfaces.end(),
                                  [](const Interface& i) { return i.dhcp; });
    if (dhcp || n.role == v1::SWITCH) {
      problems_.add(
          record.value.at,
          fmt::format("record {}: {} has no address of its own", in_quotes(name), in_quotes(value)),
          dhcp ? "give it 'address: static'" : "name a node with an address");
    }
    return {};
  }

  void idle_servers() {
    std::set<size_t> busy;
    bool broken =
        model_.source->zones_damaged;  // a zone's servers were wrong: do not blame the node
    for (const ZoneData& zone : model_.zones) {
      busy.insert(zone.servers.begin(), zone.servers.end());
      broken = broken || zone.servers.empty();
    }
    for (size_t i = 0; i < model_.nodes.size() && !broken; ++i) {
      const Node& node = model_.nodes[i];
      if (node.role != v1::DNS_SERVER || busy.contains(i) || node.incomplete) continue;
      problems_.add(node.source->name.at,
                    fmt::format("DNS server {} serves no zone", in_quotes(node.name)),
                    fmt::format("add it to zones: 'example.test: {{ servers: [{}] }}'", node.name));
    }
  }

  Model& model_;
  Problems& problems_;
};

}  // namespace

void build_zones(Model& model, Problems& problems) {
  Zones(model, problems).run();
  check_zones(model, problems);
}

}  // namespace hoplab::topology
