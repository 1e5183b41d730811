#include <algorithm>

#include "agents/common/net/balancer_ports.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

bool is_back_end(const v1::NodeSpec& balancer, const Endpoint& endpoint) {
  constexpr uint32_t kHttp = 80;
  return std::ranges::any_of(balancer.load_balancer().backends(), [&](const v1::Backend& b) {
    return address_of(b.address()) == endpoint.address &&
           (b.port() == 0 ? kHttp : b.port()) == endpoint.port;
  });
}

}  // namespace

bool is_health_check(const Story& story, const Flow& flow) {
  if (split_url(story.lab.bundle.url()).port != 0) return false;
  if (flow.client == kNone || flow.client != story.lab.client) return false;
  const Node& node = story.lab.nodes[flow.client];
  if (node.role != v1::LOAD_BALANCER || node.spec == nullptr) return false;
  if (!is_back_end(*node.spec, flow.tuple.destination)) return false;
  // Its daemon's own, whatever they carry and whether anybody answers.
  if (net::balancer_source(*node.spec, address_text(flow.tuple.destination.address))) {
    return net::is_balancer_port(flow.tuple.source.port);
  }
  const Stream said = gather_stream(story, flow.trips, flow.client);
  if (said.bytes.empty()) {  // a connection and no more, unless the back end speaks first
    return gather_stream(story, flow.trips, flow.server).bytes.empty();
  }
  const auto requests = decode_http_stream(said.bytes);
  return !requests.empty() && std::ranges::all_of(requests, [](const HttpMessage& m) {
    return m.head.request && m.head.path == "/healthz";
  });
}

}  // namespace hoplab::journey
