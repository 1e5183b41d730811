// One bulk flow between the network namespaces of two processes, made by two children of ours.
// Bounded in volume and time. Throws Failure when it cannot be made.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace hoplab::bench {

struct FlowEnds {
  pid_t sender = 0;  // whose namespaces
  pid_t receiver = 0;
  std::string address;  // of the receiver, IPv4
};

struct Delivered {
  uint64_t bytes = 0;
  uint64_t packets = 0;  // datagrams; 0 for TCP
  double seconds = 0;    // from the first byte received to the last
};

// Writes so many bytes through one TCP connection.
Delivered send_tcp(const FlowEnds& ends, uint64_t bytes);
// Sends datagrams of so many bytes of payload as fast as it can for some time; those that arrive
// count.
Delivered send_udp(const FlowEnds& ends, uint32_t payload, double seconds);

}  // namespace hoplab::bench
