// What zones must not say: a signed zone that nobody vouches for, and names that must not be
// aliases but are.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

bool within(std::string_view name, std::string_view origin) {
  return origin == "." || name == origin ||
         (name.size() > origin.size() && name.ends_with(origin) &&
          name[name.size() - origin.size() - 1] == '.');
}

const ZoneData* parent_of(const Model& model, const ZoneData& zone) {
  const ZoneData* best = nullptr;
  for (const ZoneData& other : model.zones) {
    if (other.origin == zone.origin || !within(zone.origin, other.origin)) continue;
    if (best == nullptr || other.origin.size() > best->origin.size()) best = &other;
  }
  return best;
}

void check_trust(const Model& model, Problems& problems) {
  for (size_t i = 0; i < model.zones.size(); ++i) {
    const ZoneData& zone = model.zones[i];
    if (zone.dnssec == Dnssec::kOff) continue;
    const Place at = model.source->zones[i].dnssec_at;
    if (zone.origin == ".") {
      if (zone.dnssec == Dnssec::kWrongDs) {
        problems.add(at, "the root has no parent whose DS could be wrong", "write dnssec: signed");
      }
      continue;
    }
    const ZoneData* parent = parent_of(model, zone);
    if (parent == nullptr && model.source->zones_damaged) continue;
    if (parent != nullptr && parent->dnssec != Dnssec::kOff) continue;
    problems.add(at,
                 parent == nullptr
                     ? fmt::format("nobody vouches for the keys of {}: no zone holds it",
                                   in_quotes(zone.origin))
                     : fmt::format("nobody vouches for the keys of {}: its parent {} is not signed",
                                   in_quotes(zone.origin), in_quotes(parent->origin)),
                 parent == nullptr
                     ? std::string("add a zone '.' with dnssec: signed")
                     : fmt::format("write dnssec: signed in zone {} too", parent->origin));
  }
}

// RFC 2181, section 10.3: the value of NS and MX is no alias.
void check_aliases(const Model& model, Problems& problems) {
  std::map<std::string, std::string, std::less<>> aliases;  // name → what it stands for
  for (const ZoneData& zone : model.zones) {
    for (const Record& record : zone.records) {
      if (record.type == "CNAME") aliases.emplace(record.name, record.data);
    }
  }
  for (size_t i = 0; i < model.zones.size(); ++i) {
    for (const Record& record : model.zones[i].records) {
      if (record.type != "MX" && record.type != "NS" && record.type != "SRV") continue;
      const std::string target = record.data.substr(record.data.find_last_of(' ') + 1);
      const auto alias = aliases.find(target);
      if (alias == aliases.end()) continue;
      problems.add(
          record.at,
          fmt::format("the {} of {} names {}, which is a CNAME", record.type,
                      in_quotes(record.name), in_quotes(target)),
          fmt::format("name what it stands for: {} (RFC 2181, section 10.3)", alias->second));
    }
  }
}

}  // namespace

void check_zones(const Model& model, Problems& problems) {
  check_trust(model, problems);
  check_aliases(model, problems);
}

}  // namespace hoplab::topology
