// A DHCPv6 message, in relays' wrapping or bare.
#include "controller/journey/decode/dhcpv6.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = decode_dhcpv6({data, size});
  if (!message) return 0;
  size_t bytes = 0;
  for (const auto& [code, value] : message->options) bytes += value.size() + 4;
  size_t addresses = 0;
  for (const auto& association : message->associations) addresses += association.addresses.size();
  FUZZ_REQUIRE(bytes <= size);
  FUZZ_REQUIRE(addresses * 28 <= size);
  FUZZ_REQUIRE(message->asked_for.size() * 2 <= size);
  FUZZ_REQUIRE(message->relays.size() <= 8 && message->relays.size() * 34 <= size);
  FUZZ_REQUIRE(message->xid <= 0xffffff);
  FUZZ_REQUIRE(duid_text(message->client).empty() == message->client.bytes.empty());
  FUZZ_REQUIRE(!dhcpv6_info(*message).empty());
  return 0;
}
