#include "agents/router/daemon_json.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>

namespace hoplab::router {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

Result<Struct> parse(std::string_view json, const char* what) {
  Struct object;
  const auto status =
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &object);
  if (!status.ok()) {
    return fail(ErrorKind::kInternal,
                std::string("read ") + what + ": " + std::string(status.message()));
  }
  return object;
}

const Value* member(const Struct& object, const std::string& key) {
  const auto found = object.fields().find(key);
  return found == object.fields().end() ? nullptr : &found->second;
}

const Struct& object_at(const Struct& object, const std::string& key) {
  const Value* value = member(object, key);
  return value != nullptr && value->has_struct_value() ? value->struct_value()
                                                       : Struct::default_instance();
}

std::string text_at(const Struct& object, const std::string& key) {
  const Value* value = member(object, key);
  return value != nullptr ? value->string_value() : std::string();
}

uint32_t number_at(const Struct& object, const std::string& key) {
  const Value* value = member(object, key);
  return value != nullptr ? static_cast<uint32_t>(value->number_value()) : 0;
}

bool flag_at(const Struct& object, const std::string& key) {
  const Value* value = member(object, key);
  return value != nullptr && value->bool_value();
}

BgpPath path_of(const Struct& path) {
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
  for (const auto& [address, value] : object_at(*parsed, "peers").fields()) {
    const Struct& peer = value.struct_value();
    result[address] = {.state = text_at(peer, "state"),
                       .asn = number_at(peer, "remoteAs"),
                       .prefixes = number_at(peer, "pfxRcd")};
  }
  return result;
}

Result<std::map<std::string, BgpPath>> read_bgp_best_paths(std::string_view json) {
  const auto parsed = parse(json, "bgpd's paths");
  if (!parsed) return std::unexpected(parsed.error());
  std::map<std::string, BgpPath> result;
  for (const auto& [prefix, paths] : object_at(*parsed, "routes").fields()) {
    for (const Value& path : paths.list_value().values()) {
      if (!flag_at(path.struct_value(), "bestpath")) continue;
      result.emplace(prefix, path_of(path.struct_value()));
      break;
    }
  }
  return result;
}

Result<std::vector<OspfAdjacency>> read_ospf_adjacencies(std::string_view json) {
  const auto parsed = parse(json, "ospfd's neighbours");
  if (!parsed) return std::unexpected(parsed.error());
  // A Struct keeps no order; a map does.
  std::map<std::string, const ListValue*> by_id;
  for (const auto& [id, list] : object_at(*parsed, "neighbors").fields()) {
    by_id[id] = &list.list_value();
  }
  std::vector<OspfAdjacency> result;
  for (const auto& [id, list] : by_id) {
    for (const Value& value : list->values()) {
      const Struct& neighbor = value.struct_value();
      std::string state = text_at(neighbor, "nbrState");
      if (state.empty()) state = text_at(neighbor, "state");
      std::string interface = text_at(neighbor, "ifaceName");
      std::string address = text_at(neighbor, "ifaceAddress");
      if (address.empty()) address = text_at(neighbor, "address");
      result.push_back({.router_id = id,
                        .address = std::move(address),
                        .interface = interface.substr(0, interface.find(':')),
                        .state = state.substr(0, state.find('/'))});
    }
  }
  return result;
}

}  // namespace hoplab::router
