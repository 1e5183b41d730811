// A DHCP message.
#include "controller/journey/decode/dhcp.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = decode_dhcp({data, size});
  if (!message) return 0;
  size_t bytes = 0;
  for (const auto& [code, value] : message->options) bytes += value.size();
  FUZZ_REQUIRE(bytes <= size + 192);  // overloaded fields are read once more
  FUZZ_REQUIRE(message->prefix_length <= 32);
  FUZZ_REQUIRE(!dhcp_info(*message).empty());
  return 0;
}
