#include "controller/journey/verdict/zones.h"

#include <algorithm>
#include <cctype>

#include "controller/journey/decode/dns.h"

namespace hoplab::journey {
namespace {

constexpr int kAliases = 8;

bool owns(const v1::Zone& zone, const std::string& name) {
  return std::ranges::any_of(zone.records(), [&](const auto& r) { return r.name() == name; });
}

bool exists(const v1::Zone& zone, const std::string& name) {
  return std::ranges::any_of(zone.records(),
                             [&](const auto& r) { return dns_within(r.name(), name); });
}

// Names are compared without regard to case; so are data, which hold names.
std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Whose records answer for a name: its own, or those of the wildcard below the longest name above
// it that exists (RFC 4592, section 3.3.1).
std::string owner_of(const v1::Zone& zone, const std::string& name) {
  if (owns(zone, name)) return name;
  for (size_t dot = name.find('.'); dot != std::string::npos && dot + 1 < name.size();
       dot = name.find('.', dot + 1)) {
    if (exists(zone, name.substr(dot + 1))) return "*" + name.substr(dot);
  }
  return name;
}

template <typename Each>
void each_record(const v1::Zone& zone, const std::string& name, Each each) {
  const std::string owner = owner_of(zone, name);
  for (const auto& r : zone.records()) {
    if (r.name() == owner) each(r);
  }
}

}  // namespace

Zones::Zones(const Lab& lab) {
  for (const Node& node : lab.nodes) {
    if (node.spec == nullptr || !node.spec->has_dns_server()) continue;
    for (const auto& zone : node.spec->dns_server().zones()) {
      if (zone.records_size() > 0) zones_.push_back(&zone);  // a secondary's is its primary's
    }
  }
}

const v1::Zone* Zones::zone_of(const std::string& name) const {
  const v1::Zone* best = nullptr;
  for (const v1::Zone* zone : zones_) {
    if (!dns_within(name, zone->origin())) continue;
    if (best == nullptr || zone->origin().size() > best->origin().size()) best = zone;
  }
  return best;
}

bool Zones::answer_for(const std::string& name) const {
  const v1::Zone* zone = zone_of(name);
  return zone != nullptr && std::ranges::none_of(zone->records(), [&](const auto& r) {
           return r.type() == "NS" && r.name() != zone->origin() && dns_within(name, r.name());
         });
}

bool Zones::have(const std::string& name, std::string_view type, const std::string& data) const {
  bool found = false;
  if (const v1::Zone* zone = zone_of(name)) {
    each_record(*zone, name, [&](const auto& r) {
      found = found || (r.type() == type && lower(r.data()) == lower(data));
    });
  }
  return found;
}

bool Zones::lead_to(std::string name, const std::string& address) const {
  for (int n = 0; n < kAliases; ++n) {
    const v1::Zone* zone = zone_of(name);
    if (zone == nullptr) return false;
    std::string alias;
    bool found = false;
    each_record(*zone, name, [&](const auto& r) {
      found = found || (is_address_type(r.type()) && r.data() == address);
      if (r.type() == "CNAME") alias = lower(r.data());
    });
    if (found || alias.empty()) return found;
    name = alias;
  }
  return false;
}

}  // namespace hoplab::journey
