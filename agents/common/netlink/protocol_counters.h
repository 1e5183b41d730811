// What a namespace's kernel counts of packets it refused or passed on (proc_net_snmp(5)). Of the
// calling thread's namespace.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "proto/agent.pb.h"

namespace hoplab::netlink {

using ProtocolCounters = std::map<std::string, uint64_t, std::less<>>;  // "Ip.InDiscards"

// Of the text of /proc/net/snmp or /proc/net/netstat; lines in pairs: names, then values.
void parse_counters(std::string_view text, ProtocolCounters& counters);
// Empty where there is no such file.
ProtocolCounters read_protocol_counters();
// How much each grew.
void fill_grown(const ProtocolCounters& before, const ProtocolCounters& after,
                v1::KernelCounters& grown);

}  // namespace hoplab::netlink
