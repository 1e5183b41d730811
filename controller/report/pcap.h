// Frames as a classic pcap stream with nanosecond times, for `hoplab capture … | wireshark -k -i
// -`. One thread. Write errors show in the stream's state.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "proto/agent.pb.h"

namespace hoplab::report {

class PcapWriter {
 public:
  // Writes the file header (Ethernet, version 2.4). `only` selects one interface, by its index in
  // CaptureArmed; nothing: every interface.
  explicit PcapWriter(std::ostream& out, std::optional<uint32_t> only = std::nullopt);

  // Writes the frames in the order given and flushes, so that a reader at the other end of a pipe
  // sees them now.
  void write(const v1::FrameBatch& batch);

  [[nodiscard]] uint64_t frames() const { return frames_; }

 private:
  std::ostream& out_;
  std::optional<uint32_t> only_;
  uint64_t frames_ = 0;
};

}  // namespace hoplab::report
