#include "agents/router/daemon_json.h"

#include <algorithm>
#include <charconv>

#include "agents/router/json_fields.h"

namespace hoplab::router {
std::vector<uint32_t> parse_as_path(std::string_view text) {
  std::vector<uint32_t> result;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    uint32_t asn = 0;
    const auto [next, error] = std::from_chars(at, end, asn);
    if (error == std::errc()) {
      result.push_back(asn);
      at = next;
    } else {
      ++at;
    }
  }
  return result;
}

Result<std::map<std::string, BgpSession>> read_bgp_sessions(std::string_view text) {
  const auto parsed = parse(text, "bgpd's sessions");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, BgpSession> result;
  for (const auto& [address, value] : object_at(*parsed, "peers")) {
    const json::object& peer = object_of(value);
    result[std::string(address)] = {.state = text_at(peer, "state"),
                                    .asn = number_at(peer, "remoteAs"),
                                    .prefixes = number_at(peer, "pfxRcd"),
                                    .told = number_at(peer, "pfxSnt")};
  }
  return result;
}

Result<std::map<std::string, BgpTimers>> read_bgp_timers(std::string_view text) {
  const auto parsed = parse(text, "bgpd's timers");
  if (!parsed) return std::unexpected(parsed.error());
  const auto seconds = [](const json::object& peer, const char* key) {
    return std::chrono::seconds(number_at(peer, key) / 1000);
  };
  std::map<std::string, BgpTimers> result;
  for (const auto& [address, value] : *parsed) {
    const json::object& peer = object_of(value);
    if (text_at(peer, "bgpState") != "Established") continue;
    result[std::string(address)] = {.heard = seconds(peer, "bgpTimerLastRead"),
                                    .hold = seconds(peer, "bgpTimerHoldTimeMsecs"),
                                    .keepalive = seconds(peer, "bgpTimerKeepAliveIntervalMsecs")};
  }
  return result;
}

Result<std::vector<OspfAdjacency>> read_ospf_adjacencies(std::string_view text) {
  const auto parsed = parse(text, "ospfd's neighbours");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<OspfAdjacency> result;
  for (const auto& [id, list] : object_at(*parsed, "neighbors")) {
    for (const json::value& value : list_of(list)) {
      const json::object& neighbor = object_of(value);
      std::string state = text_at(neighbor, "nbrState");
      if (state.empty()) state = text_at(neighbor, "state");
      std::string interface = text_at(neighbor, "ifaceName");
      std::string address = text_at(neighbor, "ifaceAddress");
      if (address.empty()) address = text_at(neighbor, "address");
      result.push_back({.router_id = std::string(id),
                        .address = std::move(address),
                        .interface = interface.substr(0, interface.find(':')),
                        .state = state.substr(0, state.find('/')),
                        .role = text_at(neighbor, "role")});
    }
  }
  std::ranges::stable_sort(result, {}, &OspfAdjacency::router_id);
  return result;
}

Result<std::vector<OspfAdjacency>> read_ospf6_adjacencies(std::string_view text) {
  const auto parsed = parse(text, "ospf6d's neighbours");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<OspfAdjacency> result;
  for (const json::value& value : list_at(*parsed, "neighbors")) {
    const json::object& neighbor = object_of(value);
    result.push_back({.router_id = text_at(neighbor, "neighborId"),
                      .address = {},
                      .interface = text_at(neighbor, "interfaceName"),
                      .state = text_at(neighbor, "state"),
                      .role = text_at(neighbor, "ifState")});
  }
  std::ranges::stable_sort(result, {}, &OspfAdjacency::router_id);
  return result;
}

Result<std::vector<IsisAdjacency>> read_isis_adjacencies(std::string_view text) {
  const auto parsed = parse(text, "isisd's neighbours");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<IsisAdjacency> result;
  for (const json::value& area : list_at(*parsed, "areas")) {
    for (const json::value& value : list_at(object_of(area), "circuits")) {
      const json::object& circuit = object_of(value);
      if (text_at(circuit, "adj").empty()) continue;
      result.push_back({.id = text_at(circuit, "adj"),
                        .interface = text_at(circuit, "interface"),
                        .state = text_at(circuit, "state")});
    }
  }
  return result;
}

}  // namespace hoplab::router
