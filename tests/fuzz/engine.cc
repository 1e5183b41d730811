// Hostile frames in a small lab, client – switch – gateway – router – server and DNS server: the
// input is a list of captured frames, so that what the fuzzer changes is what a tap could have
// seen.
//
// One frame: interface (1 byte, of all captured ones, upper bit: outgoing), time since the last
// (1 byte, in 16 µs), length (1 byte, times two), bytes.
#include "controller/journey/engine.h"

#include <map>
#include <vector>

#include "tests/fuzz/require.h"
#include "tests/fuzz/target.h"
#include "tests/unit/journey/bundle_builder.h"

using namespace hoplab;

namespace {

struct Tap {
  int capture = 0;
  int interface = 0;
};

// The lab without frames, made once.
const v1::Bundle& empty_lab() {
  static const v1::Bundle kLab = [] {
    journey::testing::SmallLab lab;
    lab.finish(0, 200);
    return lab.bundle;
  }();
  return kLab;
}

const std::vector<Tap>& taps() {
  static const std::vector<Tap> kTaps = [] {
    std::vector<Tap> all;
    for (int c = 0; c < empty_lab().captures_size(); ++c) {
      for (int i = 0; i < empty_lab().captures(c).interfaces_size(); ++i) all.push_back({c, i});
    }
    return all;
  }();
  return kTaps;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  v1::Bundle bundle = empty_lab();
  uint64_t frames = 0;
  int64_t now = bundle.started_ns();
  for (size_t at = 0; at + 3 <= size;) {
    const Tap& tap = taps()[(data[at] & 0x7fU) % taps().size()];
    now += data[at + 1] * 16'000;
    const size_t length = std::min<size_t>(data[at + 2] * size_t{2}, size - at - 3);
    auto& frame = *bundle.mutable_captures(tap.capture)->add_frames();
    frame.set_interface(static_cast<uint32_t>(tap.interface));
    frame.set_direction((data[at] & 0x80U) != 0 ? v1::Frame::OUT : v1::Frame::IN);
    frame.set_time_ns(now);
    frame.set_length(static_cast<uint32_t>(length));
    frame.set_data(data + at + 3, length);
    at += 3 + length;
    ++frames;
  }
  bundle.set_ended_ns(now + 1'000'000);
  const v1::Journey journey = journey::build(bundle);
  const auto& c = journey.completeness();
  FUZZ_REQUIRE(c.seen() == frames);
  FUZZ_REQUIRE(c.explained() + c.background() + c.left_over() == frames);
  // Nothing from a frame may end up as text that no reader of the message accepts.
  v1::Journey copy;
  FUZZ_REQUIRE(copy.ParseFromString(journey.SerializeAsString()));
  return 0;
}
