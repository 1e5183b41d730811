#include "controller/journey/decode/tls.h"

#include <algorithm>

#include "controller/journey/decode/tls_hello.h"

namespace hoplab::journey {
namespace {

constexpr uint8_t kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23;
constexpr uint8_t kClientHello = 1, kServerHello = 2, kCertificate = 11;

void read_message(uint8_t type, Bytes body, TlsStream& out) {
  if (type == kClientHello) {
    out.client_hello = read_tls_hello(body, true);
    out.has_client_hello = true;
  } else if (type == kServerHello) {
    out.server_hello = read_tls_hello(body, false);
    out.has_server_hello = true;
  } else if (type == kCertificate) {
    read_tls_certificate(body, out);
  }
}

// Handshake messages are a stream of their own: one may span records, a record may hold several.
class Handshake {
 public:
  explicit Handshake(TlsStream& out) : out_(out) {}

  void add(Bytes content, TlsRecord& record, size_t number) {
    record.continues = !held_.empty();
    for (size_t at = 0; at < content.size();) {
      if (held_.empty()) {
        record.messages.push_back(content[at]);
        begins_in_ = number;
      }
      const size_t wanted = held_.size() < kHeader ? kHeader : kHeader + length();
      const size_t part = std::min(wanted - held_.size(), content.size() - at);
      held_.insert(held_.end(), content.begin() + static_cast<std::ptrdiff_t>(at),
                   content.begin() + static_cast<std::ptrdiff_t>(at + part));
      at += part;
      if (held_.size() >= kHeader && held_.size() == kHeader + length()) finish(true);
    }
  }
  // The stream ends here: of what is not whole, the beginning is read.
  void end() {
    if (held_.size() >= kHeader) finish(false);
  }

 private:
  static constexpr size_t kHeader = 4;
  [[nodiscard]] uint32_t length() const {
    return static_cast<uint32_t>(held_[1]) << 16U | static_cast<uint32_t>(held_[2]) << 8U |
           held_[3];
  }
  void finish(bool whole) {
    out_.messages.push_back(
        {.type = held_[0], .length = length(), .record = begins_in_, .whole = whole});
    read_message(held_[0], Bytes(held_).subspan(kHeader), out_);
    held_.clear();
  }

  TlsStream& out_;
  std::vector<uint8_t> held_;
  size_t begins_in_ = 0;
};

// After ChangeCipherSpec only a hello can be in the clear: the second one of a TLS 1.3 handshake
// with a retry. Encrypted content looks like one by a chance of 2^-31.
bool is_lone_hello(Bytes content) {
  Reader r(content);
  const uint8_t type = r.u8();
  const uint32_t length = r.u24();
  return (type == kClientHello || type == kServerHello) && r.ok() && length == r.left();
}

}  // namespace

bool looks_like_tls(Bytes bytes) {
  return bytes.size() >= 5 && bytes[0] >= kChangeCipherSpec && bytes[0] <= kApplicationData &&
         bytes[1] == 3 && bytes[2] <= 4 && (bytes[3] << 8U | bytes[4]) <= 16640;
}

TlsStream decode_tls(Bytes stream) {
  TlsStream out;
  Handshake handshake(out);
  size_t at = 0;
  bool encrypted = false;
  while (at < stream.size() && looks_like_tls(stream.subspan(at))) {
    out.is_tls = true;
    TlsRecord record;
    record.at = at;
    Reader r(stream, at);
    record.type = r.u8();
    r.skip(2);
    record.length = r.u16();
    const Bytes content = r.take(record.length);
    record.whole = r.ok();
    if (record.type == kHandshake && (!encrypted || is_lone_hello(content))) {
      handshake.add(content, record, out.records.size());
    }
    if (record.type == kChangeCipherSpec) encrypted = true;
    if (record.type == kAlert && content.size() == 2) out.alert = record.alert = content[1];
    at += 5U + record.length;
    out.records.push_back(std::move(record));
  }
  handshake.end();
  return out;
}

}  // namespace hoplab::journey
