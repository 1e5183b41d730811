#include "agents/resolver/resolver.h"

#include "agents/resolver/unbound.h"

namespace hoplab::agent {

std::unique_ptr<Role> make_resolver(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Unbound>(spec.resolver());
}

}  // namespace hoplab::agent
