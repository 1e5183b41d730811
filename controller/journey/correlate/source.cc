#include "controller/journey/correlate/source.h"

#include <algorithm>

#include "controller/journey/correlate/flat_map.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kTapSlackNs = 1'000'000;

}  // namespace

BundleSource::BundleSource(const Lab& lab) : lab_(lab) {
  size_t total = 0;
  for (const Node& n : lab.nodes) {
    if (n.capture != nullptr) total += static_cast<size_t>(n.capture->frames_size());
  }
  order_.reserve(total);
  for (uint32_t node = 0; node < lab.nodes.size(); ++node) {
    const Node& n = lab.nodes[node];
    if (n.capture == nullptr) continue;
    uint32_t index = 0;
    for (const auto& frame : n.capture->frames())
      order_.push_back({frame.time_ns(), node, index++});
    read_emulator(node);
  }
  const auto earlier = [](const Handle& a, const Handle& b) { return a.time < b.time; };
  if (!std::ranges::is_sorted(order_, earlier)) std::ranges::stable_sort(order_, earlier);
}

bool BundleSource::next(Seen& seen) {
  if (at_ == order_.size()) return false;
  const Handle& handle = order_[at_++];
  if (handle.node == kNone) {
    seen = emulated_[handle.index];
    return true;
  }
  seen = captured(handle.node, handle.index);
  if (treated_.empty()) return true;
  if (const auto it = treated_.find({handle.node, handle.index}); it != treated_.end()) {
    seen.held = it->second.held;
    seen.dropped = it->second.dropped;
  }
  return true;
}

Seen BundleSource::captured(uint32_t node, uint32_t index) const {
  const Node& n = lab_.nodes[node];
  const v1::Frame& frame = n.capture->frames(static_cast<int>(index));
  Seen seen;
  const Bytes bytes = as_bytes(frame.data());
  seen.packet = decode_packet(bytes, frame.length() > bytes.size());
  seen.time = frame.time_ns();
  seen.interface = frame.interface() < n.captured.size() ? n.captured[frame.interface()] : kNone;
  seen.index = index;
  seen.wire_length = std::max(frame.length(), static_cast<uint32_t>(bytes.size()));
  seen.out = frame.direction() == v1::Frame::OUT;
  return seen;
}

// What the emulator did, unless the interface's own tap saw the frame as well.
void BundleSource::read_emulator(uint32_t node) {
  const Node& n = lab_.nodes[node];
  const auto is_impairment = [](const v1::DaemonEvent& e) { return e.has_impairment(); };
  if (std::ranges::none_of(n.capture->events(), is_impairment)) return;
  std::vector<Seen> tapped;
  FlatMap latest;  // frame on an interface → last captured egress
  for (uint32_t i = 0; i < static_cast<uint32_t>(n.capture->frames_size()); ++i) {
    Seen s = captured(node, i);
    if (!s.out || s.interface == kNone) continue;
    latest.set(mix(s.packet.frame_key, s.interface), static_cast<uint32_t>(tapped.size()));
    tapped.push_back(std::move(s));
  }
  for (const auto& event : n.capture->events()) {
    if (!event.has_impairment()) continue;
    const auto& impairment = event.impairment();
    Seen seen;
    seen.packet = decode_packet(as_bytes(impairment.frame()));
    seen.interface = lab_.interface(node, impairment.interface());
    if (seen.interface == kNone) continue;
    seen.held = std::max<int64_t>(impairment.delay_ns(), 0);
    seen.time = event.time_ns();
    seen.wire_length = static_cast<uint32_t>(impairment.frame().size());
    seen.out = true;
    seen.dropped = impairment.dropped();
    seen.source = Source::kEmulator;
    const uint32_t twin = latest.find(mix(seen.packet.frame_key, seen.interface));
    if (twin != kNone && tapped[twin].time >= seen.time - kTapSlackNs &&
        tapped[twin].time <= seen.time + seen.held + kTapSlackNs) {
      treated_[{node, tapped[twin].index}] = {seen.held, seen.dropped};
      continue;
    }
    order_.push_back({seen.time, kNone, static_cast<uint32_t>(emulated_.size())});
    emulated_.push_back(seen);
  }
}

}  // namespace hoplab::journey
