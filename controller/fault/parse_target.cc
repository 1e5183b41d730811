#include "controller/fault/parse_target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "controller/fault/nearest.h"

namespace hoplab::fault {
namespace {

// The two ends as written; the second is empty where one was written.
std::pair<std::string_view, std::string_view> split_ends(std::string_view text) {
  for (const std::string_view separator : {"--", ",", " "}) {
    if (const size_t at = text.find(separator); at != std::string_view::npos) {
      std::string_view second = text.substr(at + separator.size());
      std::string_view first = text.substr(0, at);
      while (first.ends_with(' ')) first.remove_suffix(1);
      while (second.starts_with(' ')) second.remove_prefix(1);
      return {first, second};
    }
  }
  return {text, {}};
}

std::vector<std::string> interface_names(const v1::NodeSpec& node) {
  std::vector<std::string> names;
  for (const auto& interface : node.interfaces()) names.push_back(interface.name());
  return names;
}

// "eth0 (to isp1), eth1 (to isp2)"
std::string wires(const v1::NodeSpec& node) {
  std::vector<std::string> words;
  for (const auto& interface : node.interfaces()) {
    words.push_back(interface.peer_node().empty()
                        ? interface.name()
                        : fmt::format("{} (to {})", interface.name(), interface.peer_node()));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

Result<const v1::InterfaceSpec*> find_interface(const v1::NodeSpec& node, std::string_view name) {
  for (const auto& interface : node.interfaces()) {
    if (interface.name() == name) return &interface;
  }
  return fail(ErrorKind::kInvalid, fmt::format("{} has no interface \"{}\"", node.node(), name),
              node.interfaces().empty() ? "it has no interface at all"
                                        : suggestion(name, interface_names(node)));
}

Result<const v1::InterfaceSpec*> interface_to(const v1::NodeSpec& node, const v1::NodeSpec& peer) {
  const v1::InterfaceSpec* found = nullptr;
  std::vector<std::string> parallel;
  for (const auto& interface : node.interfaces()) {
    if (interface.peer_node() != peer.node()) continue;
    found = &interface;
    parallel.push_back(fmt::format("{}:{}", node.node(), interface.name()));
  }
  if (parallel.size() > 1) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("{} and {} are joined by {} links", node.node(), peer.node(), parallel.size()),
        fmt::format("name one: {}", fmt::join(parallel, ", ")));
  }
  if (found == nullptr) {
    return fail(ErrorKind::kInvalid,
                fmt::format("there is no link between {} and {}", node.node(), peer.node()),
                fmt::format("the interfaces of {}: {}", node.node(), wires(node)));
  }
  return found;
}

std::string sessions(const v1::NodeSpec& node) {
  std::vector<std::string> words;
  for (const auto& neighbor : node.router().bgp()) {
    words.push_back(fmt::format("{} ({})", neighbor.node(), neighbor.address()));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::string_view role_word(const v1::NodeSpec& node) {
  switch (node.role_case()) {
    case v1::NodeSpec::kClient:
      return "client";
    case v1::NodeSpec::kDhcpServer:
      return "dhcp_server";
    case v1::NodeSpec::kGateway:
      return "gateway";
    case v1::NodeSpec::kRouter:
      return "router";
    case v1::NodeSpec::kSwitch:
      return "switch";
    case v1::NodeSpec::kResolver:
      return "resolver";
    case v1::NodeSpec::kDnsServer:
      return "dns_server";
    case v1::NodeSpec::kLoadBalancer:
      return "load_balancer";
    case v1::NodeSpec::kWebServer:
      return "web_server";
    case v1::NodeSpec::kContainer:
      return "container";
    case v1::NodeSpec::ROLE_NOT_SET:
      break;
  }
  return "node";
}

Result<const v1::NodeSpec*> parse_node(std::string_view text, std::span<const v1::NodeSpec> lab) {
  std::vector<std::string> names;
  for (const auto& node : lab) {
    if (node.node() == text) return &node;
    names.push_back(node.node());
  }
  return fail(ErrorKind::kInvalid, fmt::format("there is no node \"{}\" in this lab", text),
              suggestion(text, names));
}

Result<LinkTarget> parse_link(std::string_view text, std::span<const v1::NodeSpec> lab) {
  const auto [first, second] = split_ends(text);
  const size_t colon = first.find(':');
  const auto node = parse_node(first.substr(0, colon), lab);
  if (!node) return std::unexpected(node.error());
  const v1::InterfaceSpec* interface = nullptr;
  if (colon != std::string_view::npos) {
    const auto named = find_interface(**node, first.substr(colon + 1));
    if (!named) return std::unexpected(named.error());
    interface = *named;
  }
  if (!second.empty()) {
    const size_t peer_colon = second.find(':');
    const auto peer = parse_node(second.substr(0, peer_colon), lab);
    if (!peer) return std::unexpected(peer.error());
    if (peer_colon != std::string_view::npos) {
      const auto named = find_interface(**peer, second.substr(peer_colon + 1));
      if (!named) return std::unexpected(named.error());
      const auto own = find_interface(**node, (*named)->peer_interface());
      if ((*named)->peer_node() != (*node)->node() || !own ||
          (interface != nullptr && interface != *own)) {
        return fail(ErrorKind::kInvalid, fmt::format("{} are not two ends of one link", text),
                    fmt::format("the interfaces of {}: {}", (*node)->node(), wires(**node)));
      }
      return LinkTarget{*node, *own};
    }
    if (interface == nullptr) {
      const auto between = interface_to(**node, **peer);
      if (!between) return std::unexpected(between.error());
      return LinkTarget{*node, *between};
    }
    if (interface->peer_node() != (*peer)->node()) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("{} leads to {}, not to {}", first, interface->peer_node(), second),
                  fmt::format("the interfaces of {}: {}", (*node)->node(), wires(**node)));
    }
  }
  if (interface == nullptr) {
    if ((*node)->interfaces_size() != 1) {
      return fail(
          ErrorKind::kInvalid,
          fmt::format("which link of {}? it has {}", text, (*node)->interfaces_size()),
          fmt::format("write {}:IFACE or {}--NODE; its interfaces: {}", text, text, wires(**node)));
    }
    interface = &(*node)->interfaces(0);
  }
  return LinkTarget{*node, interface};
}

Result<SessionTarget> parse_session(std::string_view text, std::string_view neighbor,
                                    std::span<const v1::NodeSpec> lab) {
  const auto [first, second] = split_ends(text);
  const auto node = parse_node(first, lab);
  if (!node) return std::unexpected(node.error());
  if (!(*node)->has_router() || (*node)->router().bgp().empty()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} ({}) has no BGP session", first, role_word(**node)),
                "bgp-down needs a router with BGP neighbours");
  }
  if (!second.empty() && !neighbor.empty() && second != neighbor) {
    return fail(ErrorKind::kInvalid,
                fmt::format("two neighbours are named: {} and {}", second, neighbor),
                "write A--B, or NODE with neighbor=");
  }
  const std::string_view wanted = second.empty() ? neighbor : second;
  const auto& bgp = (*node)->router().bgp();
  if (wanted.empty()) {
    if (bgp.size() == 1) return SessionTarget{*node, &bgp.Get(0)};
    const auto same = [&](const auto& peer) { return peer.node() == bgp.Get(0).node(); };
    if (std::ranges::all_of(bgp, same)) return SessionTarget{*node, &bgp.Get(0), true};
    return fail(ErrorKind::kInvalid,
                fmt::format("which session of {}? it has {}", first, bgp.size()),
                fmt::format("write {}--NODE; its neighbours: {}", first, sessions(**node)));
  }
  std::vector<std::string> names;
  for (const auto& peer : bgp) {
    if (peer.address() == wanted) return SessionTarget{*node, &peer};
    if (peer.node() == wanted) {
      const bool several = std::ranges::count(bgp, peer.node(), &v1::BgpNeighbor::node) > 1;
      return SessionTarget{*node, &peer, several};
    }
    names.push_back(peer.node());
  }
  const std::string near = nearest(wanted, names);
  return fail(ErrorKind::kInvalid, fmt::format("{} has no BGP session with {}", first, wanted),
              near.empty() ? fmt::format("its neighbours: {}", sessions(**node))
                           : fmt::format("did you mean {}?", near));
}

}  // namespace hoplab::fault
