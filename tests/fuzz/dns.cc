// A DNS message.
#include "controller/journey/decode/dns.h"

#include "controller/journey/decode/dns_wire.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = decode_dns({data, size});
  if (!message) return 0;
  for (const DnsRecord& record : message->records) {
    FUZZ_REQUIRE(record.name.ends_with('.'));
    FUZZ_REQUIRE(record.name.size() <= 255 * 4);
    FUZZ_REQUIRE(!record.data.empty());
    for (const char c : record.data) FUZZ_REQUIRE(c >= ' ' && c < 127);
  }
  const size_t promised = size_t{message->counts[0]} + message->counts[1] + message->counts[2];
  FUZZ_REQUIRE(message->records.size() <= promised);
  FUZZ_REQUIRE(message->questions == 0 || !message->name.empty());
  FUZZ_REQUIRE(!message->is_referral() || message->first_answer() == nullptr);
  FUZZ_REQUIRE(!dns_info(*message).empty());
  return 0;
}
