#include "controller/fault/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "controller/fault/duration.h"
#include "controller/fault/kinds.h"
#include "controller/fault/nearest.h"
#include "controller/fault/parse_target.h"

namespace hoplab::fault {
namespace {

// One parameter's value: a number in the catalogue's unit, or text.
struct Value {
  double number = 0;
  std::string text;
};
using Values = std::map<std::string, Value, std::less<>>;

Result<double> number_of(const Parameter& parameter, std::string_view text) {
  const auto wrong = [&](std::string_view hint) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{}={}: not a {}", parameter.name, text, type_word(parameter.type)),
                std::string{hint});
  };
  if (parameter.type == ValueType::kDuration) {
    const auto duration = parse_duration(text);
    if (!duration) return wrong("write a number and a unit: 50ms, 250us, 1.5s");
    return static_cast<double>(duration->count()) / 1e3;
  }
  std::string_view digits = text;
  if (parameter.type == ValueType::kPercent && digits.ends_with('%')) digits.remove_suffix(1);
  double number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                      std::chars_format::fixed);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() ||
      (parameter.type == ValueType::kInteger && digits.find('.') != std::string_view::npos)) {
    return wrong(fmt::format("write {}={}", parameter.name, parameter.preset));
  }
  return number;
}

Result<Value> value_of(const Parameter& parameter, std::string_view text) {
  if (parameter.type == ValueType::kText) return Value{0, std::string{text}};
  const auto number = number_of(parameter, text);
  if (!number) return std::unexpected(number.error());
  const bool low = parameter.least_allowed ? *number < parameter.least : *number <= parameter.least;
  if (low || *number > parameter.most) {
    return fail(ErrorKind::kInvalid, fmt::format("{}={} is out of range", parameter.name, text),
                fmt::format("{}: {}", parameter.name, parameter.range));
  }
  return Value{*number, std::string{text}};
}

// Every parameter of the kind, given or preset.
Result<Values> parse_parameters(const Kind& kind, std::span<const std::string> given) {
  std::vector<std::string> names;
  for (const Parameter& parameter : kind.parameters) names.emplace_back(parameter.name);
  Values values;
  for (const std::string& one : given) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) {
      return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is not key=value", one),
                  names.empty() ? fmt::format("{} takes no parameter", kind.word)
                                : fmt::format("{} takes: {}", kind.word, fmt::join(names, ", ")));
    }
    const std::string name = one.substr(0, equals);
    const auto parameter = std::ranges::find(kind.parameters, name, &Parameter::name);
    if (parameter == kind.parameters.end()) {
      return fail(ErrorKind::kInvalid, fmt::format("{} has no parameter \"{}\"", kind.word, name),
                  names.empty() ? "it takes none" : suggestion(name, names));
    }
    if (values.contains(name)) {
      return fail(ErrorKind::kInvalid, fmt::format("{} is given twice", name), "give it once");
    }
    auto value = value_of(*parameter, std::string_view{one}.substr(equals + 1));
    if (!value) return std::unexpected(value.error());
    values.emplace(name, *std::move(value));
  }
  for (const Parameter& parameter : kind.parameters) {
    if (values.contains(parameter.name) || parameter.preset.empty()) continue;
    auto value = value_of(parameter, parameter.preset);
    if (!value) return std::unexpected(value.error());
    values.emplace(parameter.name, *std::move(value));
  }
  return values;
}

std::string text_of(const Values& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string{} : found->second.text;
}
uint32_t whole(const Values& values, std::string_view name) {
  return static_cast<uint32_t>(values.find(name)->second.number + 0.5);
}

std::vector<std::string> daemons_of(const v1::NodeSpec& node) {
  switch (node.role_case()) {
    case v1::NodeSpec::kDhcpServer: {
      std::vector<std::string> daemons;
      if (node.dhcp_server().subnets_size() > 0) daemons.emplace_back("kea-dhcp4");
      if (node.dhcp_server().subnets6_size() > 0) daemons.emplace_back("kea-dhcp6");
      return daemons;
    }
    case v1::NodeSpec::kGateway:
      if (node.gateway().advertisements().empty()) return {"unbound"};
      return {"unbound", "radvd"};
    case v1::NodeSpec::kResolver:
      return {"unbound"};
    case v1::NodeSpec::kDnsServer:
      return {"knotd"};
    case v1::NodeSpec::kLoadBalancer:
      return {"haproxy"};
    case v1::NodeSpec::kWebServer:
      return {"nginx"};
    case v1::NodeSpec::kRouter: {
      std::vector<std::string> daemons = {"zebra"};
      if (node.router().announce_size() + node.router().static_routes_size() > 0) {
        daemons.emplace_back("staticd");
      }
      const v1::RouterSpec& router = node.router();
      if (!router.ospf().empty()) daemons.emplace_back("ospfd");
      if (std::ranges::any_of(router.ospf(), &v1::OspfInterface::ipv6)) {
        daemons.emplace_back("ospf6d");
      }
      if (router.igp() == v1::IGP_RIP) daemons.emplace_back("ripd");
      if (router.igp() == v1::IGP_RIP &&
          std::ranges::any_of(router.igp_interfaces(), &v1::IgpInterface::ipv6)) {
        daemons.emplace_back("ripngd");
      }
      if (node.router().igp() == v1::IGP_EIGRP) daemons.emplace_back("eigrpd");
      if (node.router().igp() == v1::IGP_ISIS) daemons.emplace_back("isisd");
      if (node.router().asn() != 0) daemons.emplace_back("bgpd");
      if (!router.dhcp_relay().client_interfaces().empty()) daemons.emplace_back("dhcrelay");
      if (!router.dhcp_relay().client_interfaces6().empty()) daemons.emplace_back("dhcrelay6");
      return daemons;
    }
    default:
      return {};
  }
}

// Nodes of the lab that could have the fault, for the refusal: "web1, web2".
template <typename Fits>
std::string candidates(std::span<const v1::NodeSpec> lab, Fits fits) {
  std::vector<std::string> names;
  for (const auto& node : lab) {
    if (fits(node)) names.push_back(node.node());
  }
  return names.empty() ? std::string{"this lab has none"}
                       : fmt::format("here: {}", fmt::join(names, ", "));
}

template <typename Fits>
Result<const v1::NodeSpec*> fitting_node(const Kind& kind, std::string_view target,
                                         std::span<const v1::NodeSpec> lab, Fits fits) {
  const auto node = parse_node(target, lab);
  if (!node || fits(**node)) return node;
  return fail(ErrorKind::kInvalid,
              fmt::format("{} ({}) cannot have the fault {}", target, role_word(**node), kind.word),
              fmt::format("it needs {}; {}", kind.targets, candidates(lab, fits)));
}

std::string fully_qualified(std::string zone) {
  if (!zone.empty() && !zone.ends_with('.')) zone += '.';
  std::ranges::transform(zone, zone.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return zone;
}

Status fill_link(const Kind& kind, std::string_view target, const Values& values,
                 std::span<const v1::NodeSpec> lab, v1::Fault& fault) {
  const auto link = parse_link(target, lab);
  if (!link) return std::unexpected(link.error());
  fault.set_node(link->node->node());
  const std::string& interface = link->interface->name();
  if (kind.kind == v1::Fault::kLinkDown) {
    fault.mutable_link_down()->set_interface(interface);
  } else if (kind.kind == v1::Fault::kLinkLoss) {
    fault.mutable_link_loss()->set_interface(interface);
    fault.mutable_link_loss()->set_percent(values.find("percent")->second.number);
    fault.mutable_link_loss()->set_seed(static_cast<uint64_t>(values.find("seed")->second.number));
  } else {
    auto* delay = fault.mutable_link_delay();
    delay->set_interface(interface);
    delay->set_delay_us(whole(values, "delay"));
    delay->set_jitter_us(whole(values, "jitter"));
    if (delay->jitter_us() > delay->delay_us()) {
      return fail(ErrorKind::kInvalid, "the jitter is larger than the delay",
                  "jitter: 0 to the delay");
    }
  }
  return {};
}

Status fill_servfail(const Kind& kind, std::string_view target, const Values& values,
                     std::span<const v1::NodeSpec> lab, v1::Fault& fault) {
  const auto answers = [](const v1::NodeSpec& n) {
    return n.has_dns_server() || n.has_resolver() ||
           (n.has_gateway() && n.gateway().has_resolver());
  };
  const auto node = fitting_node(kind, target, lab, answers);
  if (!node) return std::unexpected(node.error());
  const std::string zone = fully_qualified(text_of(values, "zone"));
  if (!zone.empty() && !(*node)->has_dns_server()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} ({}) serves no zones", target, role_word(**node)),
                "leave zone= out: a resolver fails every question");
  }
  if (!zone.empty()) {
    std::vector<std::string> served;
    for (const auto& one : (*node)->dns_server().zones()) served.push_back(one.origin());
    if (std::ranges::find(served, zone) == served.end()) {
      return fail(ErrorKind::kInvalid, fmt::format("{} does not serve the zone {}", target, zone),
                  suggestion(zone, served));
    }
  }
  fault.set_node((*node)->node());
  fault.mutable_dns_servfail()->set_zone(zone);
  return {};
}

Status fill_daemon(const Kind& kind, std::string_view target, const Values& values,
                   std::span<const v1::NodeSpec> lab, v1::Fault& fault) {
  const auto has_daemon = [](const v1::NodeSpec& n) {
    return n.has_container() || !daemons_of(n).empty();
  };
  const auto node = fitting_node(kind, target, lab, has_daemon);
  if (!node) return std::unexpected(node.error());
  const std::string daemon = text_of(values, "daemon");
  const auto known = daemons_of(**node);
  if (!daemon.empty() && !(*node)->has_container() &&
      std::ranges::find(known, daemon) == known.end()) {
    return fail(ErrorKind::kInvalid, fmt::format("{} runs no daemon \"{}\"", target, daemon),
                suggestion(daemon, known));
  }
  fault.set_node((*node)->node());
  fault.mutable_daemon_killed()->set_daemon(daemon);
  return {};
}

Status fill(const Kind& kind, std::string_view target, const Values& values,
            std::span<const v1::NodeSpec> lab, v1::Fault& fault) {
  switch (kind.kind) {
    case v1::Fault::kNodeStopped: {
      const auto node = parse_node(target, lab);
      if (!node) return std::unexpected(node.error());
      fault.set_node((*node)->node());
      fault.mutable_node_stopped();
      return {};
    }
    case v1::Fault::kDaemonKilled:
      return fill_daemon(kind, target, values, lab, fault);
    case v1::Fault::kDnsServfail:
      return fill_servfail(kind, target, values, lab, fault);
    case v1::Fault::kBgpSessionDown: {
      const auto session = parse_session(target, text_of(values, "neighbor"), lab);
      if (!session) return std::unexpected(session.error());
      fault.set_node(session->node->node());
      if (!session->all) {
        fault.mutable_bgp_session_down()->set_neighbor(session->neighbor->address());
      }
      fault.mutable_bgp_session_down()->set_neighbor_node(session->neighbor->node());
      return {};
    }
    case v1::Fault::kWebStatus: {
      const auto node =
          fitting_node(kind, target, lab, [](const v1::NodeSpec& n) { return n.has_web_server(); });
      if (!node) return std::unexpected(node.error());
      fault.set_node((*node)->node());
      fault.mutable_web_status()->set_status(whole(values, "status"));
      return {};
    }
    default:
      return fill_link(kind, target, values, lab, fault);
  }
}

}  // namespace

Result<v1::Fault> parse(std::string_view kind_text, std::string_view target,
                        std::span<const std::string> parameters, std::chrono::nanoseconds lease,
                        std::span<const v1::NodeSpec> lab) {
  const Kind* kind = find_kind(kind_text);
  if (kind == nullptr) {
    std::vector<std::string> words;
    for (const Kind& one : kinds()) words.emplace_back(one.word);
    return fail(ErrorKind::kInvalid, fmt::format("there is no fault kind \"{}\"", kind_text),
                fmt::format("{} (hoplab fault kinds explains each)", suggestion(kind_text, words)));
  }
  if (lease < std::chrono::nanoseconds{0}) {
    return fail(ErrorKind::kInvalid, "a fault cannot end before it starts", "--for 10m");
  }
  const auto values = parse_parameters(*kind, parameters);
  if (!values) return std::unexpected(values.error());
  v1::Fault fault;
  fault.set_target(std::string{target});
  fault.set_lease_ns(lease.count());
  if (const auto filled = fill(*kind, target, *values, lab, fault); !filled) {
    return std::unexpected(filled.error());
  }
  return fault;
}

}  // namespace hoplab::fault
