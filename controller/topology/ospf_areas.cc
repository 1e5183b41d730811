// OSPF areas: which area each segment is in, and whether OSPF can join them all (RFC 2328, 3).
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/topology/routing_ground.h"

namespace hoplab::topology {
namespace {

constexpr uint32_t kBackbone = 0;

class Areas {
 public:
  Areas(const Model& model, const RoutingGround& ground, Problems& problems)
      : model_(model), ground_(ground), problems_(problems), asked_(model.segments.size()) {}

  AreasByInterface run() {
    for (const Link& link : model_.links) {
      if (link.source->area) ask(link);
    }
    std::vector<uint32_t> areas(model_.segments.size(), kBackbone);
    // Where routers meet, the backbone unless told otherwise.
    for (size_t s = 0; s < areas.size(); ++s) {
      if (asked_[s]) areas[s] = asked_[s]->value;
    }
    for (size_t i = 0; i < model_.systems.size(); ++i) {
      if (runs_igp(model_.systems[i], v1::IGP_OSPF)) check_joined(i, areas);
    }
    AreasByInterface result(model_.nodes.size());
    for (size_t n = 0; n < result.size(); ++n) {
      for (const Interface& i : model_.nodes[n].interfaces) {
        const bool settled = asked_[i.segment] || shared(i.segment);
        result[n].push_back(settled ? areas[i.segment] : area_of_router(n, areas));
      }
    }
    return result;
  }

 private:
  // Whether two routers of one system stand on it.
  [[nodiscard]] bool shared(size_t segment) const {
    const auto& routers = ground_.on_segment[segment];
    for (size_t i = 1; i < routers.size(); ++i) {
      if (model_.nodes[routers[i].node].system == model_.nodes[routers[0].node].system) return true;
    }
    return false;
  }

  void ask(const Link& link) {
    const Located<uint32_t>& area = *link.source->area;
    const size_t segment = model_.at(link.a).segment;
    const auto& routers = ground_.on_segment[segment];
    const auto outside = std::ranges::find_if(routers, [&](const Member& m) {
      return !runs_igp(model_.systems[model_.nodes[m.node].system], v1::IGP_OSPF);
    });
    if (routers.empty() || outside != routers.end()) {
      problems_.add(area.at,
                    fmt::format("area {} on {}, where no OSPF runs", area.value,
                                in_quotes(model_.describe(model_.segments[segment]))),
                    "areas are for links between routers of a system with 'igp: ospf'");
      return;
    }
    if (model_.nodes[routers.front().node].system != model_.nodes[routers.back().node].system) {
      problems_.add(area.at,
                    fmt::format("area {} on {}, which joins two systems", area.value,
                                in_quotes(model_.describe(model_.segments[segment]))),
                    "between systems BGP runs; leave area out");
      return;
    }
    if (asked_[segment] && asked_[segment]->value != area.value) {
      problems_.add(
          area.at,
          fmt::format("area {} on {}, which is in area {} already", area.value,
                      in_quotes(model_.describe(model_.segments[segment])), asked_[segment]->value),
          "a network is in one area");
      return;
    }
    asked_[segment] = area;
  }

  // Of what hangs off one router: the backbone if that router stands in it.
  [[nodiscard]] uint32_t area_of_router(size_t node, const std::vector<uint32_t>& areas) const {
    std::optional<uint32_t> lowest;
    for (const Interface& i : model_.nodes[node].interfaces) {
      if (!shared(i.segment)) continue;
      lowest = std::min(lowest.value_or(areas[i.segment]), areas[i.segment]);
    }
    return lowest.value_or(kBackbone);
  }

  // Every area in one piece that touches the backbone, and the backbone in one piece itself.
  void check_joined(size_t system, const std::vector<uint32_t>& areas) {
    std::map<uint32_t, std::vector<size_t>> segments;
    for (size_t s = 0; s < areas.size(); ++s) {
      if (shared(s) && model_.nodes[ground_.on_segment[s].front().node].system == system) {
        segments[areas[s]].push_back(s);
      }
    }
    if (segments.size() < 2) return;  // one area needs no backbone
    Groups backbone(model_.nodes.size());
    std::vector<bool> on_backbone(model_.nodes.size(), false);
    join_all(segments[kBackbone], backbone, &on_backbone);
    for (const auto& [area, list] : segments) {
      Groups piece(model_.nodes.size());
      join_all(list, piece, nullptr);
      std::set<size_t> told;
      for (const size_t s : list) {
        const size_t root = piece.find(ground_.on_segment[s].front().node);
        if (!told.insert(root).second) continue;
        if (area == kBackbone ? told.size() == 1 : touches(list, piece, root, on_backbone))
          continue;
        const Place at = asked_[s] ? asked_[s]->at : model_.segments[s].at;
        if (area == kBackbone) {
          problems_.add(at, "the OSPF backbone, area 0, is in two pieces",
                        "link them in area 0: other areas pass nothing on between them");
        } else {
          problems_.add(at, fmt::format("area {} has no connection to area 0", area),
                        "one of its routers needs a link in area 0 (RFC 2328, section 3.1)");
        }
      }
    }
  }

  void join_all(const std::vector<size_t>& segments, Groups& groups, std::vector<bool>* seen) {
    for (const size_t s : segments) {
      const auto& routers = ground_.on_segment[s];
      for (const Member& m : routers) {
        groups.join(routers.front().node, m.node);
        if (seen != nullptr) (*seen)[m.node] = true;
      }
    }
  }

  bool touches(const std::vector<size_t>& segments, Groups& piece, size_t root,
               const std::vector<bool>& on_backbone) {
    return std::ranges::any_of(segments, [&](size_t s) {
      return std::ranges::any_of(ground_.on_segment[s], [&](const Member& m) {
        return piece.find(m.node) == root && on_backbone[m.node];
      });
    });
  }

  const Model& model_;
  const RoutingGround& ground_;
  Problems& problems_;
  std::vector<Maybe<uint32_t>> asked_;
};

}  // namespace

AreasByInterface ospf_areas(const Model& model, const RoutingGround& ground, Problems& problems) {
  return Areas(model, ground, problems).run();
}

}  // namespace hoplab::topology
