#include "controller/topology/parse.h"

#include <fmt/format.h>

#include "controller/topology/keys.h"
#include "controller/topology/ranges.h"
#include "controller/topology/scalars.h"

namespace hoplab::topology {
namespace {

Maybe<uint32_t> asn_of(const YamlNode& node, Problems& problems) {
  auto asn = number_of(node, "asn", 1, 4294967294U, problems);
  if (asn && (asn->value == 23456 || asn->value == 65535)) {
    problems.add(node.at, fmt::format("asn {} is reserved", asn->value), "use 64512 to 65534");
    return std::nullopt;
  }
  return asn;
}

void parse_system(const YamlEntry& entry, Source& source, Problems& problems) {
  SourceSystem system;
  system.name = label_of(entry.key, "system", kLongestNode, problems);
  const size_t index = source.systems.size();
  if (expect_map(entry.value, fmt::format("system {}", in_quotes(system.name.value)), problems)) {
    const Fields fields(entry.value, fmt::format("system {}", in_quotes(system.name.value)),
                        system_keys(), problems);
    if (const auto* asn = fields.find("asn")) {
      system.asn = asn_of(*asn, problems);
      system.damaged = !system.asn;
    }
    system.damaged = system.damaged || fields.misspelt("asn") || fields.misspelt("prefix");
    system.prefix6_damaged = fields.misspelt("prefix6");
    if (const auto* prefix = fields.find("prefix")) {
      system.prefix = prefix_of(*prefix, "prefix", problems);
      system.damaged = system.damaged || !system.prefix;
    }
    if (const auto* prefix = fields.find("prefix6")) {
      system.prefix6 = prefix6_of(*prefix, "prefix6", kSystemLengths6, problems);
      system.prefix6_damaged = system.prefix6_damaged || !system.prefix6;
    }
    parse_system_routing(fields, system, problems);
    if (const auto* resolver = fields.find("resolver")) {
      system.resolver = text_of(*resolver, "resolver", problems);
    }
    const YamlNode* nodes = fields.find("nodes");
    if (nodes == nullptr) {
      problems.add(entry.key.at,
                   fmt::format("system {} has no nodes", in_quotes(system.name.value)),
                   "add 'nodes: { r1: router }'");
    } else if (expect_map(*nodes, "nodes", problems)) {
      for (const YamlEntry& node : nodes->entries) {
        source.nodes.push_back(parse_node(node, index, problems));
      }
    }
  }
  source.systems.push_back(std::move(system));
}

std::optional<SourceEnd> parse_end(const YamlNode& node, Problems& problems) {
  const auto text = text_of(node, "the end of a link", problems);
  if (!text) return std::nullopt;
  SourceEnd end{.node = *text, .interface = {}};
  const size_t colon = text->value.find(':');
  if (colon != std::string::npos) {
    end.node.value = text->value.substr(0, colon);
    const int column = text->at.column + static_cast<int>(colon) + (node.quoted ? 2 : 1);
    end.interface = Name{text->value.substr(colon + 1), {text->at.line, column}};
    if (!check_interface_name(*end.interface, problems)) end.interface.reset();
  }
  return end;
}

// False when it could not be read.
bool parse_link(const YamlNode& node, Source& source, Problems& problems) {
  SourceLink link;
  link.at = node.at;
  const YamlNode* ends = &node;
  if (node.is_map()) {
    const Fields fields(node, "a link", link_keys(), problems);
    ends = fields.find("ends");
    link.subnet_damaged = fields.misspelt("subnet");
    link.subnet6_damaged = fields.misspelt("subnet6");
    if (const auto* v = fields.find("subnet")) {
      link.subnet = prefix_of(*v, "subnet", problems);
      link.subnet_damaged = link.subnet_damaged || !link.subnet;
    }
    if (const auto* v = fields.find("subnet6")) {
      link.subnet6 = prefix6_of(*v, "subnet6", kSubnetLengths6, problems);
      link.subnet6_damaged = link.subnet6_damaged || !link.subnet6;
    }
    if (const auto* v = fields.find("mtu")) {
      if (const auto mtu = number_of(*v, "mtu", 576, 9216, problems)) {
        link.mtu = mtu->value;
        link.mtu_at = mtu->at;
      }
    }
    if (const auto* v = fields.find("offload")) {
      if (const auto offload = flag_of(*v, "offload", problems)) link.offload = offload->value;
    }
    if (const auto* v = fields.find("cost")) link.cost = number_of(*v, "cost", 1, 65535, problems);
    if (const auto* v = fields.find("area")) {
      link.area = number_of(*v, "area", 0, 4294967295U, problems);
    }
    if (ends == nullptr) {
      problems.add(node.at, "a link without ends", "add 'ends: [a, b]'");
      return false;
    }
  }
  if (!expect_list(*ends, "a link", problems)) return false;
  if (ends->items.size() != 2) {
    problems.add(ends->at, fmt::format("a link has two ends, not {}", ends->items.size()),
                 "write [a, b]; a LAN of more nodes is a switch");
    return false;
  }
  const auto a = parse_end(ends->items[0], problems);
  const auto b = parse_end(ends->items[1], problems);
  if (!a || !b) return false;
  link.a = *a;
  link.b = *b;
  source.links.push_back(std::move(link));
  return true;
}

}  // namespace

bool check_interface_name(const Name& name, Problems& problems) {
  if (valid_interface_name(name.value)) return true;
  if (name.value.size() > kLongestInterface) {
    problems.add(name.at,
                 fmt::format("interface name {} is too long: {} characters, at most {}",
                             in_quotes(name.value), name.value.size(), kLongestInterface),
                 fmt::format("for example {}", in_quotes(name.value.substr(0, kLongestInterface))));
  } else {
    problems.add(name.at,
                 fmt::format("{} cannot be the name of an interface", in_quotes(name.value)),
                 "use letters, digits, '-', '_' and '.', such as eth0 or wan");
  }
  return false;
}

Maybe<std::string> host_name_of(const Name& name, Problems& problems) {
  if (name.value != "." && valid_domain(name.value)) {
    std::string full = fully_qualified(name.value);
    full.pop_back();
    return Name{full, name.at};
  }
  problems.add(name.at, fmt::format("{} is not a host name", in_quotes(name.value)),
               "such as www.example.test");
  return std::nullopt;
}

Source parse(const YamlNode& root, Problems& problems) {
  Source source;
  source.name.at = root.at;
  if (!expect_map(root, "a topology", problems)) return source;
  const Fields fields(root, "the topology", topology_keys(), problems);
  if (const auto* name = fields.find("name")) {
    if (text_of(*name, "name", problems)) {
      source.name = label_of(*name, "lab", kLongestLab, problems);
    }
  } else {
    problems.add(root.at, "the topology has no name", "add 'name: mylab' as the first line");
  }
  if (const auto* timers = fields.find("timers")) {
    const auto word = word_of(*timers, "timers", timer_names(), problems);
    source.standard_timers = word && word->value == "standard";
  }
  if (const auto* systems = fields.find("systems")) {
    if (expect_map(*systems, "systems", problems)) {
      for (const YamlEntry& entry : systems->entries) parse_system(entry, source, problems);
    }
  } else {
    problems.add(root.at, "the topology has no systems",
                 "add 'systems: { home: { nodes: { … } } }'");
  }
  if (const auto* links = fields.find("links")) {
    if (expect_list(*links, "links", problems)) {
      for (const YamlNode& link : links->items) {
        if (!parse_link(link, source, problems)) source.links_damaged = true;
      }
    } else {
      source.links_damaged = true;
    }
  }
  if (const auto* zones = fields.find("zones")) parse_zones(*zones, source, problems);
  return source;
}

}  // namespace hoplab::topology
