// What a report says of packets that are not one frame all the way: fragments, offloaded segments,
// copies.
#pragma once

#include "controller/journey/story.h"

namespace hoplab::journey {

class PieceTeller {
 public:
  // ids: of the trips in the journey; 0: not in it.
  PieceTeller(const Story& story, const std::vector<uint32_t>& ids);
  // How the trip belongs to others.
  void describe(uint32_t trip, v1::Trip& out) const;
  // What a node cut up or put together; `first`: of the branches of `in`.
  void explain(uint32_t trip, uint32_t in, uint32_t out, bool first, v1::Hop& hop) const;
  // The same as describe(), at the first hop; and whether that is where the packet was made.
  void explain_root(uint32_t number, const v1::Trip& trip, v1::Hop& hop) const;

 private:
  [[nodiscard]] uint32_t segments_in(uint32_t trip) const;

  const Story& story_;
  const std::vector<uint32_t>& ids_;
  std::unordered_map<uint32_t, uint32_t> gathered_;  // frame → frames merged into it
};

}  // namespace hoplab::journey
