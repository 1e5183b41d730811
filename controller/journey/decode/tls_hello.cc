#include "controller/journey/decode/tls_hello.h"

#include <algorithm>
#include <array>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

constexpr uint16_t kServerName = 0, kGroups = 10, kAlpn = 16, kVersions = 43, kKeyShare = 51;

// RFC 8701: values that mean nothing, so that servers stay tolerant.
bool is_grease(uint16_t value) {
  return (value & 0x0f0fU) == 0x0a0a && value >> 8U == (value & 255U);
}

void read_numbers(Reader list, std::vector<uint16_t>& numbers) {
  while (list.left() >= 2) {
    const uint16_t number = list.u16();
    if (!is_grease(number)) numbers.push_back(number);
  }
}

void read_extension(uint16_t type, Reader e, bool client, TlsHello& hello) {
  if (!is_grease(type)) hello.extensions.push_back(type);
  switch (type) {
    case kServerName:
      if (!client) return;  // a server only says that it used the name
      e.skip(3);
      hello.server_name = printable_text(e.take(e.u16()), 255);
      break;
    case kGroups:
      read_numbers(Reader(e.take(e.u16())), hello.groups);
      break;
    case kAlpn: {
      Reader list(e.take(e.u16()));
      while (list.left() > 0 && list.ok()) {
        const uint8_t length = list.u8();
        hello.alpn.push_back(printable_text(list.take(length), 255));
      }
      if (!list.ok()) hello.malformed = true;
      break;
    }
    case kVersions:
      if (!client) {
        hello.version = e.u16();
      } else {
        std::vector<uint16_t> versions;
        read_numbers(Reader(e.take(e.u8())), versions);
        for (const uint16_t version : versions) hello.version = std::max(hello.version, version);
      }
      break;
    case kKeyShare:
      if (!client) hello.groups.push_back(e.u16());
      break;
    default:
      break;
  }
  if (!e.ok()) hello.malformed = true;
}

void read_extensions(Reader& r, bool client, TlsHello& hello) {
  if (r.left() == 0) return;  // TLS 1.2 may have none
  Reader extensions(r.take(r.u16()));
  while (extensions.left() > 0 && extensions.ok()) {
    const uint16_t type = extensions.u16();
    const uint16_t length = extensions.u16();
    const Bytes value = extensions.take(length);
    if (extensions.ok()) read_extension(type, Reader(value), client, hello);
  }
  if (!r.ok() || !extensions.ok()) hello.malformed = true;
}

}  // namespace

TlsHello read_tls_hello(Bytes body, bool client) {
  // SHA-256 of "HelloRetryRequest" stands for the random of one.
  static constexpr std::array<uint8_t, 32> kRetry = {
      0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
      0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
      0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  TlsHello hello;
  Reader r(body);
  hello.version = r.u16();
  const Bytes random = r.take(32);
  hello.retry_request = !client && std::ranges::equal(random, kRetry);
  r.skip(r.u8());
  if (client) {
    read_numbers(Reader(r.take(r.u16())), hello.ciphers);
    r.skip(r.u8());
  } else {
    hello.ciphers.push_back(r.u16());
    r.skip(1);
  }
  if (!r.ok()) hello.malformed = true;
  read_extensions(r, client, hello);
  return hello;
}

// The common names of issuer and subject, in the order they stand in a certificate (RFC 5280):
// found by their object identifier 2.5.4.3, without a parser of ASN.1.
void read_tls_certificate(Bytes message, TlsStream& out) {
  static constexpr std::array<uint8_t, 5> kCommonName = {0x06, 0x03, 0x55, 0x04, 0x03};
  std::vector<std::string> names;
  auto from = message.begin();
  while (names.size() < 2) {
    from = std::search(from, message.end(), kCommonName.begin(), kCommonName.end());
    if (from == message.end()) break;
    from += kCommonName.size();
    Reader r(message.subspan(static_cast<size_t>(from - message.begin())));
    r.skip(1);
    const uint8_t length = r.u8();
    if (length < 128) names.push_back(printable_text(r.take(length), 255));
  }
  if (!names.empty()) out.certificate_issuer = names[0];
  if (names.size() > 1) out.certificate_subject = names[1];
}

}  // namespace hoplab::journey
