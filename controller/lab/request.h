// One request through the lab, recorded: forget (cold), look, arm, act, disarm, look again.
#pragma once

#include "controller/lab/faults.h"
#include "controller/lab/lab.h"
#include "proto/journey.pb.h"

namespace hoplab::lab {

using Say = std::function<void(const std::string&)>;

// Everything the journey engine needs to know of this request. An error only when it could not be
// made at all (no such client); a request that failed is a bundle.
Result<v1::Bundle> record_request(Lab& lab, Faults& faults, const v1::JourneyRequest& request,
                                  const Say& say);

// The same for any command on any node; its output goes to `output` as it comes.
Result<v1::Bundle> record_command(Lab& lab, Faults& faults, const v1::TraceRequest& request,
                                  const std::function<void(const v1::ExecOutput&)>& output,
                                  const Stop& stop);

}  // namespace hoplab::lab
