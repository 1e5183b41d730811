// A pcapng file or stream (draft-ietf-opsawg-pcapng), block by block: the section, its interfaces,
// TLS keys before the packets they decrypt, packets with direction and comment, drops.
// Little-endian on every machine. One thread. Write errors show in the stream's state.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "proto/agent.pb.h"

namespace hoplab::report {

class PcapngWriter {
 public:
  // Writes the section header; the comment may be empty.
  PcapngWriter(std::ostream& out, std::string_view comment);

  // Its number, which frames are told by: 0, 1, … in the order of the calls.
  uint32_t add_interface(std::string_view name);
  // Lines of an NSS key log.
  void add_tls_keys(std::string_view lines);
  void add_frame(const v1::Frame& frame, uint32_t interface, std::string_view comment);
  void add_drops(uint32_t interface, int64_t time_ns, uint64_t frames);

 private:
  std::ostream& out_;
  uint32_t interfaces_ = 0;
};

}  // namespace hoplab::report
