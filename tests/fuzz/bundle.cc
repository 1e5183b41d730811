// A bundle from outside: the input is a serialised v1::Bundle, whatever is in it.
#include <google/protobuf/stubs/logging.h>

#include "controller/journey/engine.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"

using namespace hoplab;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kQuiet = google::protobuf::SetLogHandler(nullptr) != nullptr;
  static_cast<void>(kQuiet);
  v1::Bundle bundle;
  if (!bundle.ParseFromArray(data, static_cast<int>(size))) return 0;
  const v1::Journey journey = journey::build(bundle);
  FUZZ_REQUIRE(journey.verdict().result() != v1::Verdict::RESULT_UNSPECIFIED);
  return 0;
}
