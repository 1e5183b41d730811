#include "controller/report/pcapng.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/report/pcapng_writer.h"

namespace hoplab::report {
namespace {

struct Placed {
  const v1::Frame* frame;
  uint32_t interface;  // number in the file
  std::string comment;
};

// A frame's place: its node and its number in the capture of that node.
using Comments = std::map<std::pair<std::string, uint64_t>, std::string>;

Comments comments_of(const v1::Journey& journey) {
  Comments comments;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      const std::string text =
          fmt::format("trip {}, hop {}: {} {} ▸ {}; {} {} → {}", trip.id(), hop.id(), hop.node(),
                      hop.in_interface(), hop.out_interface(), trip.protocol(), trip.origin(),
                      trip.destination());
      if (hop.has_in_frame()) comments[{hop.in_frame().node(), hop.in_frame().index()}] = text;
      if (hop.has_out_frame()) comments[{hop.out_frame().node(), hop.out_frame().index()}] = text;
    }
  }
  return comments;
}

}  // namespace

void print_pcapng(const v1::Bundle& bundle, const v1::Journey& journey, std::ostream& out) {
  const Comments comments = comments_of(journey);
  PcapngWriter writer(out, bundle.url() + " from " + bundle.client());
  std::vector<Placed> frames;
  std::vector<std::pair<uint32_t, uint64_t>> drops;
  for (const auto& capture : bundle.captures()) {
    std::vector<uint32_t> numbers;
    for (const std::string& name : capture.interfaces()) {
      numbers.push_back(writer.add_interface(capture.node() + ":" + name));
      for (const auto& counters : capture.summary().interfaces()) {
        if (counters.interface() == name) drops.emplace_back(numbers.back(), counters.ring_drops());
      }
    }
    for (int i = 0; i < capture.frames_size(); ++i) {
      const v1::Frame& frame = capture.frames(i);
      if (frame.interface() >= numbers.size()) continue;  // nothing to show it under
      const auto found = comments.find({capture.node(), static_cast<uint64_t>(i)});
      frames.push_back({&frame, numbers[frame.interface()],
                        found == comments.end() ? std::string() : found->second});
    }
  }
  if (const std::string& keys = bundle.result().tls_key_log(); !keys.empty()) {
    writer.add_tls_keys(keys);
  }
  std::ranges::stable_sort(frames, {}, [](const Placed& p) { return p.frame->time_ns(); });
  for (const Placed& p : frames) writer.add_frame(*p.frame, p.interface, p.comment);
  for (const auto& [interface, lost] : drops) {
    writer.add_drops(interface, bundle.ended_ns(), lost);
  }
}

}  // namespace hoplab::report
