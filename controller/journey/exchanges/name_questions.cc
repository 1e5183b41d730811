#include "controller/journey/exchanges/name_questions.h"

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {

// The most specific zone a server was given that holds the name; "" when none does.
std::string served_zone(const Node& node, const std::string& name) {
  std::string best;
  if (node.spec == nullptr || !node.spec->has_dns_server()) return best;
  for (const auto& zone : node.spec->dns_server().zones()) {
    if (dns_within(name, zone.origin()) && zone.origin().size() > best.size()) best = zone.origin();
  }
  return best;
}

bool is_cache(const Node& node) { return node.role == v1::RESOLVER || node.role == v1::GATEWAY; }

bool forwards_names(const Node& node) {
  if (node.spec == nullptr) return node.role == v1::GATEWAY;
  if (node.spec->has_gateway()) return node.spec->gateway().resolver().forwarders_size() > 0;
  return node.spec->has_resolver() && node.spec->resolver().forwarders_size() > 0;
}

std::string server_name(const Lab& lab, const Question& q) {
  return q.server == kNone ? address_text(q.server_address) : lab.name(q.server);
}

}  // namespace hoplab::journey
