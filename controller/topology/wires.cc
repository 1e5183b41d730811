// Names, links, interfaces, segments: who is wired to whom.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controller/topology/keys.h"
#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

void register_nodes(Model& model, Problems& problems) {
  const Source& source = *model.source;
  for (const SourceSystem& s : source.systems) {
    model.systems.push_back({.source = &s,
                             .asn = s.asn ? s.asn->value : 0,
                             .prefix = {},
                             .routers = {},
                             .damaged = s.damaged});
  }
  for (const SourceNode& s : source.nodes) {
    const size_t index = model.nodes.size();
    model.nodes.push_back({.source = &s,
                           .name = s.name.value,
                           .role = s.role,
                           .system = s.system,
                           .interfaces = {},
                           .loopback = {},
                           .router_id = {},
                           .incomplete = s.role == v1::ROLE_UNSPECIFIED || source.links_damaged});
    const auto [first, fresh] = model.by_name.emplace(s.name.value, index);
    if (!fresh) {
      problems.add(s.name.at,
                   fmt::format("a node {} is there already, at line {}", in_quotes(s.name.value),
                               model.nodes[first->second].source->name.at.line),
                   "names of nodes are unique in the whole topology");
      model.nodes[index].incomplete = true;
      continue;
    }
    if (s.role == v1::ROUTER) model.systems[s.system].routers.push_back(index);
  }
}

void check_systems(const Model& model, Problems& problems) {
  std::map<uint32_t, size_t> asns;
  for (size_t i = 0; i < model.systems.size(); ++i) {
    const SourceSystem& s = *model.systems[i].source;
    if (s.resolver) require_node(model, *s.resolver, "resolver", problems);
    if (!s.asn) continue;
    const auto [first, fresh] = asns.emplace(s.asn->value, i);
    if (!fresh) {
      problems.add(s.asn->at,
                   fmt::format("asn {} is that of system {} already", s.asn->value,
                               in_quotes(model.systems[first->second].source->name.value)),
                   "give each autonomous system its own number");
    }
    const bool unknown_role =
        std::any_of(model.nodes.begin(), model.nodes.end(),
                    [&](const Node& n) { return n.system == i && n.role == v1::ROLE_UNSPECIFIED; });
    if (model.systems[i].routers.empty() && !unknown_role) {
      problems.add(s.name.at,
                   fmt::format("autonomous system {} has no router", in_quotes(s.name.value)),
                   "add a node of role router, or leave out asn for a site");
    }
  }
}

// Each cycle of `after` once, at the entry that closes it.
void check_start_order(const Model& model, Problems& problems) {
  enum class Seen { kNot, kOpen, kDone };
  struct Visit {
    size_t node;
    size_t next = 0;
  };
  std::vector<Seen> seen(model.nodes.size(), Seen::kNot);
  std::vector<std::vector<size_t>> after(model.nodes.size());
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    for (const Name& name : model.nodes[i].source->after) {
      after[i].push_back(require_node(model, name, "node to start after", problems));
    }
  }
  for (size_t start = 0; start < model.nodes.size(); ++start) {
    if (seen[start] != Seen::kNot) continue;
    std::vector<Visit> path{{start}};
    seen[start] = Seen::kOpen;
    while (!path.empty()) {
      Visit& top = path.back();
      if (top.next == after[top.node].size()) {
        seen[top.node] = Seen::kDone;
        path.pop_back();
        continue;
      }
      const size_t entry = top.next++;
      const size_t target = after[top.node][entry];
      if (target == kNone || seen[target] == Seen::kDone) continue;
      if (seen[target] == Seen::kNot) {
        seen[target] = Seen::kOpen;
        path.push_back({target});
        continue;
      }
      std::string way;
      for (auto it = std::find_if(path.begin(), path.end(),
                                  [&](const Visit& v) { return v.node == target; });
           it != path.end(); ++it) {
        way += model.nodes[it->node].name + " after ";
      }
      problems.add(model.nodes[top.node].source->after[entry].at,
                   "cyclic start condition: " + way + model.nodes[target].name,
                   "remove one of these 'after'");
    }
  }
}

net::Mac derive_mac(const std::string& lab, const std::string& node, const std::string& interface,
                    std::set<net::Mac>& taken) {
  for (uint32_t salt = 0;; ++salt) {
    uint64_t hash = 14695981039346656037ULL ^ salt;  // FNV-1a
    for (const char c : lab + '/' + node + '/' + interface) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    net::Mac mac;
    mac.bytes[0] = 0x02;  // locally administered, unicast
    for (size_t i = 1; i < 6; ++i) mac.bytes[i] = static_cast<uint8_t>(hash >> (8 * i));
    if (taken.insert(mac).second) return mac;
  }
}

// Gives both ends of every good link their interface.
void make_interfaces(Model& model, Problems& problems) {
  std::map<std::pair<size_t, std::string>, Place> pinned;
  struct Good {
    const SourceLink* source;
    size_t a;
    size_t b;
  };
  std::vector<Good> good;
  for (const SourceLink& link : model.source->links) {
    const size_t a = require_node(model, link.a.node, "node to link", problems);
    const size_t b = require_node(model, link.b.node, "node to link", problems);
    if (a == kNone || b == kNone) {
      if (a != kNone) model.nodes[a].incomplete = true;
      if (b != kNone) model.nodes[b].incomplete = true;
      continue;
    }
    if (a == b) {
      problems.add(link.b.node.at,
                   fmt::format("{} is linked to itself", in_quotes(link.b.node.value)),
                   "a link joins two nodes");
      model.nodes[a].incomplete = true;
      continue;
    }
    bool fresh = true;
    for (const auto& [node, end] : {std::pair{a, &link.a}, std::pair{b, &link.b}}) {
      if (!end->interface) continue;
      const auto [first, is_fresh] =
          pinned.emplace(std::pair{node, end->interface->value}, end->interface->at);
      if (is_fresh) continue;
      fresh = false;
      problems.add(end->interface->at,
                   fmt::format("interface {} of {} is used twice, first at line {}",
                               in_quotes(end->interface->value), in_quotes(model.nodes[node].name),
                               first->second.line),
                   "an interface has one link: name another, or none to have it chosen");
    }
    if (fresh) {
      good.push_back({&link, a, b});
    } else {
      model.nodes[a].incomplete = model.nodes[b].incomplete = true;
    }
  }
  std::vector<size_t> next(model.nodes.size(), 0);
  const auto add = [&](size_t node, const SourceEnd& end) {
    Interface interface;
    if (end.interface) {
      interface.name = end.interface->value;
      interface.at = end.interface->at;
    } else {
      do {
        interface.name = fmt::format("eth{}", next[node]++);
      } while (pinned.contains({node, interface.name}));
      interface.at = end.node.at;
    }
    interface.link = model.links.size();
    model.nodes[node].interfaces.push_back(std::move(interface));
    return Member{node, model.nodes[node].interfaces.size() - 1};
  };
  for (const Good& g : good) {
    const Member a = add(g.a, g.source->a);
    const Member b = add(g.b, g.source->b);
    Interface& ia = model.nodes[a.node].interfaces[a.interface];
    Interface& ib = model.nodes[b.node].interfaces[b.interface];
    ia.peer_node = b.node;
    ia.peer_interface = b.interface;
    ib.peer_node = a.node;
    ib.peer_interface = a.interface;
    model.links.push_back({g.source, a, b});
  }
}

// What the user pinned in a node's `interfaces` and `address`, then MACs for all.
void pin_interfaces(Model& model, Problems& problems) {
  std::map<net::Mac, std::string> macs;
  std::set<net::Mac> taken;
  for (Node& node : model.nodes) {
    std::vector<std::string> names;
    for (const Interface& i : node.interfaces) names.push_back(i.name);
    for (const SourceInterface& s : node.source->interfaces) {
      const auto found = std::find(names.begin(), names.end(), s.name.value);
      if (found == names.end()) {
        if (node.incomplete) continue;
        std::string hint = did_you_mean(s.name.value, names);
        if (hint.empty()) {
          hint = fmt::format("link it: [{}:{}, …]", node.name, s.name.value);
        }
        problems.add(
            s.name.at,
            fmt::format("{} has no interface {}", in_quotes(node.name), in_quotes(s.name.value)),
            std::move(hint));
        continue;
      }
      Interface& interface = node.interfaces[static_cast<size_t>(found - names.begin())];
      if (s.address && node.role == v1::SWITCH) {
        problems.add(s.address->at, "a port of a switch has no address", "remove it");
      } else {
        interface.pinned = s.address;
      }
      if (!s.mac) continue;
      const auto [first, fresh] = macs.emplace(s.mac->value, node.name);
      if (fresh) {
        interface.mac = s.mac->value;
        taken.insert(s.mac->value);
      } else {
        problems.add(s.mac->at,
                     fmt::format("MAC address {} is that of {} already",
                                 net::to_string(s.mac->value), in_quotes(first->second)),
                     "leave mac out to have one derived");
      }
    }
    if (node.source->address && !node.interfaces.empty()) {
      Interface& first = node.interfaces.front();
      if (first.pinned) {
        problems.add(node.source->address->at,
                     fmt::format("{} of {} has two addresses", first.name, in_quotes(node.name)),
                     "remove this one or the one in interfaces");
      } else {
        first.pinned = node.source->address;
      }
    }
  }
  for (Node& node : model.nodes) {
    for (Interface& interface : node.interfaces) {
      if (interface.mac == net::Mac{}) {
        interface.mac = derive_mac(model.lab, node.name, interface.name, taken);
      }
    }
  }
}

// Whose addresses a plain link between two systems has: an autonomous system's before a site's, the
// one with a router there before one with hosts, the first-named before the second.
size_t owner(const Model& model, const Member& a, const Member& b) {
  const auto weight = [&](const Member& m) {
    const Node& node = model.nodes[m.node];
    return (model.systems[node.system].asn != 0 ? 2 : 0) + (node.role == v1::ROUTER ? 1 : 0);
  };
  return weight(b) > weight(a) ? model.nodes[b.node].system : model.nodes[a.node].system;
}

void make_segments(Model& model, Problems& problems) {
  Groups domains(model.nodes.size());
  const auto is_switch = [&](size_t node) { return model.nodes[node].role == v1::SWITCH; };
  for (const Link& link : model.links) {
    if (!is_switch(link.a.node) || !is_switch(link.b.node)) continue;
    if (!domains.join(link.a.node, link.b.node)) {
      problems.add(link.source->a.node.at,
                   fmt::format("the link {} – {} closes a loop of switches",
                               model.nodes[link.a.node].name, model.nodes[link.b.node].name),
                   "switches speak no spanning tree: remove one link of the loop");
    }
  }
  std::map<size_t, size_t> segment_of;  // first switch of a domain → segment
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (!is_switch(i)) continue;
    const Node& node = model.nodes[i];
    const auto [found, fresh] = segment_of.emplace(domains.find(i), model.segments.size());
    if (fresh) {
      Segment made;
      made.system = node.system;
      made.at = node.source->name.at;
      model.segments.push_back(std::move(made));
    }
    Segment& segment = model.segments[found->second];
    segment.switches.push_back(i);
    segment.damaged = segment.damaged || node.source->subnet_damaged;
    if (!node.source->subnet) continue;
    if (segment.pinned && segment.pinned->value != node.source->subnet->value) {
      problems.add(node.source->subnet->at,
                   fmt::format("joined switches have one subnet, and {} says {}",
                               in_quotes(model.nodes[segment.switches.front()].name),
                               net::to_string(segment.pinned->value)),
                   "remove one of the two, or put a router between");
    } else {
      segment.pinned = node.source->subnet;
    }
  }
  for (const Link& link : model.links) {
    const bool switched_a = is_switch(link.a.node);
    const bool switched_b = is_switch(link.b.node);
    if (link.source->subnet && (switched_a || switched_b)) {
      problems.add(link.source->subnet->at, "the subnet of a LAN belongs to its switch",
                   fmt::format("write {}: {{ role: switch, subnet: {} }}",
                               model.nodes[switched_a ? link.a.node : link.b.node].name,
                               net::to_string(link.source->subnet->value)));
    }
    if (link.source->cost && model.nodes[link.a.node].role != v1::ROUTER &&
        model.nodes[link.b.node].role != v1::ROUTER) {
      problems.add(link.source->cost->at, "cost on a link without a router",
                   "cost is the OSPF cost of a router's interface: remove it");
    }
    size_t segment = model.segments.size();
    if (switched_a) {
      segment = segment_of[domains.find(link.a.node)];
    } else if (switched_b) {
      segment = segment_of[domains.find(link.b.node)];
    } else {
      Segment made;
      made.system = owner(model, link.a, link.b);
      made.at = link.source->at;
      made.pinned = link.source->subnet;
      made.damaged = link.source->subnet_damaged;
      model.segments.push_back(std::move(made));
    }
    for (const Member& end : {link.a, link.b}) {
      Interface& interface = model.nodes[end.node].interfaces[end.interface];
      interface.segment = segment;
      if (is_switch(end.node)) continue;
      for (const Member& other : model.segments[segment].members) {
        if (other.node != end.node) continue;
        problems.add(
            interface.at,
            fmt::format("{} has two interfaces in one LAN", in_quotes(model.nodes[end.node].name)),
            "remove one of the links");
        break;
      }
      model.segments[segment].members.push_back(end);
      // It may have been meant as a switch, or as the router that the others look for.
      if (model.nodes[end.node].role == v1::ROLE_UNSPECIFIED)
        model.segments[segment].damaged = true;
    }
  }
}

void check_unlinked(const Model& model, Problems& problems) {
  for (const Node& node : model.nodes) {
    if (!node.interfaces.empty() || node.incomplete) continue;
    problems.add(node.source->name.at,
                 fmt::format("{} {} has no link", role_name(node.role), in_quotes(node.name)),
                 fmt::format("add '- [{}, NODE]' to links", node.name));
  }
}

}  // namespace

std::vector<std::string> Model::node_names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : by_name) names.push_back(name);
  return names;
}

std::string Model::describe(const Segment& segment) const {
  if (segment.lan()) return nodes[segment.switches.front()].name;
  std::string text;
  for (const Member& m : segment.members) {
    if (!text.empty()) text += " – ";
    text += nodes[m.node].name;
  }
  return text;
}

size_t require_node(const Model& model, const Name& name, std::string_view what,
                    Problems& problems) {
  const size_t index = model.find(name.value);
  if (index != kNone) return index;
  std::string hint = did_you_mean(name.value, model.node_names());
  if (hint.empty()) hint = "add it to the nodes of a system";
  problems.add(name.at, fmt::format("{}: there is no node {}", what, in_quotes(name.value)),
               std::move(hint));
  return kNone;
}

void connect(Model& model, Problems& problems) {
  register_nodes(model, problems);
  check_systems(model, problems);
  check_start_order(model, problems);
  make_interfaces(model, problems);
  pin_interfaces(model, problems);
  make_segments(model, problems);
  for (const Segment& segment : model.segments) {
    if (!segment.damaged) continue;
    for (const Member& m : segment.members) model.nodes[m.node].incomplete = true;
  }
  check_unlinked(model, problems);
}

}  // namespace hoplab::topology
