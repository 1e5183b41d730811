// One direction of a BGP session.
#include "controller/journey/decode/bgp.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes stream(data, size);
  size_t at = 0;
  for (const BgpMessage& m : decode_bgp(stream)) {
    FUZZ_REQUIRE(m.at == at);
    at += m.length;
    FUZZ_REQUIRE(!m.whole || at <= size);
    FUZZ_REQUIRE(m.update.announced.size() + m.update.withdrawn.size() <= size);
    for (const BgpCapability& c : m.open.capabilities) FUZZ_REQUIRE(c.value.size() <= size);
  }
  FUZZ_REQUIRE(!bgp_info(stream).empty());
  return 0;
}
