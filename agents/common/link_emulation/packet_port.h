// Whole frames out of one interface and into another, past queues and filters.
//
// Opened in the calling thread's namespace; used by one thread at a time; never blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"

namespace hoplab::link_emulation {

struct ReceivedFrame {
  std::vector<uint8_t> bytes;  // from the Ethernet header
  int64_t time_ns = 0;         // CLOCK_REALTIME when the kernel tapped it
};

class PacketReader {
 public:
  static Result<PacketReader> open(int index);
  std::optional<ReceivedFrame> read();  // nothing: none is waiting
  [[nodiscard]] uint64_t overflows();   // frames lost here since the last call
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit PacketReader(FileDescriptor fd) : fd_(std::move(fd)), buffer_(kBufferBytes) {}
  static constexpr size_t kBufferBytes = 128U << 10U;
  FileDescriptor fd_;
  std::vector<uint8_t> buffer_;
};

class PacketWriter {
 public:
  static Result<PacketWriter> open(int index);
  bool write(std::span<const uint8_t> bytes);  // false: the interface would not take it

 private:
  explicit PacketWriter(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace hoplab::link_emulation
