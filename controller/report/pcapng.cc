#include "controller/report/pcapng.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::report {
namespace {

// draft-ietf-opsawg-pcapng; little-endian on every machine.
constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kInterfaceStatistics = 5;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kDecryptionSecrets = 10;
constexpr uint32_t kTlsKeyLog = 0x544c534b;
constexpr uint16_t kEthernet = 1;
constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kApplication = 4;       // of the section
constexpr uint16_t kName = 2;              // of an interface
constexpr uint16_t kTimeResolution = 9;    // of an interface: the power of ten
constexpr uint16_t kFlags = 2;             // of a packet: 1 inbound, 2 outbound
constexpr uint16_t kDropsOfInterface = 5;  // of statistics

class Block {
 public:
  explicit Block(uint32_t type) : type_(type) {}

  Block& u16(uint16_t value) { return number(value, 2); }
  Block& u32(uint32_t value) { return number(value, 4); }
  Block& u64(uint64_t value) { return number(value, 8); }
  Block& time(int64_t ns) {  // the upper half first
    const auto value = static_cast<uint64_t>(ns);
    return u32(static_cast<uint32_t>(value >> 32U)).u32(static_cast<uint32_t>(value));
  }
  Block& padded(std::string_view data) {
    body_ += data;
    body_.append((4 - data.size() % 4) % 4, '\0');
    return *this;
  }
  Block& option(uint16_t code, std::string_view value) {
    return u16(code).u16(static_cast<uint16_t>(value.size())).padded(value);
  }
  Block& option32(uint16_t code, uint32_t value) { return u16(code).u16(4).u32(value); }
  Block& option64(uint16_t code, uint64_t value) { return u16(code).u16(8).u64(value); }
  Block& end_of_options() { return u16(kEndOfOptions).u16(0); }

  void write(std::ostream& out) const {
    const auto length = static_cast<uint32_t>(body_.size() + 12);
    Block head{0};
    head.u32(type_).u32(length);
    Block tail{0};
    tail.u32(length);
    out << head.body_ << body_ << tail.body_;
  }

 private:
  Block& number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      body_ += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xffU);
    return *this;
  }
  uint32_t type_;
  std::string body_;
};

struct Placed {
  const v1::Frame* frame;
  uint32_t interface;  // number in the file
};

void write_frame(const Placed& placed, std::ostream& out) {
  const v1::Frame& frame = *placed.frame;
  const auto kept = static_cast<uint32_t>(frame.data().size());
  Block block{kEnhancedPacket};
  block.u32(placed.interface).time(frame.time_ns());
  block.u32(kept).u32(std::max(frame.length(), kept)).padded(frame.data());
  if (frame.direction() != v1::Frame::DIRECTION_UNSPECIFIED) {
    block.option32(kFlags, frame.direction() == v1::Frame::IN ? 1 : 2).end_of_options();
  }
  block.write(out);
}

}  // namespace

void print_pcapng(const v1::Bundle& bundle, std::ostream& out) {
  Block section{kSectionHeader};
  section.u32(kByteOrderMagic).u16(1).u16(0).u64(~uint64_t{0});  // version 1.0, length not told
  section.option(kApplication, "hoplab").end_of_options().write(out);

  std::vector<Placed> frames;
  std::vector<std::pair<uint32_t, uint64_t>> drops;
  uint32_t count = 0;
  for (const auto& capture : bundle.captures()) {
    const uint32_t first = count;
    for (const std::string& name : capture.interfaces()) {
      Block interface { kInterfaceDescription };
      interface.u16(kEthernet).u16(0).u32(0).option(kName, capture.node() + ":" + name);
      interface.option(kTimeResolution, "\x09").end_of_options().write(out);
      for (const auto& counters : capture.summary().interfaces()) {
        if (counters.interface() == name) drops.emplace_back(count, counters.ring_drops());
      }
      ++count;
    }
    for (const v1::Frame& frame : capture.frames()) {
      if (frame.interface() < count - first) frames.push_back({&frame, first + frame.interface()});
    }
  }
  if (const std::string& keys = bundle.result().tls_key_log(); !keys.empty()) {
    Block secrets{kDecryptionSecrets};
    secrets.u32(kTlsKeyLog).u32(static_cast<uint32_t>(keys.size())).padded(keys).write(out);
  }
  std::ranges::stable_sort(frames, {}, [](const Placed& p) { return p.frame->time_ns(); });
  for (const Placed& placed : frames) write_frame(placed, out);
  for (const auto& [interface, lost] : drops) {
    Block statistics{kInterfaceStatistics};
    statistics.u32(interface).time(bundle.ended_ns());
    statistics.option64(kDropsOfInterface, lost).end_of_options().write(out);
  }
}

}  // namespace hoplab::report
