#include "controller/journey/correlate/frames.h"

namespace hoplab::journey {

void unlink(Seen& s) {
  s.duplicate = s.via_nat = s.cut = s.joined = false;
  s.parent = s.first_child = s.last_child = s.next_sibling = s.merged_into = kNone;
}

Seen inferred(const Seen& from, uint32_t interface, bool out) {
  Seen seen = from;
  seen.interface = interface;
  seen.out = out;
  seen.source = Source::kInferred;
  seen.index = 0;
  seen.held = 0;
  seen.dropped = false;
  unlink(seen);
  return seen;
}

void adopt(Frames& frames, uint32_t parent, uint32_t child) {
  Seen& p = frames[parent];
  frames[child].parent = parent;
  if (p.first_child == kNone) {
    p.first_child = child;
  } else {
    frames[p.last_child].next_sibling = child;
  }
  p.last_child = child;
}

void disown(Frames& frames, uint32_t child) {
  Seen& parent = frames[frames[child].parent];
  uint32_t previous = kNone;
  for (uint32_t c = parent.first_child; c != child; c = frames[c].next_sibling) previous = c;
  (previous == kNone ? parent.first_child : frames[previous].next_sibling) =
      frames[child].next_sibling;
  if (parent.last_child == child) parent.last_child = previous;
  frames[child].next_sibling = frames[child].parent = kNone;
}

}  // namespace hoplab::journey
