#include "tests/truth/localise/defect.h"

namespace hoplab::truth {
namespace {

constexpr uint16_t kDns = 53;
constexpr uint16_t kHttps = 443;
constexpr uint16_t kHttp = 80;

std::vector<Way> naver() {
  return {
      {"the client asks its gateway", {"client", "home-sw", "home-gw"}, "udp", kDns},
      {"the gateway asks the ISP's resolver",
       {"home-gw", "isp-edge", "isp-core", "isp-dns"},
       "udp",
       kDns},
      {"the resolver asks the TLD server",
       {"isp-dns", "isp-core", "isp-asbr", "transit1", "transit2", "dns-gw", "tld-com"},
       "udp",
       kDns},
      {"the resolver asks the authoritative server",
       {"isp-dns", "isp-core", "isp-asbr", "transit1", "transit3", "naver-border", "naver-core",
        "ns-naver"},
       "udp",
       kDns},
      {"the client connects to the load balancer",
       {"client", "home-sw", "home-gw", "isp-edge", "isp-core", "isp-asbr", "transit1", "transit3",
        "naver-border", "naver-core", "naver-sw", "naver-lb"},
       "tcp",
       kHttps},
  };
}

std::vector<Way> three_routers() {
  return {
      {"the client asks the DNS server", {"client", "r1", "r2", "dns"}, "udp", kDns},
      {"the client connects to the web server", {"client", "r1", "r2", "r3", "web"}, "tcp", kHttp},
  };
}

}  // namespace

std::vector<Way> ways_of(const std::string& topology) {
  if (topology == "naver") return naver();
  if (topology == "three-routers") return three_routers();
  return {};
}

}  // namespace hoplab::truth
