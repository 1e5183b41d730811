// One frame at one interface, as tcpdump or as the engine saw it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/truth/frames/wire.h"

namespace hoplab::truth {

struct Sighting {
  std::string node;
  std::string interface;
  bool out = false;
  int64_t time_ns = 0;
  std::string bytes;
  Wire wire;
};

}  // namespace hoplab::truth
