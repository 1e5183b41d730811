#include "agents/router/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

void ospf_timers(std::string& out, const v1::OspfInterface& interface) {
  if (interface.passive()) return;
  // Four hellos a second, dead after one: neighbours find each other within 250 ms of the later
  // one.
  line(out, " ip ospf dead-interval minimal hello-multiplier 4");
  line(out, " ip ospf retransmit-interval 1");
}

void ospf_interface(std::string& out, const v1::OspfInterface& interface, bool standard_timers) {
  line(out, "interface {}", interface.interface());
  line(out, " ip ospf area {}", interface.area());
  if (interface.point_to_point()) line(out, " ip ospf network point-to-point");
  if (interface.cost() != 0) line(out, " ip ospf cost {}", interface.cost());
  if (interface.passive()) line(out, " ip ospf passive");
  if (!standard_timers) ospf_timers(out, interface);
  line(out, "exit");
  line(out, "!");
}

agent::ConfigFile config_file(std::string_view daemon, std::string content) {
  agent::ConfigFile file;
  file.path = fmt::format("{}/{}.conf", kConfigDirectory, daemon);
  file.content = std::move(content);
  return file;
}

agent::Program program(std::string_view daemon, std::vector<std::string> after) {
  agent::Program program;
  program.name = daemon;
  // As root in group frrvty a daemon changes no identity, so it needs neither SETUID, SETGID nor
  // CHOWN: NET_ADMIN, NET_RAW, NET_BIND_SERVICE and SYS_ADMIN are all it asks for, and
  // no-new-privileges holds. Port 0: no telnet.
  program.argv = {fmt::format("/usr/lib/frr/{}", daemon),
                  "-f",
                  fmt::format("{}/{}.conf", kConfigDirectory, daemon),
                  "-u",
                  "root",
                  "-g",
                  "frrvty",
                  "-P",
                  "0",
                  "--log",
                  "stdout",
                  "--log-level",
                  "informational"};
  program.after = std::move(after);
  // Made last of a daemon's sockets. One that looks for zebra too early tries again only 10 s
  // later, so zebra's own socket, bound a moment before it listens, is no good sign.
  program.ready_file = fmt::format("{}/{}.vty", kRunDirectory, daemon);
  return program;
}

}  // namespace

bool needs_staticd(const v1::RouterSpec& router) {
  return router.announce_size() > 0 || router.static_routes_size() > 0;
}
bool needs_ospfd(const v1::RouterSpec& router) { return router.ospf_size() > 0; }
bool needs_ospf6d(const v1::RouterSpec& router) {
  return std::ranges::any_of(router.ospf(), &v1::OspfInterface::ipv6);
}
bool needs_ripngd(const v1::RouterSpec& router) {
  return router.igp() == v1::IGP_RIP &&
         std::ranges::any_of(router.igp_interfaces(), &v1::IgpInterface::ipv6);
}
bool needs_bgpd(const v1::RouterSpec& router) { return router.asn() != 0; }

std::string_view igp_daemon(const v1::RouterSpec& router) {
  switch (router.igp()) {
    case v1::IGP_RIP:
      return "ripd";
    case v1::IGP_EIGRP:
      return "eigrpd";
    case v1::IGP_ISIS:
      return "isisd";
    default:
      return {};
  }
}

std::string render_zebra(const v1::NodeSpec& spec) {
  std::string out = header(spec);
  // A route in the kernel names its next hop itself, not the number of an object that does.
  line(out, "no zebra nexthop kernel enable");
  const v1::RouterSpec& router = spec.router();
  if (!router.loopback().empty() || !router.loopback6().empty()) {
    line(out, "interface lo");
    if (!router.loopback().empty()) line(out, " ip address {}", router.loopback());
    if (!router.loopback6().empty()) line(out, " ipv6 address {}", router.loopback6());
    line(out, "exit");
    line(out, "!");
  }
  render_advertisements(spec.router(), out);
  return out;
}

std::string render_staticd(const v1::NodeSpec& spec) {
  std::string out = header(spec);
  // A packet for a host of ours that does not exist ends here instead of following a default route
  // out and back. Any other route to the same prefix is better than distance 254.
  for (const std::string& prefix : spec.router().announce()) {
    line(out, "{} route {} blackhole 254", is_v6(prefix) ? "ipv6" : "ip", prefix);
  }
  for (const v1::StaticRoute& route : spec.router().static_routes()) {
    line(out, "{} route {} {}", is_v6(route.prefix()) ? "ipv6" : "ip", route.prefix(), route.via());
  }
  return out;
}

std::string render_ospfd(const v1::NodeSpec& spec) {
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  bool loopback_listed = router.loopback().empty();
  for (const v1::OspfInterface& interface : router.ospf()) {
    loopback_listed = loopback_listed || interface.interface() == "lo";
    ospf_interface(out, interface, router.standard_timers());
  }
  if (!loopback_listed && router.ospf_size() > 0) {
    v1::OspfInterface loopback;
    loopback.set_interface("lo");
    // In the backbone, if this router stands in it.
    loopback.set_area(std::ranges::min(router.ospf(), {}, &v1::OspfInterface::area).area());
    loopback.set_passive(true);
    ospf_interface(out, loopback, router.standard_timers());
  }
  line(out, "router ospf");
  line(out, " ospf router-id {}", router.router_id());
  line(out, " log-adjacency-changes");
  if (!router.standard_timers()) {
    line(out, " timers throttle spf 0 50 500");
    line(out, " timers throttle lsa all 0");
    line(out, " timers lsa min-arrival 0");
  }
  if (router.redistribute_bgp()) line(out, " redistribute bgp metric-type 2");
  line(out, "exit");
  line(out, "!");
  return out;
}

std::string render_igp(const v1::NodeSpec& spec) {
  if (spec.router().igp() == v1::IGP_RIP) return render_ripd(spec);
  if (spec.router().igp() == v1::IGP_EIGRP) return render_eigrpd(spec);
  return render_isisd(spec);
}

agent::ConfigFile bgpd_file(const v1::NodeSpec& spec, const ShutSessions& shut) {
  return config_file("bgpd", render_bgpd(spec, shut));
}

std::vector<agent::ConfigFile> config_files(const v1::NodeSpec& spec, const ShutSessions& shut) {
  std::vector<agent::ConfigFile> files{config_file(kZebra, render_zebra(spec))};
  if (needs_staticd(spec.router())) files.push_back(config_file("staticd", render_staticd(spec)));
  if (needs_ospfd(spec.router())) files.push_back(config_file("ospfd", render_ospfd(spec)));
  if (needs_ospf6d(spec.router())) files.push_back(config_file("ospf6d", render_ospf6d(spec)));
  if (needs_ripngd(spec.router())) files.push_back(config_file("ripngd", render_ripngd(spec)));
  if (const auto daemon = igp_daemon(spec.router()); !daemon.empty()) {
    files.push_back(config_file(daemon, render_igp(spec)));
  }
  if (needs_bgpd(spec.router())) files.push_back(bgpd_file(spec, shut));
  return files;
}

// dhcrelay(8). It listens on raw sockets, so its interfaces must be there and up.
agent::Program relay_program(const v1::DhcpRelaySpec& relay) {
  agent::Program program;
  program.name = kRelay;
  program.argv = {"/usr/sbin/dhcrelay", "-4", "-d", "--no-pid"};
  for (const std::string& interface : relay.client_interfaces()) {
    program.argv.insert(program.argv.end(), {"-id", interface});
  }
  for (const std::string& interface : relay.server_interfaces()) {
    program.argv.insert(program.argv.end(), {"-iu", interface});
  }
  program.argv.insert(program.argv.end(), relay.servers().begin(), relay.servers().end());
  return program;
}

// The same of DHCPv6, with interface-id options. It sends out of each interface towards the
// servers: the kernel has a way to them through those only where there is one.
agent::Program relay6_program(const v1::DhcpRelaySpec& relay) {
  agent::Program program;
  program.name = kRelay6;
  program.argv = {"/usr/sbin/dhcrelay", "-6", "-d", "--no-pid", "-I"};
  for (const std::string& interface : relay.client_interfaces6()) {
    program.argv.insert(program.argv.end(), {"-l", interface});
  }
  for (const std::string& interface : relay.server_interfaces6()) {
    for (const std::string& server : relay.servers6()) {
      program.argv.insert(program.argv.end(), {"-u", server + "%" + interface});
    }
  }
  return program;
}

std::vector<agent::Program> daemon_programs(const v1::RouterSpec& router) {
  // The node's main daemon is the first: what it learnt leaves the kernel's table when it dies,
  // whereas zebra's death changes nothing by itself.
  std::vector<agent::Program> programs;
  if (needs_bgpd(router)) programs.push_back(program("bgpd", {kZebra}));
  if (needs_ospfd(router)) programs.push_back(program("ospfd", {kZebra}));
  if (needs_ospf6d(router)) programs.push_back(program("ospf6d", {kZebra}));
  if (needs_ripngd(router)) programs.push_back(program("ripngd", {kZebra}));
  if (const auto daemon = igp_daemon(router); !daemon.empty()) {
    programs.push_back(program(daemon, {kZebra}));
  }
  if (needs_staticd(router)) programs.push_back(program("staticd", {kZebra}));
  programs.push_back(program(kZebra, {}));
  // Unless the topology asks for more: one path a prefix, the same one in every run, even where
  // several cost the same.
  programs.back().argv.insert(programs.back().argv.end(),
                              {"-e", std::to_string(std::max(1U, router.multipath()))});
  if (relays(router)) programs.push_back(relay_program(router.dhcp_relay()));
  if (relays6(router)) programs.push_back(relay6_program(router.dhcp_relay()));
  return programs;
}

}  // namespace hoplab::router
