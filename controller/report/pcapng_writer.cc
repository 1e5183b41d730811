#include "controller/report/pcapng_writer.h"

#include <algorithm>
#include <ostream>

namespace hoplab::report {
namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kInterfaceStatistics = 5;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kDecryptionSecrets = 10;
constexpr uint32_t kTlsKeyLog = 0x544c534b;
constexpr uint16_t kEthernet = 1;
constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kComment = 1;           // of any block
constexpr uint16_t kApplication = 4;       // of the section
constexpr uint16_t kName = 2;              // of an interface
constexpr uint16_t kTimeResolution = 9;    // of an interface: the power of ten
constexpr uint16_t kFlags = 2;             // of a packet: 1 inbound, 2 outbound
constexpr uint16_t kDropsOfInterface = 5;  // of statistics
constexpr size_t kLongestOption = 65535;

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
    value = value.substr(0, kLongestOption);
    return u16(code).u16(static_cast<uint16_t>(value.size())).padded(value);
  }
  Block& comment(std::string_view text) { return text.empty() ? *this : option(kComment, text); }
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

}  // namespace

PcapngWriter::PcapngWriter(std::ostream& out, std::string_view comment) : out_(out) {
  Block section{kSectionHeader};
  section.u32(kByteOrderMagic).u16(1).u16(0).u64(~uint64_t{0});  // version 1.0, length not told
  section.comment(comment).option(kApplication, "hoplab").end_of_options().write(out_);
}

uint32_t PcapngWriter::add_interface(std::string_view name) {
  Block interface { kInterfaceDescription };
  interface.u16(kEthernet).u16(0).u32(0).option(kName, name);
  interface.option(kTimeResolution, "\x09").end_of_options().write(out_);
  return interfaces_++;
}

void PcapngWriter::add_tls_keys(std::string_view lines) {
  Block secrets{kDecryptionSecrets};
  secrets.u32(kTlsKeyLog).u32(static_cast<uint32_t>(lines.size())).padded(lines).write(out_);
}

void PcapngWriter::add_frame(const v1::Frame& frame, uint32_t interface, std::string_view comment) {
  const auto kept = static_cast<uint32_t>(frame.data().size());
  Block block{kEnhancedPacket};
  block.u32(interface).time(frame.time_ns());
  block.u32(kept).u32(std::max(frame.length(), kept)).padded(frame.data()).comment(comment);
  const bool directed = frame.direction() != v1::Frame::DIRECTION_UNSPECIFIED;
  if (directed) block.option32(kFlags, frame.direction() == v1::Frame::IN ? 1 : 2);
  if (directed || !comment.empty()) block.end_of_options();
  block.write(out_);
}

void PcapngWriter::add_drops(uint32_t interface, int64_t time_ns, uint64_t frames) {
  Block statistics{kInterfaceStatistics};
  statistics.u32(interface).time(time_ns);
  statistics.option64(kDropsOfInterface, frames).end_of_options().write(out_);
}

}  // namespace hoplab::report
