#include "controller/lab/container_spec.h"

#include <fmt/format.h>

#include <algorithm>

namespace hoplab::lab {
namespace {

struct Needs {
  v1::Role role;
  const char* image;
  std::vector<std::string> capabilities;  // beyond what the agent needs everywhere
  bool forwards = false;                  // packets between interfaces
};

// The agent configures interfaces (NET_ADMIN) and captures (NET_RAW).
const std::vector<std::string> kAgentCapabilities = {"NET_ADMIN", "NET_RAW"};

const Needs& needs_of(v1::Role role) {
  static const std::vector<Needs> table = {
      {v1::CLIENT, "client", {}},
      {v1::DHCP_SERVER, "dhcp_server", {}},
      {v1::GATEWAY, "gateway", {}, true},
      {v1::ROUTER, "router", {"NET_BIND_SERVICE", "SYS_ADMIN"}, true},
      {v1::SWITCH, "switch", {}},
      {v1::RESOLVER, "resolver", {}},
      {v1::DNS_SERVER, "dns_server", {}},
      {v1::LOAD_BALANCER, "load_balancer", {}},
      {v1::WEB_SERVER, "web_server", {"SETGID"}},
      // What Docker gives a container by default: a user's image may expect any of it.
      {v1::CONTAINER,
       "",
       {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
        "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}},
  };
  for (const auto& needs : table) {
    if (needs.role == role) return needs;
  }
  return table.back();
}

// Everything a lab depends on is said, because a new namespace inherits the host's choices.
std::map<std::string, std::string> sysctls(bool forwards) {
  std::map<std::string, std::string> settings = {
      {"net.ipv4.conf.all.rp_filter", "0"},
      {"net.ipv4.conf.default.rp_filter", "0"},
      {"net.ipv4.conf.all.send_redirects", "0"},
      {"net.ipv4.conf.default.send_redirects", "0"},
      {"net.ipv4.icmp_ratelimit", "0"},
      {"net.ipv4.icmp_echo_ignore_broadcasts", "0"},
      // Not cubic: a namespace may only choose what the host allows to everybody
      // (tcp_allowed_congestion_control), and reno is the one algorithm that every kernel allows.
      {"net.ipv4.tcp_congestion_control", "reno"},
      {"net.ipv4.fib_multipath_hash_policy", "1"},
      {"net.ipv4.ip_unprivileged_port_start", "0"},
      {"net.ipv4.conf.all.arp_announce", "2"},
  };
  settings.emplace("net.ipv4.ip_forward", forwards ? "1" : "0");
  return settings;
}

bool finds_address(const v1::NodeSpec& spec) { return !spec.client().autoconf_interface().empty(); }

bool has_ipv6(const v1::NodeSpec& spec) {
  const auto is_v6 = [](const std::string& text) { return text.find(':') != std::string::npos; };
  return finds_address(spec) ||
         std::ranges::any_of(spec.interfaces(), [&](const v1::InterfaceSpec& i) {
           return std::ranges::any_of(i.addresses(), is_v6);
         });
}

// The kernel's own autoconfiguration (RFC 4862): an address of the MAC and no temporary ones,
// duplicates looked for, routers asked at once and then every second.
void add_autoconf(std::map<std::string, std::string>& settings) {
  settings.erase("net.ipv6.conf.all.accept_dad");
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"accept_dad", "1"},
                                          {"accept_ra", "1"},
                                          {"use_tempaddr", "0"},
                                          {"router_solicitation_delay", "0"},
                                          {"router_solicitation_interval", "1"}}) {
    settings["net.ipv6.conf.default." + key] = value;
  }
}

// The order in which they are written is nobody's promise, and "all" of some changes "default" too:
// so no two of these contradict each other.
void add_ipv6(bool on, bool forwards, std::map<std::string, std::string>& settings) {
  settings.emplace("net.ipv6.conf.all.disable_ipv6", on ? "0" : "1");
  if (!on) {
    settings.emplace("net.ipv6.conf.default.disable_ipv6", "1");
    return;
  }
  settings.insert({
      {"net.ipv6.conf.all.forwarding", forwards ? "1" : "0"},
      {"net.ipv6.icmp.ratelimit", "0"},
      {"net.ipv6.fib_multipath_hash_policy", "1"},
      // Link-local addresses are of the MAC, and usable at once: the topology has no MAC twice.
      {"net.ipv6.conf.default.addr_gen_mode", "0"},
      {"net.ipv6.conf.all.accept_dad", "0"},
      {"net.ipv6.conf.default.accept_dad", "0"},
      {"net.ipv6.conf.default.accept_ra", "0"},
      {"net.ipv6.conf.default.accept_redirects", "0"},
      {"net.ipv6.conf.all.keep_addr_on_down", "1"},  // as IPv4 addresses stay
  });
}

}  // namespace

std::string image_of(const topology::NodePlan& node) {
  if (node.role == v1::CONTAINER) return node.image;
  return fmt::format("hoplab/{}:latest", needs_of(node.role).image);
}

runtime::ContainerSpec container_spec(const topology::NodePlan& node, const Paths& paths,
                                      const std::string& agent) {
  const Needs& needs = needs_of(node.role);
  runtime::ContainerSpec spec;
  spec.name = paths.container(node.name);
  spec.image = image_of(node);
  spec.hostname = node.name;
  spec.entrypoint = {kAgentBinary};
  spec.capabilities = kAgentCapabilities;
  spec.capabilities.insert(spec.capabilities.end(), needs.capabilities.begin(),
                           needs.capabilities.end());
  spec.mounts = {{agent, kAgentBinary, true},
                 {paths.node(node.name).string(), kAgentDirectory, false}};
  spec.sysctls = sysctls(needs.forwards);
  add_ipv6(has_ipv6(node.spec), needs.forwards, spec.sysctls);
  if (finds_address(node.spec)) add_autoconf(spec.sysctls);
  spec.labels = {{kLabLabel, paths.lab()}, {kNodeLabel, node.name}};
  return spec;
}

}  // namespace hoplab::lab
