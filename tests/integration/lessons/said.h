// What a journey says at a node, and what passes an interface: questions the lessons ask.
#pragma once

#include <string>
#include <vector>

#include "proto/journey.pb.h"

namespace hoplab::test {

// Every sentence of the decisions that hops at a node took, as "key name=value …" with the
// arguments in the order of their names.
std::vector<std::string> said_at(const v1::Journey& journey, const std::string& node);

// One line for each frame at "NODE:INTERFACE" while the node sleeps for so long, as the engine
// decodes it.
std::vector<std::string> on_the_wire(const std::string& lab, const std::string& interface,
                                     const std::string& seconds);

// How many frames a journey holds to be the lab's own life of a kind ("background.routing").
uint64_t background(const v1::Journey& journey, const std::string& kind);

}  // namespace hoplab::test
