// A frame decoded once, with the place it holds in the forest of trips. Frames no tap saw but which
// must have been (link emulator, silent nodes) are there as well, marked; only captured ones count.
#pragma once

#include <vector>

#include "controller/journey/correlate/flat_map.h"
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
  bool cut = false;        // went on in pieces: each of its children is a part of it
  bool joined = false;     // put together from its parent and others
  bool waited = false;     // a fragment that waited for others, which never came
  Source source = Source::kCaptured;
  // The forest: what this frame followed from.
  uint32_t parent = kNone;
  uint32_t first_child = kNone;
  uint32_t last_child = kNone;
  uint32_t next_sibling = kNone;
  // The frame that this one went on as a part of, where another part is that frame's parent.
  uint32_t merged_into = kNone;

  // Of what was on the wire: the capture may have kept less of it.
  [[nodiscard]] uint32_t payload_size() const {
    const auto kept = static_cast<uint32_t>(packet.bytes.size());
    return packet.payload_size() + (wire_length > kept ? wire_length - kept : 0);
  }
};

using Frames = std::vector<Seen>;

// Forgets what the frame was joined to.
void unlink(Seen& seen);
// An egress at `interface` that was not captured, known from its arrival at the other end; or an
// arrival at a node that was not captured, known from its departure.
Seen inferred(const Seen& from, uint32_t interface, bool out);
void adopt(Frames& frames, uint32_t parent, uint32_t child);
// The child becomes a root.
void disown(Frames& frames, uint32_t child);

// Calls visit(frame number) for every frame of the tree, parents first, branches in the order they
// were adopted.
template <typename Visit>
void walk_tree(const Frames& frames, uint32_t root, Visit visit) {
  uint32_t at = root;
  while (true) {
    visit(at);
    if (frames[at].first_child != kNone) {
      at = frames[at].first_child;
      continue;
    }
    while (at != root && frames[at].next_sibling == kNone) at = frames[at].parent;
    if (at == root) return;
    at = frames[at].next_sibling;
  }
}

}  // namespace hoplab::journey
