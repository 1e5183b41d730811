// Cuts aligned subnets out of one prefix, lowest first. A value; no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "agents/common/net/address.h"

namespace hoplab::topology {

class PrefixPool {
 public:
  explicit PrefixPool(const net::Prefix& whole) : whole_(whole) {}
  // Marks as used; false when part of it is used already.
  bool reserve(const net::Prefix& part);
  // The lowest free subnet of that length, now used; nothing when there is none.
  std::optional<net::Prefix> take(uint8_t length);
  // The highest one.
  std::optional<net::Prefix> take_last(uint8_t length);

 private:
  net::Prefix whole_;
  std::map<uint64_t, uint64_t> used_;  // first address → the one after the last
};

}  // namespace hoplab::topology
