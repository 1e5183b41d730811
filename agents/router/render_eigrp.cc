// eigrpd: EIGRP (RFC 7868), the successor of IGRP.
#include "agents/common/net/address.h"
#include "agents/router/render.h"
#include "agents/router/render_text.h"

namespace hoplab::router {

// Timers are the standard ones (hello 5 s, hold 15 s): eigrpd takes those of an interface only
// after zebra has told of it, which is after it has read its file. Neighbours find each other at
// once all the same, since a hello from a stranger is answered by an update.
std::string render_eigrpd(const v1::NodeSpec& spec) {
  // Of the process, the same on all routers of a system; no AS number of the Internet.
  constexpr int kProcess = 1;
  const v1::RouterSpec& router = spec.router();
  std::string out = header(spec);
  line(out, "router eigrp {}", kProcess);
  line(out, " eigrp router-id {}", router.router_id());
  if (router.multipath() > 1) line(out, " maximum-paths {}", router.multipath());
  for (const v1::IgpInterface& interface : router.igp_interfaces()) {
    for (const v1::InterfaceSpec& own : spec.interfaces()) {
      if (own.name() != interface.interface()) continue;
      for (const std::string& text : own.addresses()) {
        const auto address = net::parse_interface_address(text);
        if (address) line(out, " network {}", net::to_string(address->prefix()));
      }
    }
  }
  if (!router.loopback().empty()) line(out, " network {}", router.loopback());
  leave(out);
  return out;
}

}  // namespace hoplab::router
