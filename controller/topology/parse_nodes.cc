#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/parse.h"
#include "controller/topology/ranges.h"
#include "controller/topology/scalars.h"

namespace hoplab::topology {
namespace {

constexpr uint32_t kLongest = 31'536'000;  // seconds of a lease

v1::Role parse_role(const YamlNode& value, Problems& problems) {
  const auto word = word_of(value, "role", role_names(), problems);
  return word ? *role_of(word->value) : v1::ROLE_UNSPECIFIED;
}

void parse_address(const YamlNode& value, SourceNode& node, Problems& problems) {
  node.address_at = value.at;
  if ((node.role == v1::CLIENT || node.role == v1::ROLE_UNSPECIFIED) && value.is_scalar()) {
    if (value.text == "dhcp") {
      node.mode = AddressMode::kDhcp;
      return;
    }
    if (value.text == "bootp") {
      node.mode = AddressMode::kBootp;
      return;
    }
    if (value.text == "static") {
      node.mode = AddressMode::kStatic;
      return;
    }
  }
  node.address = address_of(value, "address", problems);
  node.mode = AddressMode::kStatic;
}

void parse_address6(const YamlNode& value, SourceNode& node, Problems& problems) {
  node.address6_at = value.at;
  if ((node.role == v1::CLIENT || node.role == v1::ROLE_UNSPECIFIED) && value.is_scalar()) {
    const auto mode = value.text == "slaac"    ? Address6Mode::kSlaac
                      : value.text == "dhcp"   ? Address6Mode::kDhcp
                      : value.text == "static" ? Address6Mode::kStatic
                                               : Address6Mode::kDerived;
    if (mode != Address6Mode::kDerived) {
      node.mode6 = mode;
      return;
    }
  }
  node.mode6 = Address6Mode::kStatic;
  // A word that is no address: what the words are is more of a help than an address.
  if (value.is_scalar() && !value.text.empty() && value.text.find(':') == std::string::npos &&
      value.text.find('.') == std::string::npos) {
    std::string words = "write an address such as 2001:db8:40:1::5";
    if (node.role == v1::CLIENT) words = "write slaac, dhcp, static or an address";
    problems.add(value.at, fmt::format("address6 {} is not an IPv6 address", in_quotes(value.text)),
                 words + "; IPv4 alone is what a system without prefix6 has");
    return;
  }
  node.address6 = address6_of(value, "address6", problems);
}

void parse_interfaces(const YamlNode& value, SourceNode& node, Problems& problems) {
  if (!expect_map(value, "interfaces", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    SourceInterface interface;
    interface.name = {entry.key.text, entry.key.at};
    if (!check_interface_name(interface.name, problems)) continue;
    if (!expect_map(entry.value, fmt::format("interface {}", in_quotes(entry.key.text)),
                    problems)) {
      continue;
    }
    const Fields fields(entry.value, "an interface", interface_keys(), problems);
    if (const auto* v = fields.find("address")) {
      interface.address = address_of(*v, "address", problems);
    }
    if (const auto* v = fields.find("address6")) {
      interface.address6 = address6_of(*v, "address6", problems);
    }
    if (const auto* v = fields.find("mac")) interface.mac = mac_of(*v, "mac", problems);
    node.interfaces.push_back(std::move(interface));
  }
}

void parse_reservations(const YamlNode& value, SourceNode& node, Problems& problems) {
  if (!expect_map(value, "reservations", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    if (const auto address = address_of(entry.value, "reservation", problems)) {
      node.reservations.push_back({{entry.key.text, entry.key.at}, *address});
    }
  }
}

void parse_reservations6(const YamlNode& value, SourceNode& node, Problems& problems) {
  if (!expect_map(value, "reservations6", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    if (const auto address = address6_of(entry.value, "reservation", problems)) {
      node.reservations6.push_back({{entry.key.text, entry.key.at}, *address});
    }
  }
}

void parse_environment(const YamlNode& value, SourceNode& node, Problems& problems) {
  if (!expect_map(value, "environment", problems)) return;
  for (const YamlEntry& entry : value.entries) {
    if (const auto text = text_of(entry.value, entry.key.text, problems)) {
      node.environment.push_back(entry.key.text + "=" + text->value);
    }
  }
}

std::vector<Name> parse_serves(const YamlNode& value, Problems& problems) {
  std::vector<Name> names;
  for (const Name& name : names_of(value, "serves", problems)) {
    if (const auto host = host_name_of(name, problems)) names.push_back(*host);
  }
  return names;
}

std::vector<Name> parse_backends(const YamlNode& value, Problems& problems) {
  std::vector<Name> backends;
  for (const Name& name : names_of(value, "backends", problems)) {
    if (std::ranges::find(backends, name.value, &Name::value) == backends.end()) {
      backends.push_back(name);
    } else {
      problems.add(name.at, fmt::format("backend {} is there already", in_quotes(name.value)),
                   "name each once");
    }
  }
  return backends;
}

void parse_fields(const Fields& fields, SourceNode& node, Problems& problems) {
  const auto on = [&](std::string_view key, auto&& read) {
    if (const YamlNode* value = fields.find(key)) read(*value);
  };
  node.subnet_damaged = fields.misspelt("subnet");
  node.subnet6_damaged = fields.misspelt("subnet6");
  on("after", [&](const YamlNode& v) { node.after = names_of(v, "after", problems); });
  on("interfaces", [&](const YamlNode& v) { parse_interfaces(v, node, problems); });
  on("address", [&](const YamlNode& v) { parse_address(v, node, problems); });
  on("subnet", [&](const YamlNode& v) {
    node.subnet = prefix_of(v, "subnet", problems);
    node.subnet_damaged = node.subnet_damaged || !node.subnet;
  });
  on("address6", [&](const YamlNode& v) { parse_address6(v, node, problems); });
  on("subnet6", [&](const YamlNode& v) {
    node.subnet6 = prefix6_of(v, "subnet6", kSubnetLengths6, problems);
    node.subnet6_damaged = node.subnet6_damaged || !node.subnet6;
  });
  on("pool6", [&](const YamlNode& v) {
    node.pool6 = range6_of(v, "pool6", problems);
    node.pool6_damaged = !node.pool6;
  });
  on("pool", [&](const YamlNode& v) { node.pool = range_of(v, "pool", problems); });
  on("lease", [&](const YamlNode& v) {
    if (const auto n = number_of(v, "lease", 10, kLongest, problems)) node.lease_seconds = n->value;
  });
  on("renew",
     [&](const YamlNode& v) { node.renew_seconds = number_of(v, "renew", 1, kLongest, problems); });
  on("rebind", [&](const YamlNode& v) {
    node.rebind_seconds = number_of(v, "rebind", 1, kLongest, problems);
  });
  on("exclude", [&](const YamlNode& v) { node.exclude = ranges_of(v, "exclude", problems); });
  on("relay", [&](const YamlNode& v) { node.relay = names_of(v, "relay", problems); });
  on("domain", [&](const YamlNode& v) {
    if (const auto text = text_of(v, "domain", problems)) {
      if (const auto name = host_name_of(*text, problems)) node.domain = name->value;
    }
  });
  on("reservations", [&](const YamlNode& v) { parse_reservations(v, node, problems); });
  on("reservations6", [&](const YamlNode& v) { parse_reservations6(v, node, problems); });
  on("exclude6", [&](const YamlNode& v) { node.exclude6 = ranges6_of(v, "exclude6", problems); });
  on("preference6",
     [&](const YamlNode& v) { node.preference6 = number_of(v, "preference6", 0, 255, problems); });
  on("wan", [&](const YamlNode& v) { node.wan = text_of(v, "wan", problems); });
  on("masquerade", [&](const YamlNode& v) {
    if (const auto flag = flag_of(v, "masquerade", problems)) node.masquerade = flag->value;
  });
  on("forward_to",
     [&](const YamlNode& v) { node.forward_to = names_of(v, "forward_to", problems); });
  on("qname_minimisation", [&](const YamlNode& v) {
    if (const auto flag = flag_of(v, "qname_minimisation", problems)) {
      node.qname_minimisation = flag->value;
    }
  });
  on("validate", [&](const YamlNode& v) {
    if (const auto flag = flag_of(v, "validate", problems)) node.validate = flag->value;
  });
  on("full_answers", [&](const YamlNode& v) {
    if (const auto flag = flag_of(v, "full_answers", problems)) node.full_answers = flag->value;
  });
  on("cache", [&](const YamlNode& v) {
    if (const auto flag = flag_of(v, "cache", problems)) node.cache = flag->value;
  });
  on("name_servers",
     [&](const YamlNode& v) { node.name_servers = names_of(v, "name_servers", problems); });
  on("router_id",
     [&](const YamlNode& v) { node.router_id = address_of(v, "router_id", problems); });
  on("loopback", [&](const YamlNode& v) { node.loopback = address_of(v, "loopback", problems); });
  on("loopback6",
     [&](const YamlNode& v) { node.loopback6 = address6_of(v, "loopback6", problems); });
  on("announce", [&](const YamlNode& v) {
    if (!expect_list(v, "announce", problems)) return;
    for (const YamlNode& item : v.items) {
      if (const auto p = prefix_of(item, "announce", problems)) node.announce.push_back(*p);
    }
  });
  parse_router_policy(fields, node, problems);
  on("backends", [&](const YamlNode& v) { node.backends = parse_backends(v, problems); });
  on("algorithm", [&](const YamlNode& v) {
    if (const auto w = word_of(v, "algorithm", algorithm_names(), problems))
      node.algorithm = w->value;
  });
  on("serves", [&](const YamlNode& v) { node.serves = parse_serves(v, problems); });
  on("port", [&](const YamlNode& v) {
    if (const auto n = number_of(v, "port", 1, 65535, problems)) node.port = n->value;
  });
  on("body", [&](const YamlNode& v) {
    if (const auto text = text_of(v, "body", problems)) node.body = text->value;
  });
  on("image", [&](const YamlNode& v) {
    if (const auto text = text_of(v, "image", problems)) node.image = text->value;
  });
  on("command", [&](const YamlNode& v) {
    for (const Name& word : names_of(v, "command", problems)) node.command.push_back(word.value);
  });
  on("environment", [&](const YamlNode& v) { parse_environment(v, node, problems); });
}

}  // namespace

SourceNode parse_node(const YamlEntry& entry, size_t system, Problems& problems) {
  SourceNode node;
  node.system = system;
  node.name = label_of(entry.key, "node", kLongestNode, problems);
  node.role_at = entry.value.at;
  const YamlNode& value = entry.value;
  if (!value.is_map()) {
    node.role = parse_role(value, problems);
  } else {
    const YamlNode* role = nullptr;
    for (const YamlEntry& field : value.entries) {
      if (field.key.text == "role") role = &field.value;
    }
    if (role != nullptr) {
      node.role_at = role->at;
      node.role = parse_role(*role, problems);
    } else {
      problems.add(entry.key.at, fmt::format("node {} has no role", in_quotes(node.name.value)),
                   "one of: " + one_of(role_names()));
    }
    const std::string what = node.role == v1::ROLE_UNSPECIFIED
                                 ? std::string("a node")
                                 : fmt::format("a node of role {}", role_name(node.role));
    parse_fields(Fields(value, what, node_keys(node.role), problems), node, problems);
  }
  // Wrong is not missing: what was there was reported already.
  const auto given = [&](std::string_view key) {
    for (const YamlEntry& field : value.entries) {
      if (field.key.text == key) return !field.value.is_sequence() || !field.value.items.empty();
    }
    return false;
  };
  if (node.role == v1::CONTAINER && !given("image")) {
    problems.add(node.role_at, fmt::format("container {} has no image", in_quotes(node.name.value)),
                 "write { role: container, image: NAME }");
  }
  if (node.role == v1::LOAD_BALANCER && !given("backends")) {
    problems.add(node.role_at,
                 fmt::format("load balancer {} has no backends", in_quotes(node.name.value)),
                 "write { role: load_balancer, backends: [web1, web2] }");
  }
  return node;
}

}  // namespace hoplab::topology
