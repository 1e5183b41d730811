// A request's captures as one pcapng file for Wireshark: every interface of every node under its
// name ("isp1:eth0"), frames of all of them in the order of time with their direction, the trip and
// hop of the journey each belongs to as its comment, the frames each capture lost, and the TLS keys
// of the request before the first frame, so that its page can be read. Pure.
//
// `frame.comment contains "trip 12,"` shows one packet's whole way.
#pragma once

#include <iosfwd>

#include "proto/journey.pb.h"

namespace hoplab::report {

// The bundle is the one the journey was built from. Write errors show in the stream's state.
void print_pcapng(const v1::Bundle& bundle, const v1::Journey& journey, std::ostream& out);

}  // namespace hoplab::report
