// From a user's words to a typed fault, checked against the lab: unknown kinds, nodes, interfaces
// and parameters are refused with the nearest known word, and so are targets that cannot have the
// fault (SERVFAIL on a web server). Pure; every refusal is kInvalid and says what to write instead.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::fault {

// `parameters` are "key=value"; `lease` zero: until cleared. The holder (Fault.node) of a link
// fault is the end named first. Id and creation time are left to whoever applies it.
Result<v1::Fault> parse(std::string_view kind, std::string_view target,
                        std::span<const std::string> parameters, std::chrono::nanoseconds lease,
                        std::span<const v1::NodeSpec> lab);

}  // namespace hoplab::fault
