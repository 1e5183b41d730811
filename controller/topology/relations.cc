// Customer, peer, provider: what systems are to each other, and how far routes travel then
// (Gao and Rexford, "Stable Internet Routing Without Global Coordination", 2001).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/topology/keys.h"
#include "controller/topology/routing_ground.h"

namespace hoplab::topology {
namespace {

std::string_view word(v1::Relation relation) {
  return relation_names()[static_cast<size_t>(relation) - 1];
}

v1::Relation reverse(v1::Relation relation) {
  if (relation == v1::CUSTOMER) return v1::PROVIDER;
  if (relation == v1::PROVIDER) return v1::CUSTOMER;
  return relation;
}

class Check {
 public:
  Check(const Model& model, const RoutingGround& ground, Problems& problems)
      : model_(model), ground_(ground), problems_(problems), found_(model.systems.size()) {}

  Relations run() {
    for (size_t i = 0; i < model_.systems.size(); ++i) read(i);
    for (size_t i = 0; i < model_.systems.size(); ++i) compare(i);
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      if (is_its_own_customer(i)) break;  // one circle is told once
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] const std::string& name(size_t system) const {
    return model_.systems[system].source->name.value;
  }

  void read(size_t system) {
    for (const SourceRelation& r : model_.systems[system].source->relations) {
      const auto other = std::ranges::find_if(
          model_.systems, [&](const System& s) { return s.source->name.value == r.other.value; });
      if (other == model_.systems.end()) {
        std::vector<std::string> names;
        for (const System& s : model_.systems) names.push_back(s.source->name.value);
        problems_.add(r.other.at, fmt::format("there is no system {}", in_quotes(r.other.value)),
                      did_you_mean(r.other.value, names));
        continue;
      }
      const auto index = static_cast<size_t>(other - model_.systems.begin());
      if (!ground_.beside[system].contains(index)) {
        problems_.add(r.other.at,
                      fmt::format("no router of {} has a BGP session with one of {}",
                                  in_quotes(name(system)), in_quotes(r.other.value)),
                      "link a router of each with the other, both in systems with an asn");
        continue;
      }
      found_[system][index] = r.relation;
    }
  }

  void compare(size_t system) {
    for (const SourceRelation& r : model_.systems[system].source->relations) {
      const auto mine = std::ranges::find_if(
          found_[system], [&](const auto& e) { return name(e.first) == r.other.value; });
      if (mine == found_[system].end()) continue;
      const v1::Relation back = reverse(r.relation);
      const auto theirs = found_[mine->first].find(system);
      const std::string there = fmt::format("write 'relations: {{ {}: {} }}' in system {}",
                                            name(system), word(back), r.other.value);
      if (theirs == found_[mine->first].end()) {
        problems_.add(
            r.other.at,
            fmt::format("{} calls {} its {}, and {} does not say what {} is to it",
                        in_quotes(name(system)), in_quotes(r.other.value), word(r.relation),
                        in_quotes(r.other.value), in_quotes(name(system))),
            there);
      } else if (theirs->second != back && mine->first > system) {
        problems_.add(
            r.other.at,
            fmt::format("{} calls {} its {}, and {} calls {} its {}", in_quotes(name(system)),
                        in_quotes(r.other.value), word(r.relation), in_quotes(r.other.value),
                        in_quotes(name(system)), word(theirs->second)),
            there);
      }
    }
    if (model_.systems[system].source->relations.empty()) return;
    // Half of a system's sessions under rules would let routes around them.
    for (const size_t other : ground_.beside[system]) {
      if (found_[system].contains(other) || found_[other].contains(system)) continue;
      problems_.add(model_.systems[system].source->relations.front().other.at,
                    fmt::format("{} declares relations, and none to {}", in_quotes(name(system)),
                                in_quotes(name(other))),
                    fmt::format("add '{}: customer', peer or provider", name(other)));
    }
  }

  bool is_its_own_customer(size_t start) {
    std::set<size_t> seen;
    std::vector<size_t> open{start};
    while (!open.empty()) {
      const size_t at = open.back();
      open.pop_back();
      for (const auto& [other, relation] : found_[at]) {
        if (relation != v1::PROVIDER) continue;
        if (other == start) {
          problems_.add(model_.systems[start].source->relations.front().other.at,
                        fmt::format("{} is, over its providers, a customer of itself",
                                    in_quotes(name(start))),
                        "customers and providers must not go round in a circle");
          return true;
        }
        if (seen.insert(other).second) open.push_back(other);
      }
    }
    return false;
  }

  const Model& model_;
  const RoutingGround& ground_;
  Problems& problems_;
  Relations found_;
};

}  // namespace

Relations relations_of(const Model& model, const RoutingGround& ground, Problems& problems) {
  return Check(model, ground, problems).run();
}

std::vector<std::set<size_t>> audience(const std::vector<std::set<size_t>>& beside,
                                       const Relations& relations) {
  std::vector<std::set<size_t>> result(beside.size());
  for (size_t origin = 0; origin < result.size(); ++origin) {
    // Twice each: as one who tells it to everyone (its own, or from a customer), and as one who
    // tells only its customers (from a peer or provider).
    std::array<std::set<size_t>, 2> reached;
    std::vector<std::pair<size_t, bool>> open{{origin, true}};
    reached[1].insert(origin);
    while (!open.empty()) {
      const auto [at, to_all] = open.back();
      open.pop_back();
      for (const size_t next : beside[at]) {
        const auto declared = relations[at].find(next);
        const v1::Relation relation =
            declared == relations[at].end() ? v1::RELATION_UNSPECIFIED : declared->second;
        if (!to_all && relation != v1::CUSTOMER && relation != v1::RELATION_UNSPECIFIED) continue;
        const bool onward = relation == v1::RELATION_UNSPECIFIED || relation == v1::PROVIDER;
        if (reached[onward ? 1 : 0].insert(next).second) open.emplace_back(next, onward);
      }
    }
    for (const auto& set : reached) result[origin].insert(set.begin(), set.end());
    result[origin].erase(origin);
  }
  return result;
}

}  // namespace hoplab::topology
