// A frame: decoded, and told in words as the report tells it.
#include "controller/journey/decode/packet.h"

#include "controller/journey/decode/icmpv6.h"
#include "controller/journey/decode/info.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes frame(data, size);
  for (const bool snapped : {false, true}) {
    const Packet p = decode_packet(frame, snapped);
    FUZZ_REQUIRE(p.end <= size);
    FUZZ_REQUIRE(p.l4 <= size);
    FUZZ_REQUIRE(p.payload_bytes().size() == p.payload_size() || p.payload_bytes().empty());
    const TcpOptions options = tcp_options(p);
    FUZZ_REQUIRE(options.others <= options.other.size());
    FUZZ_REQUIRE(options.sack_blocks <= options.sack.size());
    decode_icmpv6(p);
    FUZZ_REQUIRE(!info_line(p).empty());
    FUZZ_REQUIRE(!layers_of(p).empty());
    hoplab::v1::Headers headers;
    fill_headers(p, headers);
  }
  return 0;
}
