// Synthetic traffic for the engine: a client, a chain of routers and a server, a bulk TCP transfer
// down the chain with its acknowledgements, and some losses with their retransmissions. Frames come
// in time order, as whole Ethernet frames with right headers, so that the engine has all of its
// work to do. Deterministic. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "proto/journey.pb.h"

namespace hoplab::traffic {

struct TrafficShape {
  uint64_t frames = 10'000;  // about how many to make
  int routers = 5;
  uint32_t payload = 1448;      // bytes of a data segment
  int64_t gap_ns = 12'000;      // between data segments
  int64_t hop_ns = 5'000;       // across one node or wire
  unsigned lost_of_10000 = 10;  // data segments lost between the middle routers
  int64_t slow_ns = 0;          // one data segment takes so much longer over its first wire
};

// The lab as the engine wants it: specs and nodes, no captures.
v1::Bundle chain_lab(const TrafficShape& shape);

struct Made {
  uint32_t node = 0;       // position in the chain: 0 the client
  uint32_t interface = 0;  // of the node's, in its spec's order
  bool out = false;
  int64_t time_ns = 0;
  const std::string* bytes = nullptr;
};

class Traffic {
 public:
  explicit Traffic(const TrafficShape& shape);
  // False when all has been made. The bytes stay where they are until forget().
  bool next(Made& frame);
  // The bytes of the first so many frames are needed no more.
  void forget(uint64_t frames);
  [[nodiscard]] uint64_t packets() const { return packets_; }

 private:
  struct Flight {  // one packet on its way
    int64_t time = 0;
    uint64_t order = 0;
    uint32_t step = 0;   // frames seen so far
    uint32_t until = 0;  // frames it will be seen as
    bool back = false;   // towards the client
    bool slow = false;
    std::string bytes;  // as the sender sent it
    bool operator>(const Flight& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  struct Segment {
    bool back = false;
    uint8_t flags = 0;
    uint32_t sequence = 0;
    uint32_t acknowledgement = 0;
    std::string payload = {};
    bool lost = false;
    bool slow = false;
  };
  void send(int64_t time, const Segment& segment);
  void begin();
  void go_on();
  void send_lost_again();
  void finish();
  [[nodiscard]] uint32_t frames_of_packet() const {
    return 2U * (static_cast<uint32_t>(shape_.routers) + 1U);
  }

  TrafficShape shape_;
  std::string data_;
  std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights_;
  std::deque<std::string> kept_;
  int64_t clock_ = 1'000'000'000;
  uint64_t forgotten_ = 0;
  uint64_t made_ = 0;
  uint64_t packets_ = 0;
  uint32_t sequence_ = 1;
  uint16_t ip_id_ = 1;
  uint64_t segments_ = 0;
  std::vector<uint32_t> lost_;  // sequence numbers to send again
  bool finished_ = false;
};

// A bundle that holds it all, captures included.
v1::Bundle chain_bundle(const TrafficShape& shape);

}  // namespace hoplab::traffic
