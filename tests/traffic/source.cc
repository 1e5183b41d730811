#include "tests/traffic/source.h"

namespace hoplab::traffic {

TrafficSource::TrafficSource(const TrafficShape& shape, const journey::Lab& lab) : traffic_(shape) {
  for (const journey::Node& node : lab.nodes) interfaces_.push_back(node.captured);
}

bool TrafficSource::next(journey::Seen& seen) {
  Made made;
  if (!traffic_.next(made)) return false;
  ++handed_out_;
  seen = {};
  seen.packet = journey::decode_packet(journey::as_bytes(*made.bytes));
  seen.time = made.time_ns;
  seen.interface = interfaces_[made.node][made.interface];
  seen.wire_length = static_cast<uint32_t>(made.bytes->size());
  seen.out = made.out;
  return true;
}

}  // namespace hoplab::traffic
