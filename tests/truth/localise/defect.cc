#include "tests/truth/localise/defect.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>

namespace hoplab::truth {
namespace {

using Random = std::mt19937_64;

// The same on every standard library, unlike std::uniform_int_distribution.
size_t below(Random& random, size_t count) { return static_cast<size_t>(random() % count); }
template <typename T>
const T& one_of(Random& random, const std::vector<T>& items) {
  return items[below(random, items.size())];
}

const v1::InterfaceSpec* interface_to(const topology::Plan& plan, const std::string& node,
                                      const std::string& peer) {
  const auto* found = plan.find(node);
  if (found == nullptr) return nullptr;
  for (const auto& i : found->spec.interfaces()) {
    if (i.peer_node() == peer) return &i;
  }
  return nullptr;
}

std::string address_of(const v1::InterfaceSpec& interface) {
  if (interface.addresses().empty()) return "";
  return interface.addresses(0).substr(0, interface.addresses(0).find('/'));
}

// One node's place on a way, and the packets that pass it in one direction.
struct Place {
  const topology::Plan& plan;
  const Way& way;
  size_t at;            // in way.nodes
  bool back;            // what is answered, not what is asked
  std::string filter;   // nft: the packets
  std::string packets;  // in words

  [[nodiscard]] const std::string& node() const { return way.nodes[at]; }
  [[nodiscard]] v1::Role role() const { return plan.find(node())->role; }
  [[nodiscard]] bool is_first() const { return at == (back ? way.nodes.size() - 1 : 0); }
  [[nodiscard]] bool is_last() const { return at == (back ? 0 : way.nodes.size() - 1); }
  [[nodiscard]] const std::string& next() const { return way.nodes[back ? at - 1 : at + 1]; }
  [[nodiscard]] const std::string& previous() const { return way.nodes[back ? at + 1 : at - 1]; }
  [[nodiscard]] const v1::InterfaceSpec& in() const {
    return *interface_to(plan, node(), previous());
  }
  [[nodiscard]] const v1::InterfaceSpec& out() const { return *interface_to(plan, node(), next()); }
  [[nodiscard]] std::string server() const {
    const size_t last = way.nodes.size() - 1;
    return address_of(*interface_to(plan, way.nodes[last], way.nodes[last - 1]));
  }
  // Nodes of layer 3 that the packet still has to be passed on by.
  [[nodiscard]] int routers_ahead() const {
    int count = 0;
    for (size_t i = at; back ? i > 0 : i + 1 < way.nodes.size();) {
      i = back ? i - 1 : i + 1;
      const bool end = back ? i == 0 : i + 1 == way.nodes.size();
      if (!end && plan.find(way.nodes[i])->role != v1::SWITCH) ++count;
    }
    return count;
  }
  // What a node says to itself (its agent's probes) is not the network's.
  [[nodiscard]] const char* not_local() const {
    return is_first() ? "oifname != lo " : is_last() ? "iifname != lo " : "";
  }
  [[nodiscard]] const char* hook() const {
    return is_first() ? "output" : is_last() ? "input" : "forward";
  }
};

std::string flags(const char* wanted) {
  return fmt::format("tcp flags & (syn|ack|rst) == {}", wanted);
}

Place draw_place(const topology::Plan& plan, const std::vector<Way>& ways, Random& random) {
  // The connection is as likely as all names together: half of what can break is behind it.
  const Way& way = below(random, 2) == 0 ? ways.back() : one_of(random, ways);
  Place place{plan, way, below(random, way.nodes.size()), below(random, 2) == 1, "", ""};
  const char* side = place.back ? "s" : "d";
  place.filter =
      fmt::format("ip {}addr {} {} {}port {}", side, place.server(), way.protocol, side, way.port);
  place.packets = place.back ? "answer" : "question";
  if (way.protocol == "tcp") {
    if (below(random, 2) == 0) {
      place.filter += " " + flags(place.back ? "syn|ack" : "syn");
      place.packets = place.back ? "SYN-ACK" : "SYN";
    } else {
      place.filter += " ip length > 100";
      place.packets = place.back ? "data back" : "data out";
    }
  }
  return place;
}

Defect at(const Place& p, std::string kind, const std::string& what, std::set<std::string> layers) {
  Defect d;
  d.kind = std::move(kind);
  d.node = p.node();
  d.layers = std::move(layers);
  d.text = fmt::format("{} {} ({}: {})", p.node(), what, p.way.name, p.packets);
  return d;
}

std::string count_in(const char* family) {
  return fmt::format("nft list table {} truth | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p'",
                     family);
}

// A rule of our own table, first of all in its hook.
void add_rule(Defect& d, const char* family, const std::string& hook, const std::string& rule) {
  d.apply += fmt::format(
      "nft add table {0} truth\nnft 'add chain {0} truth {1} {{ type filter hook {2} priority {3}; "
      "}}'\n"
      "nft 'add rule {0} truth {1} {4}'\n",
      family, hook.substr(0, hook.find(' ')), hook, "-450", rule);
  d.undo = fmt::format("nft delete table {} truth", family);
  d.count = count_in(family);
}

using Maker = std::function<std::optional<Defect>(const Place&, Random&)>;

std::optional<Defect> drop(const Place& p, Random&) {
  if (p.role() == v1::SWITCH) {
    Defect d = at(p, "drop in a switch", "drops at " + p.in().name(), {"link"});
    add_rule(d, "netdev", fmt::format("ingress device {}", p.in().name()),
             "meta protocol ip " + p.filter + " counter drop");
    return d;
  }
  Defect d = at(p, fmt::format("drop ({})", p.hook()), "drops", {"network", "transport"});
  add_rule(d, "ip", p.hook(), p.not_local() + p.filter + " counter drop");
  return d;
}

std::optional<Defect> reject(const Place& p, Random& random) {
  if (p.role() == v1::SWITCH || p.is_first()) return std::nullopt;
  std::vector<std::string> ways = {"icmp type admin-prohibited", "icmp type host-unreachable",
                                   "icmp type port-unreachable"};
  if (p.way.protocol == "tcp") ways.emplace_back("tcp reset");
  const std::string how = one_of(random, ways);
  Defect d = at(p, "reject", "rejects with " + how, {"network", "transport"});
  const std::string hook = p.hook();
  d.apply = fmt::format(
      "nft add table ip truth\nnft 'add chain ip truth {0} {{ type filter hook {0} priority -1; "
      "}}'\n"
      "nft 'add rule ip truth {0} {1} counter reject with {2}'\n",
      hook, p.not_local() + p.filter, how);
  d.undo = "nft delete table ip truth";
  d.count = count_in("ip");
  return d;
}

std::optional<Defect> no_route(const Place& p, Random& random) {
  if (p.role() == v1::SWITCH || p.is_last()) return std::nullopt;
  const std::string& to = p.back ? p.way.nodes.front() : p.way.nodes.back();
  const auto* target =
      interface_to(p.plan, to, p.back ? p.way.nodes[1] : p.way.nodes[p.way.nodes.size() - 2]);
  std::string destination = address_of(*target);
  // Behind NAT, answers go to the gateway's address outside.
  if (p.back && p.way.nodes.front() == "client" && p.plan.find("home-gw") != nullptr) {
    if (p.node() == "home-gw") return std::nullopt;
    destination = address_of(*interface_to(p.plan, "home-gw", "isp-edge"));
  }
  if (destination.empty()) return std::nullopt;
  // A node's own DHCP client would put its default route back.
  if (p.node() == "client" && p.role() == v1::CLIENT) return std::nullopt;
  const std::string how = one_of<std::string>(random, {"blackhole", "unreachable", "prohibit"});
  Defect d =
      at(p, "route: " + how, fmt::format("has a {} route for {}", how, destination), {"network"});
  d.apply = fmt::format("ip route add {} {}/32\n", how, destination);
  d.undo = fmt::format("ip route del {} {}/32", how, destination);
  return d;
}

std::optional<Defect> missing_route(const Place& p, Random&) {
  const bool host = p.role() == v1::DNS_SERVER || p.role() == v1::RESOLVER ||
                    p.role() == v1::LOAD_BALANCER || p.role() == v1::WEB_SERVER ||
                    p.role() == v1::GATEWAY;
  if (!host || p.is_last()) return std::nullopt;
  if (p.role() == v1::GATEWAY && p.back) return std::nullopt;  // its LAN is directly connected
  Defect d = at(p, "route missing", "has lost its default route", {"network"});
  d.apply = "ip route show default\nip route del default\n";
  d.undo = "ip route add $KEPT";
  return d;
}

std::optional<Defect> wrong_mac(const Place& p, Random&) {
  if (p.role() == v1::SWITCH || p.is_last()) return std::nullopt;
  // The next node of layer 3.
  size_t i = p.at;
  do {
    i = p.back ? i - 1 : i + 1;
  } while (p.plan.find(p.way.nodes[i])->role == v1::SWITCH);
  const size_t before = p.back ? i + 1 : i - 1;
  const auto* there = interface_to(p.plan, p.way.nodes[i], p.way.nodes[before]);
  const std::string next = address_of(*there);
  if (next.empty()) return std::nullopt;  // the client's: by DHCP
  Defect d = at(p, "wrong MAC", "holds a wrong MAC for " + next, {"link"});
  d.apply = fmt::format("ip neigh replace {} lladdr 02:de:ad:be:ef:01 nud permanent dev {}\n", next,
                        p.out().name());
  d.undo = fmt::format("ip neigh del {} dev {}", next, p.out().name());
  return d;
}

std::optional<Defect> low_ttl(const Place& p, Random& random) {
  if (p.role() == v1::SWITCH || p.is_last() || p.routers_ahead() < 1) return std::nullopt;
  const size_t ttl = 1 + below(random, static_cast<size_t>(p.routers_ahead()));
  Defect d = at(p, "TTL lowered", fmt::format("sends with a TTL of {}", ttl), {"network"});
  add_rule(d, "ip", p.hook(), fmt::format("{} counter ip ttl set {}", p.filter, ttl));
  return d;
}

std::optional<Defect> small_mtu(const Place& p, Random&) {
  if (p.role() == v1::SWITCH || p.role() == v1::CLIENT || p.is_last() || p.is_first())
    return std::nullopt;
  if (p.way.protocol != "tcp") return std::nullopt;
  Defect d = at(p, "MTU", fmt::format("has an MTU of 400 on {} and sends no ICMP", p.out().name()),
                {"network", "link"});
  add_rule(d, "ip", "output", "icmp type destination-unreachable counter drop");
  d.count.clear();  // only the ICMP messages
  d.apply += fmt::format("ip link set dev {} mtu 400\n", p.out().name());
  d.undo += fmt::format("; ip link set dev {} mtu 1500", p.out().name());
  return d;
}

std::optional<Defect> stopped(const Place& p, Random&) {
  if (!p.is_last() || p.back) return std::nullopt;
  static const std::vector<std::pair<v1::Role, const char*>> kPrograms = {
      {v1::DNS_SERVER, "knotd"},
      {v1::RESOLVER, "unbound"},
      {v1::GATEWAY, "unbound"},
      {v1::LOAD_BALANCER, "haproxy"},
      {v1::WEB_SERVER, "nginx"}};
  for (const auto& [role, program] : kPrograms) {
    if (role != p.role()) continue;
    Defect d = at(p, "daemon stopped", fmt::format("{} is stopped", program),
                  {"application", "name", "security"});
    d.stop = program;
    return d;
  }
  return std::nullopt;
}

std::optional<Defect> link_down(const Place& p, Random&) {
  if (p.is_last() || p.role() == v1::CLIENT) return std::nullopt;
  Defect d = at(p, "link down", "takes " + p.out().name() + " down", {"physical", "link"});
  d.peer = p.next();
  // The kernel forgets the default route with the interface; routing daemons see to their own.
  d.apply =
      fmt::format("ip route show default dev {0}\nip link set dev {0} down\n", p.out().name());
  d.undo = fmt::format(
      "ip link set dev {0} up\nif [ -n \"$KEPT\" ]; then ip route replace $KEPT dev {0}; fi",
      p.out().name());
  return d;
}

std::optional<Defect> bad_checksum(const Place& p, Random&) {
  if (p.role() == v1::SWITCH || p.is_last()) return std::nullopt;
  Defect d = at(p, "checksum", "spoils the transport checksum", {"network", "transport"});
  add_rule(d, "ip", p.hook(),
           fmt::format("{} counter {} checksum set 0xbad", p.filter, p.way.protocol));
  return d;
}

std::optional<Defect> mangled_name(const Place& p, Random&) {
  if (p.role() == v1::SWITCH || p.way.protocol != "udp" || p.is_first() || p.is_last())
    return std::nullopt;
  Defect d = at(p, "payload", "changes a letter of the name", {"network", "transport", "name"});
  add_rule(d, "ip", p.hook(), p.filter + " counter @th,168,8 set 0x78");
  return d;
}

std::optional<Defect> slow_link(const Place& p, Random&) {
  if (p.is_last() || p.role() == v1::CLIENT) return std::nullopt;
  Defect d =
      at(p, "delay", fmt::format("holds what leaves {} in a queue", p.out().name()), {"link"});
  d.peer = p.next();
  // What the bucket holds passes at once; a question is smaller than a segment.
  d.apply = fmt::format("tc qdisc add dev {} root tbf rate {} latency 3s\n", p.out().name(),
                        p.way.protocol == "udp" ? "16kbit burst 400" : "64kbit burst 1600");
  d.count =
      fmt::format("tc -s qdisc show dev {} root | sed -n 's/.*overlimits \\([0-9]*\\).*/\\1/p'",
                  p.out().name());
  d.undo = fmt::format("tc qdisc del dev {} root", p.out().name());
  return d;
}

}  // namespace

Defect draw(const topology::Plan& plan, const std::vector<Way>& ways, Random& random) {
  // A kind named twice is drawn twice as often.
  static const std::vector<Maker> kMakers = {
      drop,      drop,    reject,    no_route,     missing_route, wrong_mac, low_ttl,
      small_mtu, stopped, link_down, bad_checksum, mangled_name,  slow_link};
  const Maker& make = one_of(random, kMakers);
  for (int tries = 0; tries < 10'000; ++tries) {
    const Place place = draw_place(plan, ways, random);
    if (auto defect = make(place, random)) return *defect;
  }
  throw std::logic_error("no place of the topology can have this kind of defect");
}

}  // namespace hoplab::truth
