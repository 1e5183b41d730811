// An OSPF packet of version 2 or 3.
#include "controller/journey/decode/ospf.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FUZZ_REQUIRE(!ospf_info({data, size}).empty());
  const auto packet = decode_ospf({data, size});
  if (!packet) return 0;
  FUZZ_REQUIRE(packet->lsas.size() * 20 + packet->requests.size() * 12 <= size);
  FUZZ_REQUIRE(packet->neighbors.size() * 4 <= size);
  FUZZ_REQUIRE(packet->type != OspfPacket::kUpdate || packet->malformed != nullptr ||
               packet->lsas.size() == packet->announced);
  return 0;
}
