// What a request's captures hold, as one pcapng file for Wireshark: every interface of every node
// under its name ("isp1:eth0"), frames of all of them in the order of time, with their direction,
// the frames each capture lost, and the TLS keys of the request so that its page can be read. Pure.
#pragma once

#include <iosfwd>

#include "proto/journey.pb.h"

namespace hoplab::report {

// Write errors show in the stream's state.
void print_pcapng(const v1::Bundle& bundle, std::ostream& out);

}  // namespace hoplab::report
