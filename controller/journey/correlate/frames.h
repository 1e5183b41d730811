// Every frame of a bundle in one array in time order, decoded once, with the place it holds in the
// forest of trips. Frames no tap saw but which must have been (link emulator, silent nodes) stand
// in it as well, marked; only captured ones are counted.
#pragma once

#include <vector>

#include "controller/journey/correlate/lab.h"
#include "controller/journey/decode/packet.h"

namespace hoplab::journey {

enum class Source : uint8_t {
  kCaptured,
  kEmulator,  // handed to the link emulator: its tap is bypassed
  kInferred,  // seen at the other end of the wire only
};

struct Seen {
  Packet packet;
  int64_t time = 0;
  int64_t held = 0;  // by the link emulator, in nanoseconds
  uint32_t interface = kNone;
  uint32_t index = 0;  // in its node's capture
  uint32_t wire_length = 0;
  bool out = false;
  bool dropped = false;    // by the link emulator
  bool duplicate = false;  // a second arrival of a frame sent once
  bool via_nat = false;    // joined inside its node by what NAT leaves alone
  Source source = Source::kCaptured;
  // The forest: what this frame followed from.
  uint32_t parent = kNone;
  uint32_t first_child = kNone;
  uint32_t last_child = kNone;
  uint32_t next_sibling = kNone;
};

using Frames = std::vector<Seen>;

Frames load_frames(const Lab& lab);
void adopt(Frames& frames, uint32_t parent, uint32_t child);

}  // namespace hoplab::journey
