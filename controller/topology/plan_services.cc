// Clients, load balancers, web servers, containers; for every node but routers its default routes.
#include <fmt/format.h>

#include <algorithm>

#include "controller/topology/keys.h"
#include "controller/topology/plan_parts.h"
#include "controller/topology/plan_ways.h"

namespace hoplab::topology {
namespace {

constexpr size_t kMostNameServers = 3;  // of a stub: MAXNS of resolv.conf(5)

class Services {
 public:
  Services(const Model& model, Plan& plan, Problems& problems)
      : model_(model), plan_(plan), problems_(problems) {}

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      v1::NodeSpec& spec = plan_.nodes[i].spec;
      add_default_routes(model_, i, spec);
      switch (model_.nodes[i].role) {
        case v1::CLIENT:
          client(i, spec);
          break;
        case v1::DHCP_SERVER:
          plan_dhcp_server(model_, i, spec);
          break;
        case v1::ROUTER:
          plan_dhcp_relay(model_, i, spec);
          break;
        case v1::SWITCH:
          spec.mutable_switch_();
          break;
        case v1::LOAD_BALANCER:
          load_balancer(i, spec);
          break;
        case v1::WEB_SERVER:
          web_server(i, spec);
          break;
        case v1::CONTAINER:
          container(i, spec);
          break;
        default:
          break;
      }
    }
  }

 private:
  void client(size_t index, v1::NodeSpec& spec) {
    v1::ClientSpec& out = *spec.mutable_client();
    for (const Interface& i : model_.nodes[index].interfaces) {
      if (!i.dhcp) continue;
      out.set_dhcp_interface(i.name);
      out.set_bootp(i.bootp);
    }
    out.set_cache(model_.nodes[index].source->cache);
    const auto& wanted = model_.nodes[index].source->name_servers;
    if (!out.dhcp_interface().empty()) {
      if (wanted.empty()) return;
      problems_.add(
          wanted.front().at,
          fmt::format("{} learns its name servers by DHCP", in_quotes(model_.nodes[index].name)),
          "write 'address: static' beside name_servers, or leave them out");
      return;
    }
    if (wanted.empty()) return use_name_server(model_, index, spec);
    if (wanted.size() > kMostNameServers) {
      problems_.add(wanted[kMostNameServers].at,
                    fmt::format("{} name servers: a stub asks the first {} only", wanted.size(),
                                kMostNameServers),
                    "leave the others out (resolv.conf(5))");
      return;
    }
    for (const std::string& server : answering(model_, wanted, "name server", problems_)) {
      spec.add_name_servers(server);
    }
  }

  void load_balancer(size_t index, v1::NodeSpec& spec) {
    const Node& node = model_.nodes[index];
    v1::LoadBalancerSpec& out = *spec.mutable_load_balancer();
    use_name_server(model_, index, spec);
    if (const auto address = primary_address(model_, index))
      out.set_address(net::to_string(*address));
    if (const auto address = primary_address6(model_, index)) {
      out.set_address6(net::to_string(*address));
    }
    for (const Name& name : node.source->serves) out.add_names(name.value);
    out.set_algorithm(node.source->algorithm);
    for (const Name& name : node.source->backends) {
      const size_t target = require_node(model_, name, "backend", problems_);
      if (target == kNone) continue;
      const Node& server = model_.nodes[target];
      if (server.role != v1::WEB_SERVER && server.role != v1::CONTAINER) {
        if (server.role != v1::ROLE_UNSPECIFIED) {
          problems_.add(name.at,
                        fmt::format("{} cannot be a backend: it is a {}", in_quotes(name.value),
                                    role_name(server.role)),
                        "name nodes of role web_server or container");
        }
        continue;
      }
      v1::Backend& backend = *out.add_backends();
      backend.set_node(server.name);
      if (const auto address = primary_address(model_, target)) {
        backend.set_address(net::to_string(*address));
      }
      backend.set_port(server.source->port);
    }
  }

  void web_server(size_t index, v1::NodeSpec& spec) {
    const SourceNode& source = *model_.nodes[index].source;
    v1::WebServerSpec& out = *spec.mutable_web_server();
    use_name_server(model_, index, spec);
    if (const auto address = primary_address(model_, index))
      out.set_address(net::to_string(*address));
    if (const auto address = primary_address6(model_, index)) {
      out.set_address6(net::to_string(*address));
    }
    out.set_port(source.port);
    for (const Name& name : source.serves) out.add_names(name.value);
    out.set_body(source.body);
  }

  void container(size_t index, v1::NodeSpec& spec) {
    const SourceNode& source = *model_.nodes[index].source;
    v1::ContainerSpec& out = *spec.mutable_container();
    use_name_server(model_, index, spec);
    for (const std::string& word : source.command) out.add_command(word);
    for (const std::string& variable : source.environment) out.add_environment(variable);
  }

  const Model& model_;
  Plan& plan_;
  Problems& problems_;
};

}  // namespace

void plan_services(const Model& model, Plan& plan, Problems& problems) {
  Services(model, plan, problems).run();
}

}  // namespace hoplab::topology
