// The body of a BGP UPDATE.
#pragma once

#include "controller/journey/decode/bgp.h"

namespace hoplab::journey {

void read_bgp_update(Bytes body, BgpMessage& message);

}  // namespace hoplab::journey
