// The journey engine: a pure function from what was captured to what happened. No clock, no I/O, no
// threads; the same bundle gives the same journey. Never throws on hostile frames: they are shown
// as what they are.
#pragma once

#include "controller/journey/correlate/trips.h"
#include "proto/journey.pb.h"

namespace hoplab::journey {

// whole: how many packets of a flow that are alike are written hop by hop before further ones are
// only counted (Trip.like); Forest::kEvery for all of them.
v1::Journey build(const v1::Bundle& bundle, size_t whole = Forest::kWhole);

// The same with frames from elsewhere; those of the bundle's captures are not read. Memory goes
// with what is under way and what is special, not with the number of frames.
v1::Journey build(const v1::Bundle& lab, FrameSource& source, size_t whole = Forest::kWhole);

}  // namespace hoplab::journey
