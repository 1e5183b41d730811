// From frames to trees: egress meets ingress on each wire, ingress meets egress inside each node.
// Afterwards every frame has its parent, and each root is the first sight of one packet.
// May append frames that no tap saw (Source::kInferred).
#pragma once

#include "controller/journey/correlate/frames.h"

namespace hoplab::journey {

void join_wires(const Lab& lab, Frames& frames);
void join_nodes(const Lab& lab, Frames& frames);

}  // namespace hoplab::journey
