// What the zones of the lab's own name servers say, as the topology gave it to them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/journey/correlate/lab.h"

namespace hoplab::journey {

class Zones {
 public:
  explicit Zones(const Lab& lab);

  // Whether a zone of the lab holds the name, and no other server was made responsible for it.
  [[nodiscard]] bool answer_for(const std::string& name) const;
  // Whether it has that record, or a wildcard of it (RFC 4592).
  [[nodiscard]] bool have(const std::string& name, std::string_view type,
                          const std::string& data) const;
  // Whether the name leads to that address, over its aliases too.
  [[nodiscard]] bool lead_to(std::string name, const std::string& address) const;

 private:
  [[nodiscard]] const v1::Zone* zone_of(const std::string& name) const;

  std::vector<const v1::Zone*> zones_;
};

}  // namespace hoplab::journey
