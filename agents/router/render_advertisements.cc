// Router advertisements: zebra's `ipv6 nd`.
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {
namespace {

// A day and four hours: short enough to be read, long enough never to end within a lab's life. That
// of router and name servers is the standard's.
constexpr int kValidSeconds = 86400;
constexpr int kPreferredSeconds = 14400;
constexpr int kRouterSeconds = 1800;

}  // namespace

void render_advertisements(const v1::RouterSpec& router, std::string& out) {
  for (const v1::RouterAdvertisement& told : router.advertisements()) {
    line(out, "interface {}", told.interface());
    line(out, " no ipv6 nd suppress-ra");
    line(out, " ipv6 nd prefix {} {} {}{}", told.prefix(), kValidSeconds, kPreferredSeconds,
         told.autonomous() ? "" : " no-autoconfig");
    if (told.managed()) line(out, " ipv6 nd managed-config-flag");
    for (const std::string& server : told.name_servers()) {
      line(out, " ipv6 nd rdnss {} {}", server, kRouterSeconds);
    }
    line(out, " ipv6 nd ra-lifetime {}", kRouterSeconds);
    if (!router.standard_timers()) {
      // How long hosts wait for who may have an address already (RFC 4862, section 5.1).
      line(out, " ipv6 nd ra-retrans-interval 100");
      // Who missed an answer need not wait for ten minutes.
      line(out, " ipv6 nd ra-interval 30");
    }
    line(out, "exit");
    line(out, "!");
  }
}

}  // namespace hoplab::router
