// Every role, by the word of the spec that asks for it. A new role adds one line and its header.
#include "agents/client/client.h"
#include "agents/common/role/role.h"
#include "agents/container/container.h"
#include "agents/dhcp_server/dhcp_server.h"
#include "agents/dns_server/dns_server.h"
#include "agents/gateway/gateway.h"
#include "agents/load_balancer/load_balancer.h"
#include "agents/resolver/resolver.h"
#include "agents/router/router.h"
#include "agents/switch/switch.h"
#include "agents/web_server/web_server.h"

namespace hoplab::agent {

Result<std::unique_ptr<Role>> make_role(const hoplab::v1::NodeSpec& spec) {
  using hoplab::v1::NodeSpec;
  switch (spec.role_case()) {
    case NodeSpec::kClient:
      return make_client(spec);
    case NodeSpec::kDhcpServer:
      return make_dhcp_server(spec);
    case NodeSpec::kGateway:
      return make_gateway(spec);
    case NodeSpec::kRouter:
      return make_router(spec);
    case NodeSpec::kSwitch:
      return make_switch(spec);
    case NodeSpec::kResolver:
      return make_resolver(spec);
    case NodeSpec::kDnsServer:
      return make_dns_server(spec);
    case NodeSpec::kLoadBalancer:
      return make_load_balancer(spec);
    case NodeSpec::kWebServer:
      return make_web_server(spec);
    case NodeSpec::kContainer:
      return make_container(spec);
    case NodeSpec::ROLE_NOT_SET:
      break;
  }
  return fail(ErrorKind::kInvalid, "configure " + spec.node() + ": its spec names no role",
              "controller and agent may be of different versions");
}

}  // namespace hoplab::agent
