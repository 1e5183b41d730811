// One thing cut up or put together: a router cuts a datagram into fragments, connection tracking
// puts them together, segmentation and receive offload do both to TCP segments. Before and after,
// its bytes are the same, so frames are joined by the byte ranges they hold.
#pragma once

#include <vector>

#include "controller/journey/correlate/frames.h"

namespace hoplab::journey {

struct Piece {
  uint64_t key = 0;  // where, and of which datagram or flow
  uint32_t frame = 0;
  uint32_t from = 0;  // of the datagram's bytes or the flow's sequence numbers; until before `to`
  uint32_t to = 0;
  uint32_t at = 0;  // where in the frame the range begins
  int64_t time = 0;
};

// What the frame holds of its IP datagram's payload, of its TCP flow's bytes.
Piece fragment_of(const Frames& frames, uint32_t frame, uint64_t key);
Piece segment_of(const Frames& frames, uint32_t frame, uint64_t key);

enum class Numbers : uint8_t { kOffsets, kWrap };

// Each of `got` follows from the one of `had` with its key that holds its first byte, the latest
// before it; one of `had` that nothing follows from, but whose bytes are in one of `got`, was
// merged into that. Appends the merged ones to `merges`. Sorts both lists; n log n in their length.
void join_pieces(Frames& frames, std::vector<Piece>& had, std::vector<Piece>& got, Numbers numbers,
                 std::vector<uint32_t>& merges);

// Whether every byte of a frame that was cut is in one of its children.
bool all_pieces(const Frames& frames, uint32_t frame);

}  // namespace hoplab::journey
