// From the story to the journey message: trips with their hops, phases, completeness.
#pragma once

#include "controller/journey/story.h"

namespace hoplab::journey {

// Trips of the journey in time order, numbered from 1; returns the id of each trip (0: not in it).
std::vector<uint32_t> write_trips(Story& story, v1::Journey& journey);
void write_phases(const Story& story, const std::vector<uint32_t>& trip_ids, v1::Journey& journey);
void write_completeness(const Story& story, v1::Journey& journey);
void write_map(const Story& story, v1::Journey& journey);  // nodes and links of the lab

v1::FrameRef frame_ref(const Lab& lab, const Seen& seen);

}  // namespace hoplab::journey
