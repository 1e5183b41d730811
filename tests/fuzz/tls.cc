// One direction of a TLS connection.
#include "controller/journey/decode/tls.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const TlsStream stream = decode_tls({data, size});
  FUZZ_REQUIRE(stream.is_tls == !stream.records.empty());
  for (const TlsRecord& record : stream.records) {
    FUZZ_REQUIRE(record.at < size);
    FUZZ_REQUIRE(!record.whole || record.at + 5 + record.length <= size);
  }
  for (const TlsHandshake& message : stream.messages) {
    FUZZ_REQUIRE(message.record < stream.records.size());
    FUZZ_REQUIRE(!message.whole || message.length <= size);
    FUZZ_REQUIRE(!tls_handshake_name(message.type).empty());
  }
  FUZZ_REQUIRE(stream.records.empty() || !tls_records_text(stream).empty());
  for (const uint16_t cipher : stream.server_hello.ciphers) tls_cipher_name(cipher);
  return 0;
}
