// IPv6 behind a gateway: there is no translation, so that a site's prefix6 must be one that the
// Internet finds: a part of its provider's, delegated to it (RFC 6177), here by configuration.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/model.h"

namespace hoplab::topology {
namespace {

constexpr uint8_t kSubnet = 64;
constexpr uint8_t kUsual = 56;  // of a home

class Request {
 public:
  Request(const Model& model, size_t site, size_t gateway)
      : model_(model), site_(site), gateway_(model.nodes[gateway]) {}

  std::expected<Delegation, std::optional<Refusal>> run(size_t gateway) {
    if (auto reason = against_site()) return std::unexpected(std::move(reason));
    // Its sides, or its provider's prefix6, were reported.
    if (gateway_.wan == kNone) return std::unexpected(std::nullopt);
    const size_t provider = find_provider();
    if (auto reason = against_provider(provider)) return std::unexpected(std::move(reason));
    if (provider == kNone || !model_.systems[provider].prefix6)
      return std::unexpected(std::nullopt);
    if (auto reason = against_prefix(provider)) return std::unexpected(std::move(reason));
    return Delegation{site_, provider, gateway, wanted()};
  }

 private:
  [[nodiscard]] const net::IpPrefix& wanted() const {
    return model_.systems[site_].source->prefix6->value;
  }
  [[nodiscard]] std::string name_of(size_t system) const {
    return in_quotes(model_.systems[system].source->name.value);
  }
  [[nodiscard]] std::string gateway_name() const { return in_quotes(gateway_.name); }

  [[nodiscard]] std::optional<Refusal> against_site() const {
    const System& site = model_.systems[site_];
    if (site.source->asn) {
      return Refusal{fmt::format("system {} has an asn and prefix6, and gateway {} stands in it",
                                 name_of(site_), gateway_name()),
                     "put the gateway and what is behind it into a system without asn"};
    }
    for (const Node& node : model_.nodes) {
      if (node.system != site_ || &node == &gateway_) continue;
      if (node.role == v1::GATEWAY) {
        return Refusal{fmt::format("system {} has prefix6 and two gateways: {} and {}",
                                   name_of(site_), gateway_name(), in_quotes(node.name)),
                       "give each gateway a system of its own"};
      }
      if (node.role == v1::ROUTER) {
        return Refusal{fmt::format("system {} has prefix6, and gateway {} has no IPv6 route to "
                                   "what is behind router {}",
                                   name_of(site_), gateway_name(), in_quotes(node.name)),
                       "put the hosts into the gateway's own LAN, or leave prefix6 out"};
      }
    }
    return std::nullopt;
  }

  // The system of the router that the gateway sends to.
  [[nodiscard]] size_t find_provider() const {
    const Segment& outside = model_.segments[gateway_.interfaces[gateway_.wan].segment];
    for (const Member& m : outside.members) {
      if (model_.nodes[m.node].role == v1::ROUTER) return model_.nodes[m.node].system;
    }
    return kNone;
  }

  [[nodiscard]] std::optional<Refusal> against_provider(size_t provider) const {
    if (provider == kNone) {
      return Refusal{fmt::format("system {} has prefix6, and no router is on the WAN side of its "
                                 "gateway {}",
                                 name_of(site_), gateway_name()),
                     "link the gateway with a router, or leave prefix6 out"};
    }
    const Segment& outside = model_.segments[gateway_.interfaces[gateway_.wan].segment];
    if (outside.system == site_) {
      return Refusal{
          fmt::format("system {} has prefix6, and numbers {}, which is on the WAN side "
                      "of its gateway {}",
                      name_of(site_), in_quotes(model_.describe(outside)), gateway_name()),
          fmt::format("put that switch into system {}",
                      model_.systems[provider].source->name.value)};
    }
    const System& system = model_.systems[provider];
    if (!system.source->prefix6 && !system.source->prefix6_damaged) {
      return Refusal{
          fmt::format("system {} has prefix6, and its provider {} has none: nothing would find "
                      "the way back to it",
                      name_of(site_), name_of(provider)),
          fmt::format("add 'prefix6:' to system {}, or leave it out", system.source->name.value)};
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Refusal> against_prefix(size_t provider) const {
    const net::IpPrefix& whole = *model_.systems[provider].prefix6;
    const std::string text = net::to_string(wanted());
    if (wanted().length > kSubnet) {
      return Refusal{
          fmt::format("prefix6 {} of system {} has no good length", text, name_of(site_)),
          fmt::format("use one no longer than /{}, such as {}", kSubnet, suggested(whole))};
    }
    if (!whole.contains(wanted()) || wanted().length == whole.length) {
      return Refusal{fmt::format("prefix6 {} of system {} is no part of {}, the prefix6 of its "
                                 "provider {}, and nobody announces it: there is no NAT for IPv6",
                                 text, name_of(site_), net::to_string(whole), name_of(provider)),
                     fmt::format("use a part of it, such as {}", suggested(whole))};
    }
    if (wanted().contains(whole.network)) {
      return Refusal{
          fmt::format("prefix6 {} of system {} holds the first /{} of {}, where the "
                      "loopbacks of {} are",
                      text, name_of(site_), kSubnet, net::to_string(whole), name_of(provider)),
          fmt::format("use another part of it, such as {}", suggested(whole))};
    }
    for (const Delegation& other : model_.delegations) {
      if (!other.prefix.overlaps(wanted())) continue;
      return Refusal{fmt::format("prefix6 {} of system {} overlaps {} of system {}", text,
                                 name_of(site_), net::to_string(other.prefix), name_of(other.site)),
                     fmt::format("use another part of {}, such as {}", net::to_string(whole),
                                 suggested(whole))};
    }
    return std::nullopt;
  }

  // A part that is free.
  [[nodiscard]] std::string suggested(const net::IpPrefix& whole) const {
    const auto length = static_cast<uint8_t>(whole.length < kUsual ? kUsual : kSubnet);
    const uint64_t parts = uint64_t{1} << (length - whole.length);
    for (uint64_t i = 1; i < parts; ++i) {
      const net::IpPrefix part{{whole.network.high + (i << (kSubnet - length)), 0}, length};
      const bool taken = std::ranges::any_of(
          model_.delegations, [&](const Delegation& d) { return d.prefix.overlaps(part); });
      if (!taken) return net::to_string(part);
    }
    return "one that is free";
  }

  const Model& model_;
  size_t site_;
  const Node& gateway_;
};

}  // namespace

size_t gateway_of(const Model& model, size_t system) {
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    if (model.nodes[i].system == system && model.nodes[i].role == v1::GATEWAY) return i;
  }
  return kNone;
}

std::expected<Delegation, std::optional<Refusal>> delegate(const Model& model, size_t site,
                                                           size_t gateway) {
  return Request(model, site, gateway).run(gateway);
}

}  // namespace hoplab::topology
