#include "agents/router/daemon_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace hoplab::router {
namespace {

namespace json = boost::json;

Result<json::object> parse(std::string_view text, const char* what) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (!error && !value.is_object()) error = json::error::not_object;
  if (error) {
    return fail(ErrorKind::kInternal, std::string("read ") + what + ": " + error.message());
  }
  return std::move(value.as_object());
}

// Members that are missing or of another type read as empty.
const json::object& object_of(const json::value& value) {
  static const json::object none;
  const auto* object = value.if_object();
  return object != nullptr ? *object : none;
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const auto* value = object.if_contains(key);
  return value != nullptr ? object_of(*value) : none;
}

const json::array& list_of(const json::value& value) {
  static const json::array none;
  const auto* list = value.if_array();
  return list != nullptr ? *list : none;
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

uint32_t number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  json::error_code error;
  const auto number = value->to_number<uint32_t>(error);
  return error ? 0 : number;
}

bool flag_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

BgpPath path_of(const json::object& path) {
  BgpPath result;
  result.peer = text_at(path, "peerId");
  if (result.peer == "(unspec)") result.peer.clear();
  result.as_path = parse_as_path(text_at(path, "path"));
  result.internal = text_at(path, "pathFrom") == "internal";
  result.local_preference = number_at(path, "locPrf");
  return result;
}

}  // namespace

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

Result<std::map<std::string, BgpSession>> read_bgp_sessions(std::string_view json) {
  const auto parsed = parse(json, "bgpd's sessions");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, BgpSession> result;
  for (const auto& [address, value] : object_at(*parsed, "peers")) {
    const json::object& peer = object_of(value);
    result[std::string(address)] = {.state = text_at(peer, "state"),
                                    .asn = number_at(peer, "remoteAs"),
                                    .prefixes = number_at(peer, "pfxRcd")};
  }
  return result;
}

Result<std::map<std::string, BgpTimers>> read_bgp_timers(std::string_view json) {
  const auto parsed = parse(json, "bgpd's timers");
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

Result<std::map<std::string, BgpPath>> read_bgp_best_paths(std::string_view json) {
  const auto parsed = parse(json, "bgpd's paths");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, BgpPath> result;
  for (const auto& [prefix, paths] : object_at(*parsed, "routes")) {
    for (const json::value& value : list_of(paths)) {
      const json::object& path = object_of(value);
      if (!flag_at(path, "bestpath")) continue;
      result.emplace(prefix, path_of(path));
      break;
    }
  }
  return result;
}

Result<std::vector<OspfAdjacency>> read_ospf_adjacencies(std::string_view json) {
  const auto parsed = parse(json, "ospfd's neighbours");
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
                        .state = state.substr(0, state.find('/'))});
    }
  }
  std::ranges::stable_sort(result, {}, &OspfAdjacency::router_id);
  return result;
}

}  // namespace hoplab::router
