#include "controller/journey/correlate/frames.h"

#include <algorithm>

namespace hoplab::journey {
namespace {

constexpr int64_t kTapSlackNs = 1'000'000;

Seen from_capture(const v1::Frame& frame, uint32_t interface, uint32_t index) {
  Seen seen;
  const Bytes bytes = as_bytes(frame.data());
  seen.packet = decode_packet(bytes, frame.length() > bytes.size());
  seen.time = frame.time_ns();
  seen.interface = interface;
  seen.index = index;
  seen.wire_length = std::max(frame.length(), static_cast<uint32_t>(bytes.size()));
  seen.out = frame.direction() == v1::Frame::OUT;
  return seen;
}

// What the emulator did, unless the interface's own tap saw the frame as well.
void load_impairments(const Lab& lab, uint32_t node, Frames& frames) {
  const Node& n = lab.nodes[node];
  const auto is_impairment = [](const v1::DaemonEvent& e) { return e.has_impairment(); };
  if (std::ranges::none_of(n.capture->events(), is_impairment)) return;
  FlatMap tapped;  // frame on an interface → last captured egress
  for (uint32_t i = 0; i < frames.size(); ++i) {
    const Seen& s = frames[i];
    if (s.out && s.interface != kNone && lab.interfaces[s.interface].node == node) {
      tapped.set(mix(s.packet.frame_key, s.interface), i);
    }
  }
  for (const auto& event : n.capture->events()) {
    if (!event.has_impairment()) continue;
    const auto& impairment = event.impairment();
    Seen seen;
    seen.packet = decode_packet(as_bytes(impairment.frame()));
    seen.interface = lab.interface(node, impairment.interface());
    if (seen.interface == kNone) continue;
    seen.held = std::max<int64_t>(impairment.delay_ns(), 0);
    seen.time = event.time_ns();
    seen.wire_length = static_cast<uint32_t>(impairment.frame().size());
    seen.out = true;
    seen.dropped = impairment.dropped();
    seen.source = Source::kEmulator;
    const uint32_t twin = tapped.find(mix(seen.packet.frame_key, seen.interface));
    if (twin != kNone && frames[twin].time >= seen.time - kTapSlackNs &&
        frames[twin].time <= seen.time + seen.held + kTapSlackNs) {
      frames[twin].held = seen.held;
      frames[twin].dropped = seen.dropped;
      continue;
    }
    frames.push_back(seen);
  }
}

}  // namespace

Frames load_frames(const Lab& lab) {
  size_t total = 0;
  for (const Node& n : lab.nodes) {
    if (n.capture != nullptr) total += static_cast<size_t>(n.capture->frames_size());
  }
  Frames frames;
  frames.reserve(total + total / 8);
  for (uint32_t node = 0; node < lab.nodes.size(); ++node) {
    const Node& n = lab.nodes[node];
    if (n.capture == nullptr) continue;
    uint32_t index = 0;
    for (const auto& frame : n.capture->frames()) {
      const uint32_t i = frame.interface();
      frames.push_back(from_capture(frame, i < n.captured.size() ? n.captured[i] : kNone, index++));
    }
    load_impairments(lab, node, frames);
  }
  const auto earlier = [](const Seen& a, const Seen& b) { return a.time < b.time; };
  if (!std::is_sorted(frames.begin(), frames.end(), earlier)) {
    std::stable_sort(frames.begin(), frames.end(), earlier);
  }
  return frames;
}

void adopt(Frames& frames, uint32_t parent, uint32_t child) {
  Seen& p = frames[parent];
  frames[child].parent = parent;
  if (p.first_child == kNone) {
    p.first_child = child;
  } else {
    frames[p.last_child].next_sibling = child;
  }
  p.last_child = child;
}

}  // namespace hoplab::journey
