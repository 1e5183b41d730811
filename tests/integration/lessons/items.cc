#include "tests/integration/lessons/items.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace hoplab::test {
namespace {

namespace fs = std::filesystem;

constexpr Item kItems[] = {
    {"Addresses", "static", "Static and dynamic addressing"},
    {"Addresses", "dora", "DORA: ports 67 and 68, broadcast and unicast, the options"},
    {"Addresses", "sequential", "Sequential allocation skips leased and excluded addresses"},
    {"Addresses", "reservation", "Reservation by MAC"},
    {"Addresses", "two-servers",
     "Two servers: the first valid offer is taken, the other withdrawn"},
    {"Addresses", "renewal", "Renewal at T1"},
    {"Addresses", "rebinding", "Rebinding at T2"},
    {"Addresses", "expiry", "Expiry of a lease"},
    {"Addresses", "returning", "A returning client gets its old address"},
    {"Addresses", "bootp", "A BOOTP client is served"},
    {"Addresses", "relay", "Relay through a router"},
    {"Addresses", "dhcpv6", "DHCPv6"},
    {"Addresses", "sequential6",
     "DHCPv6: sequential allocation skips leased and excluded addresses"},
    {"Addresses", "reservation6", "DHCPv6: reservation by the MAC in the DUID"},
    {"Addresses", "returning6", "DHCPv6: a returning client gets its old address"},
    {"Addresses", "decline6", "DHCPv6: a duplicate is declined, another address given"},
    {"Addresses", "two-servers6",
     "DHCPv6: two servers, the preferred one is taken, the other drops the REQUEST"},
    {"Addresses", "renewal6", "DHCPv6: renewal at T1"},
    {"Addresses", "rebinding6", "DHCPv6: rebinding at T2"},
    {"Addresses", "expiry6", "DHCPv6: an address is deprecated, then expires"},
    {"Addresses", "relay6", "DHCPv6: relay through a router"},
    {"Addresses", "slaac", "SLAAC"},
    {"Names", "root-hints", "Thirteen root server names in the root hints"},
    {"Names", "records", "Name, class, type: A, AAAA, NS, CNAME, TXT, SOA"},
    {"Names", "mx", "MX with priority and additional address"},
    {"Names", "many-zones", "Several zones on one server"},
    {"Names", "delegation", "Delegation chains: kr, co.kr, kjy042386.co.kr"},
    {"Names", "client-cache", "Cache of the client itself"},
    {"Names", "os-cache", "Cache of the operating system"},
    {"Names", "gateway-cache", "Cache of the gateway"},
    {"Names", "resolver-cache", "Cache of the ISP's resolver"},
    {"Names", "ttl", "TTL countdown and expiry"},
    {"Names", "nxdomain", "Negative caching of a name that is not there (NXDOMAIN)"},
    {"Names", "nodata", "Negative caching of a type that is not there (NODATA)"},
    {"Names", "authority", "Answers marked authoritative or from a cache"},
    {"Names", "stub", "The stub's timer, retransmission, and its switch to the next server"},
    {"Names", "edns", "512 bytes and EDNS"},
    {"Names", "truncation", "Truncation and retry over TCP"},
    {"Names", "axfr", "AXFR from primary to secondary"},
    {"Names", "ixfr", "IXFR after NOTIFY"},
    {"Names", "dnssec", "DNSSEC from the root down, validated by the resolver"},
    {"Names", "qname-minimisation", "Query-name minimisation on and off"},
    {"Routes", "ospf-areas", "OSPF with areas"},
    {"Routes", "ospf-dr", "Designated router on a LAN, and point-to-point"},
    {"Routes", "ospf-cost", "OSPF cost"},
    {"Routes", "ecmp", "Equal-cost paths"},
    {"Routes", "ebgp-ibgp", "eBGP and iBGP"},
    {"Routes", "route-reflector", "iBGP with a route reflector"},
    {"Routes", "local-preference", "Local preference"},
    {"Routes", "med", "MED"},
    {"Routes", "prepend", "AS path prepending"},
    {"Routes", "communities", "Communities"},
    {"Routes", "relations", "Customer, peer, provider: policies by declared relation"},
    {"Routes", "redistribution", "Redistribution both ways at an ASBR"},
    {"Routes", "rip", "RIP as the IGP"},
    {"Routes", "eigrp", "EIGRP as the IGP (IGRP has no implementation left)"},
    {"Routes", "isis", "IS-IS as the IGP"},
    {"Routes", "ipv6", "IPv6: OSPFv3 and MP-BGP"},
    {"Routes", "dual-stack", "Dual stack, and which one the client takes"},
    {"Routes", "ipv6-gateway",
     "IPv6 behind a home gateway: a delegated prefix, no translation, a filter with a memory"},
    {"Routes", "routes-command", "hoplab routes: each prefix with the reason for its route"},
    {"Routes", "looking-glass", "A looking glass for BGP"},
};

struct Shown {
  std::string test;
  std::string topology;
};
std::multimap<std::string, Shown, std::less<>>& declared() {
  static std::multimap<std::string, Shown, std::less<>> all;
  return all;
}

// The sentence a topology's header comment begins with.
std::string first_sentence(const fs::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && line.starts_with('#');) {
    if (line.find("yaml-language-server") == std::string::npos) return line.substr(2);
  }
  return {};
}

std::string link_to(const std::string& topology) {
  return fmt::format(
      "[{0}]({1}{0}.yaml)", topology,
      fs::exists(fs::path(HOPLAB_SOURCE_DIR) / "topologies/lessons" / (topology + ".yaml"))
          ? "lessons/"
          : "");
}

}  // namespace

std::span<const Item> items() { return kItems; }

bool shows(std::initializer_list<std::string_view> keys, std::string_view topology,
           std::string_view test) {
  for (const auto key : keys) {
    if (std::ranges::find(kItems, key, &Item::key) == std::end(kItems)) {
      std::fprintf(stderr, "%s shows \"%s\", which is no item of items.cc\n",
                   std::string(test).c_str(), std::string(key).c_str());
      std::abort();
    }
    declared().emplace(key, Shown{std::string(test), std::string(topology)});
  }
  return true;
}

std::string lesson_page() {
  std::string page =
      "# Topologies\n\nWritten by `tests/integration/lessons`: `UPDATE_GOLDEN=1 "
      "build/ci/tests/integration/lessons/lessons_test\n--gtest_filter='Lessons.*'` writes it "
      "anew.\n\n## What ships\n\n| topology | |\n|---|---|\n";
  for (const char* folder : {"topologies", "topologies/lessons"}) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(HOPLAB_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
      page += fmt::format("| {} | {} |\n", link_to(file.stem()), first_sentence(file));
    }
  }
  std::string_view area;
  for (const Item& item : kItems) {
    if (item.area != area) {
      area = item.area;
      page += fmt::format("\n## {}\n\n| what | test | taught by |\n|---|---|---|\n", area);
    }
    const auto [begin, end] = declared().equal_range(item.key);
    std::string tests;
    std::vector<std::string> topologies;
    for (auto one = begin; one != end; ++one) {
      tests += fmt::format("{}`{}`", tests.empty() ? "" : ", ", one->second.test);
      const std::string link = link_to(one->second.topology);
      if (std::ranges::find(topologies, link) == topologies.end()) topologies.push_back(link);
    }
    page += fmt::format("| {} | {} | {} |\n", item.text, tests.empty() ? "not yet" : tests,
                        fmt::join(topologies, ", "));
  }
  return page;
}

}  // namespace hoplab::test
