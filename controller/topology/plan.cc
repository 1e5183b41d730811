#include "controller/topology/plan.h"

#include <algorithm>

#include "controller/topology/plan_parts.h"

namespace hoplab::topology {
namespace {

void plan_interfaces(const Model& model, const Node& node, v1::NodeSpec& spec) {
  for (const Interface& i : node.interfaces) {
    const SourceLink& link = *model.links[i.link].source;
    v1::InterfaceSpec& out = *spec.add_interfaces();
    out.set_name(i.name);
    out.set_mac(net::to_string(i.mac));
    if (i.address) out.add_addresses(net::to_string(*i.address));
    for (const auto& address : i.more) out.add_addresses(net::to_string(address));
    if (i.address6) out.add_addresses(net::to_string(*i.address6));
    out.set_mtu(link.mtu);
    out.set_offload(link.offload);
    out.set_peer_node(model.nodes[i.peer_node].name);
    out.set_peer_interface(model.nodes[i.peer_node].interfaces[i.peer_interface].name);
  }
}

v1::Zone to_proto(const ZoneData& zone) {
  v1::Zone out;
  out.set_origin(zone.origin);
  out.set_is_signed(zone.dnssec != Dnssec::kOff);
  out.set_wrong_ds(zone.dnssec == Dnssec::kWrongDs);
  for (const Record& record : zone.records) {
    v1::ResourceRecord& r = *out.add_records();
    r.set_name(record.name);
    r.set_ttl(record.ttl);
    r.set_type(record.type);
    r.set_data(record.data);
  }
  return out;
}

}  // namespace

const NodePlan* Plan::find(std::string_view node) const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const NodePlan& n) { return n.name == node; });
  return found == nodes.end() ? nullptr : &*found;
}

Plan make_plan(const Model& model, Problems& problems) {
  Plan plan;
  plan.lab = model.lab;
  plan.topology = model.source->name.value;
  for (const System& s : model.systems) {
    plan.systems.push_back({s.source->name.value, s.asn, s.prefix, s.prefix6});
  }
  for (const Node& node : model.nodes) {
    NodePlan out;
    out.name = node.name;
    out.role = node.role;
    out.system = model.systems[node.system].source->name.value;
    out.asn = model.systems[node.system].asn;
    out.image = node.source->image;
    for (const Name& name : node.source->after) out.start_after.push_back(name.value);
    out.line = node.source->name.at.line;
    out.spec.set_lab(model.lab);
    out.spec.set_node(node.name);
    out.spec.set_system(out.system);
    plan_interfaces(model, node, out.spec);
    plan.nodes.push_back(std::move(out));
  }
  for (const Link& link : model.links) {
    const Interface& a = model.at(link.a);
    const Interface& b = model.at(link.b);
    plan.links.push_back({model.nodes[link.a.node].name, a.name, a.mac,
                          model.nodes[link.b.node].name, b.name, b.mac, link.source->mtu});
  }
  for (const ZoneData& zone : model.zones) plan.zones.push_back(to_proto(zone));
  plan_routing(model, plan, problems);
  plan_names(model, plan, problems);
  plan_services(model, plan, problems);
  plan_autoconf(model, plan);
  return plan;
}

}  // namespace hoplab::topology
