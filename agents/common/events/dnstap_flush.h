// Makes a name server of this node hand over the dnstap messages it keeps back, by asking it more
// questions than it keeps. Blocks for at most 200 ms.
#pragma once

#include "agents/common/events/dnstap.h"
#include "agents/common/probe/dns.h"

namespace hoplab::agent {

// So many questions, two messages each, make a daemon hand over. Unbound does at 32 messages. Knot
// reports through libfstrm, whose thread sleeps for a second unless its queue of 512 has just 32
// places left (space == queue_notify_threshold in fstrm_iothr_submit).
inline constexpr unsigned kQuestionsToUnbound = 20;
inline constexpr unsigned kQuestionsToKnot = 245;

// The server must answer the question by itself, asking nobody else. False when nothing came.
bool flush_name_server(DnstapReceiver& receiver, net::Ipv4 server,
                       const probe::DnsQuestion& question, unsigned questions);

}  // namespace hoplab::agent
