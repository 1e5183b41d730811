#include "controller/report/pcap.h"

#include <algorithm>
#include <array>
#include <ostream>

namespace hoplab::report {
namespace {

// draft-ietf-opsawg-pcap: fields in the writer's byte order, told by the magic; little-endian here
// on any machine, so that the bytes are the same everywhere.
constexpr uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr uint32_t kSnapLength = 262144;
constexpr uint32_t kEthernet = 1;
constexpr int64_t kSecond = 1'000'000'000;

void put32(std::ostream& out, uint32_t value) {
  const std::array<char, 4> bytes = {
      static_cast<char>(value & 0xffU), static_cast<char>(value >> 8U & 0xffU),
      static_cast<char>(value >> 16U & 0xffU), static_cast<char>(value >> 24U & 0xffU)};
  out.write(bytes.data(), bytes.size());
}

}  // namespace

PcapWriter::PcapWriter(std::ostream& out, std::optional<uint32_t> only) : out_(out), only_(only) {
  put32(out_, kMagicNanoseconds);
  put32(out_, 4U << 16U | 2U);  // two 16-bit fields: version 2, then 4
  put32(out_, 0);
  put32(out_, 0);
  put32(out_, kSnapLength);
  put32(out_, kEthernet);
  out_.flush();
}

void PcapWriter::write(const v1::FrameBatch& batch) {
  for (const v1::Frame& frame : batch.frames()) {
    if (only_ && frame.interface() != *only_) continue;
    const auto kept = static_cast<uint32_t>(std::min<size_t>(frame.data().size(), kSnapLength));
    put32(out_, static_cast<uint32_t>(frame.time_ns() / kSecond));
    put32(out_, static_cast<uint32_t>(frame.time_ns() % kSecond));
    put32(out_, kept);
    put32(out_, std::max(frame.length(), kept));
    out_.write(frame.data().data(), kept);
    ++frames_;
  }
  out_.flush();
}

}  // namespace hoplab::report
