// One direction of an HTTP/1.1 connection; the first byte says what the requests were.
#include "controller/journey/decode/http.h"

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes stream(data + 1, size - 1);
  const std::vector<std::string> methods = {data[0] % 2 == 0 ? "GET" : "HEAD", "CONNECT"};
  size_t at = 0;
  for (const HttpMessage& m : decode_http_stream(stream, methods)) {
    FUZZ_REQUIRE(m.at == at);
    at += m.wire_size;
    FUZZ_REQUIRE(at <= stream.size());
    FUZZ_REQUIRE(m.head.size + m.body_size <= m.wire_size);
    FUZZ_REQUIRE(!http_info(m.head).empty());
  }
  return 0;
}
