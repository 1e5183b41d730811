// The frames of one interface, both ways, through a TPACKET_V3 ring shared with the kernel
// (packet(7), Documentation/networking/packet_mmap). The kernel copies each frame when it passes,
// so later rewrites do not show.
//
// Our own reader, not libpcap: on Ethernet libpcap does not say which way a frame went.
//
// Threads: one. Failure: an interface that goes away stays silent; one that is down is heard again
// when it comes up.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::agent {

struct FrameView {
  bool outgoing = false;
  int64_t time_ns = 0;  // CLOCK_REALTIME, by the kernel
  uint32_t length = 0;  // on the wire
  std::span<const uint8_t> data;
};

class Ring {
 public:
  // Longest time a frame waits in a block that does not fill.
  static constexpr unsigned kRetireMs = 8;
  static constexpr uint32_t kBlockBytes = 32 * 1024;

  // Armed on return. snap_length 0: whole frames (up to a block); ring_bytes 0: 2 MiB.
  static Result<Ring> open(const std::string& interface, uint32_t snap_length, uint32_t ring_bytes);
  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&&) = delete;
  ~Ring();

  [[nodiscard]] int fd() const { return socket_.get(); }
  // Hands over the frames of the oldest finished block and gives the block back to the kernel.
  // False: there is none.
  bool read_block(const std::function<void(const FrameView&)>& deliver);
  // Takes no further frames; those taken before are still delivered.
  void freeze();
  // After freeze: whether every frame the kernel took has been delivered.
  [[nodiscard]] bool drained();
  // The interface went down: forget it, or poll reports it for ever.
  void clear_error() const;

  [[nodiscard]] uint64_t delivered() const { return delivered_; }
  [[nodiscard]] uint64_t drops();  // frames for which the ring had no room

 private:
  Ring() = default;
  void read_statistics();

  FileDescriptor socket_;
  uint8_t* memory_ = nullptr;
  size_t bytes_ = 0;
  uint32_t blocks_ = 0;
  uint32_t current_ = 0;
  uint64_t delivered_ = 0;
  uint64_t taken_ = 0;
  uint64_t drops_ = 0;
};

}  // namespace hoplab::agent
