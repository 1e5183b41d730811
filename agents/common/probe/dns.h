// Asks a name server on this node one question over UDP and reads how it answered.
// Any thread; blocks at most for the timeout. RFC 1035.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"
#include "agents/common/base/file_descriptor.h"
#include "agents/common/net/address.h"

namespace hoplab::probe {

enum class DnsType : uint16_t { kA = 1, kNs = 2, kSoa = 6, kTxt = 16 };
enum class DnsClass : uint16_t { kInternet = 1, kChaos = 3 };

struct DnsQuestion {
  std::string name;  // with or without the final dot
  DnsType type = DnsType::kSoa;
  DnsClass klass = DnsClass::kInternet;
  bool recursion_desired = false;
};

struct DnsAnswer {
  unsigned rcode = 0;
  bool authoritative = false;
  unsigned answers = 0;  // records in the answer section
};

// kInvalid when the name is no name (a label over 63 bytes, an empty one, over 255 in all).
Result<std::string> build_query(const DnsQuestion& question, uint16_t id);
// kInvalid when the message is not a response to that id.
Result<DnsAnswer> parse_answer(std::string_view message, uint16_t id);
// "NOERROR", "SERVFAIL", …
std::string rcode_name(unsigned rcode);

// `server` is an address of this node. kUnavailable when nothing listens, kTimeout when nothing
// came back.
Result<DnsAnswer> ask(net::Ipv4 server, const DnsQuestion& question,
                      std::chrono::milliseconds timeout, uint16_t port = 53);

// The same question many times over from one port, not waiting for an answer; what comes back is
// thrown away. The port stays ours as long as the object lives.
class DnsBurst {
 public:
  // kUnavailable when none could be sent; fewer than `count` are sent when the socket is full.
  static Result<DnsBurst> send(net::Ipv4 server, const DnsQuestion& question, unsigned count,
                               uint16_t port = 53);
  [[nodiscard]] uint16_t from_port() const { return from_port_; }

 private:
  DnsBurst(FileDescriptor socket, uint16_t from_port)
      : socket_(std::move(socket)), from_port_(from_port) {}
  FileDescriptor socket_;
  uint16_t from_port_;
};

}  // namespace hoplab::probe
