#include "controller/journey/decisions/route_facts.h"

#include <algorithm>
#include <array>

#include "controller/journey/decode/listing.h"
#include "controller/journey/story.h"

namespace hoplab::journey {
namespace {

// bgpd's word for a step of the choice → our sentence.
struct Step {
  std::string_view word;
  std::string_view key;
};
constexpr std::array kSteps{
    Step{"Weight", "best.weight"},           Step{"Local Pref", "best.local_preference"},
    Step{"Local Route", "best.local_route"}, Step{"AS Path", "best.as_path"},
    Step{"Origin", "best.origin"},           Step{"MED", "best.med"},
    Step{"Peer Type", "best.external"},      Step{"IGP Metric", "best.igp_metric"},
    Step{"Older Path", "best.older"},        Step{"Router ID", "best.router_id"},
    Step{"Cluster length", "best.cluster"},  Step{"Neighbor IP", "best.neighbor"},
};

bool is_ipv6(const std::string& prefix) { return prefix.find(':') != std::string::npos; }

// Where each version of OSPF has the calculation of a kind of route.
struct OspfKind {
  std::string_view type;
  std::string_view key;
  std::string_view section;   // of RFC 2328
  std::string_view section6;  // of RFC 5340
};
constexpr std::array kOspfKinds{
    OspfKind{"intra-area", "route.ospf_intra", "16.1", "4.8.1"},
    OspfKind{"inter-area", "route.ospf_inter", "16.2", "4.8.3"},
    OspfKind{"external-1", "route.ospf_external1", "16.4", "4.8.5"},
    OspfKind{"external-2", "route.ospf_external2", "16.4", "4.8.5"},
};

v1::Fact ospf_fact(const v1::Route& route, const std::string& metric, const NameOf& name) {
  const v1::RouteDetail& detail = route.detail();
  const bool v6 = is_ipv6(route.prefix());
  const std::string protocol = v6 ? "OSPFv3" : "OSPF";
  const auto kind = std::ranges::find(kOspfKinds, detail.type(), &OspfKind::type);
  if (kind == kOspfKinds.end()) {
    return fact("route.ospf",
                {{"prefix", route.prefix()}, {"protocol", protocol}, {"metric", metric}});
  }
  v1::Fact f = fact(kind->key, {{"prefix", route.prefix()},
                                {"protocol", protocol},
                                {"metric", metric},
                                {"rfc", v6 ? "5340" : "2328"},
                                {"section", std::string(v6 ? kind->section6 : kind->section)}});
  if (detail.type().starts_with("external")) {
    const std::string asbr = detail.redistributed_by();
    (*f.mutable_args())["asbr"] = asbr.empty() ? "?" : name(asbr);
  } else {
    (*f.mutable_args())["area"] = detail.area();
  }
  return f;
}

}  // namespace

std::string as_path_text(const google::protobuf::RepeatedField<uint32_t>& as_path) {
  std::string text;
  for (const uint32_t asn : as_path) append_item(text, std::to_string(asn), " ");
  return text.empty() ? "empty" : text;
}

v1::Fact route_fact(const v1::Route& route, const std::string& out, const NameOf& name) {
  const std::string metric =
      std::to_string(route.has_detail() ? route.detail().metric() : route.metric());
  const std::string& prefix = route.prefix();
  if (!route.kind().empty() && route.kind() != "unicast") {
    return fact("route.blackhole", {{"prefix", prefix}, {"kind", route.kind()}});
  }
  const std::string via = route.next_hops_size() > 0 ? route.next_hops(0).via() : "";
  const std::string& protocol = route.protocol();
  if (protocol == "bgp") {
    return fact(route.bgp_internal() ? "route.ibgp" : "route.bgp",
                {{"prefix", prefix},
                 {"as_path", as_path_text(route.as_path())},
                 {"peer", name(route.bgp_peer())}});
  }
  if (protocol == "ospf") return ospf_fact(route, metric, name);
  if (protocol == "rip") {
    return fact(is_ipv6(prefix) ? "route.ripng" : "route.rip",
                {{"prefix", prefix}, {"hops", metric}});
  }
  if (protocol == "eigrp") return fact("route.eigrp", {{"prefix", prefix}, {"metric", metric}});
  if (protocol == "isis") return fact("route.isis", {{"prefix", prefix}, {"metric", metric}});
  if (protocol == "dhcp") return fact("route.dhcp", {{"prefix", prefix}, {"router", via}});
  if (via.empty()) return fact("route.connected", {{"prefix", prefix}, {"interface", out}});
  if (prefix == "0.0.0.0/0" || prefix == "::/0" || prefix == "default") {
    return fact("route.default", {{"prefix", prefix}, {"protocol", protocol}, {"metric", metric}});
  }
  if (protocol == "static") return fact("route.static", {{"prefix", prefix}, {"metric", metric}});
  return fact("route.other", {{"prefix", prefix}, {"protocol", protocol}, {"metric", metric}});
}

v1::Fact best_step(const std::string& reason, uint32_t paths) {
  const std::string count = std::to_string(paths);
  if (paths <= 1) return fact("best.only");
  const auto step = std::ranges::find(kSteps, reason, &Step::word);
  if (step == kSteps.end()) return fact("best.other", {{"paths", count}, {"reason", reason}});
  return fact(step->key, {{"paths", count}});
}

std::vector<v1::Fact> route_reasons(const v1::Route& route, const NameOf& name) {
  std::vector<v1::Fact> facts;
  if (route.protocol() != "bgp" || !route.has_detail()) return facts;
  const v1::RouteDetail& detail = route.detail();
  // 0: eBGP does not carry it, and bgpd takes its default.
  constexpr uint32_t kDefaultPreference = 100;
  const uint32_t preference =
      route.local_preference() == 0 ? kDefaultPreference : route.local_preference();
  facts.push_back(fact("bgp.attributes", {{"local_preference", std::to_string(preference)},
                                          {"med", std::to_string(detail.med())},
                                          {"origin", detail.origin()}}));
  if (!detail.communities().empty()) {
    std::string list;
    for (const std::string& c : detail.communities()) append_item(list, c, " ");
    facts.push_back(fact("bgp.communities", {{"communities", list}}));
  }
  if (!detail.originator_id().empty()) {
    facts.push_back(fact("bgp.reflected", {{"peer", name(route.bgp_peer())},
                                           {"originator", name(detail.originator_id())}}));
  }
  if (detail.paths() > 0) facts.push_back(best_step(detail.best_reason(), detail.paths()));
  return facts;
}

}  // namespace hoplab::journey
