// One line about one fault, in the user's words. Pure.
#pragma once

#include <string>

#include "proto/agent.pb.h"
#include "proto/journey.pb.h"

namespace hoplab::fault {

// "link-loss", "node-stop"; "unknown" when no kind is set.
std::string kind_word(const v1::Fault& fault);

// Where it sits: "isp-core:eth1", "web1", "isp-border ⇄ transit1".
std::string place(const v1::Fault& fault);

// "link-loss on isp-core:eth1: 20 % of the frames that leave are lost (seed 7)".
std::string describe(const v1::Fault& fault);
// The same as a sentence of effects.h.
v1::Fact fact_of(const v1::Fault& fault);

}  // namespace hoplab::fault
