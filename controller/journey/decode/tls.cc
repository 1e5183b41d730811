#include "controller/journey/decode/tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

bool is_grease(uint16_t value) { return (value & 0x0f0fU) == 0x0a0a; }

std::string printable(Bytes bytes) {
  std::string text;
  for (const uint8_t b : bytes.first(std::min<size_t>(bytes.size(), 255))) {
    text += b > ' ' && b < 127 ? static_cast<char>(b) : (b == ' ' ? ' ' : '?');
  }
  return text;
}

void read_extensions(Reader& r, TlsHello& hello, bool client) {
  if (r.left() < 2) return;
  Reader extensions(r.take(r.u16()));
  while (extensions.left() >= 4) {
    const uint16_t type = extensions.u16();
    Reader e(extensions.take(extensions.u16()));
    if (type == 0 && client) {
      e.skip(3);
      hello.server_name = printable(e.take(e.u16()));
    } else if (type == 16) {
      Reader list(e.take(e.u16()));
      while (list.left() > 1 && hello.alpn.size() < 8) {
        hello.alpn.push_back(printable(list.take(list.u8())));
      }
    } else if (type == 43 && !client) {
      hello.version = e.u16();
    } else if (type == 43) {
      Reader list(e.take(e.u8()));
      while (list.left() >= 2) {
        const uint16_t version = list.u16();
        if (!is_grease(version)) hello.version = std::max(hello.version, version);
      }
    }
  }
}

TlsHello read_hello(Bytes body, bool client) {
  TlsHello hello;
  Reader r(body);
  hello.version = r.u16();
  r.skip(32);
  r.skip(r.u8());
  if (client) {
    Reader list(r.take(r.u16()));
    while (list.left() >= 2 && hello.ciphers.size() < 64) {
      const uint16_t cipher = list.u16();
      if (!is_grease(cipher)) hello.ciphers.push_back(cipher);
    }
    r.skip(r.u8());
  } else {
    hello.ciphers.push_back(r.u16());
    r.skip(1);
  }
  read_extensions(r, hello, client);
  return hello;
}

// The common names of issuer and subject, in the order they stand in a certificate (RFC 5280):
// found by their object identifier 2.5.4.3, without a parser of ASN.1.
void read_certificate(Bytes message, TlsStream& out) {
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
    if (length < 128) names.push_back(printable(r.take(length)));
  }
  if (!names.empty()) out.certificate_issuer = names[0];
  if (names.size() > 1) out.certificate_subject = names[1];
}

void read_messages(Bytes content, TlsRecord& record, TlsStream& out) {
  Reader r(content);
  while (r.left() >= 4) {
    const uint8_t type = r.u8();
    const uint32_t length = r.u24();
    const Bytes body = r.take(length);
    record.messages.push_back(type);
    if (type == 1) {
      out.client_hello = read_hello(body, true);
      out.has_client_hello = true;
    } else if (type == 2) {
      out.server_hello = read_hello(body, false);
      out.has_server_hello = true;
    } else if (type == 11) {
      read_certificate(body, out);
    }
  }
}

}  // namespace

bool looks_like_tls(Bytes bytes) {
  return bytes.size() >= 5 && bytes[0] >= 20 && bytes[0] <= 23 && bytes[1] == 3 && bytes[2] <= 4 &&
         (bytes[3] << 8U | bytes[4]) <= 16640;
}

TlsStream decode_tls(Bytes stream) {
  TlsStream out;
  size_t at = 0;
  bool encrypted = false;
  while (at < stream.size() && out.records.size() < 4096 && looks_like_tls(stream.subspan(at))) {
    out.is_tls = true;
    TlsRecord record;
    record.at = at;
    Reader r(stream, at);
    record.type = r.u8();
    r.skip(2);
    record.length = r.u16();
    const Bytes content = r.take(record.length);
    record.whole = r.ok();
    if (record.type == 22 && !encrypted) read_messages(content, record, out);
    if (record.type == 20) encrypted = true;
    if (record.type == 21 && content.size() == 2) out.alert = content[1];
    at += 5U + record.length;
    out.records.push_back(std::move(record));
  }
  return out;
}

std::string tls_handshake_name(uint8_t message) {
  switch (message) {
    case 1:
      return "ClientHello";
    case 2:
      return "ServerHello";
    case 4:
      return "NewSessionTicket";
    case 8:
      return "EncryptedExtensions";
    case 11:
      return "Certificate";
    case 12:
      return "ServerKeyExchange";
    case 13:
      return "CertificateRequest";
    case 14:
      return "ServerHelloDone";
    case 15:
      return "CertificateVerify";
    case 16:
      return "ClientKeyExchange";
    case 20:
      return "Finished";
    default:
      return fmt::format("handshake message {}", message);
  }
}

std::string tls_records_text(const TlsStream& stream) {
  std::string text;
  size_t shown = 0;
  for (const TlsRecord& record : stream.records) {
    if (++shown > 6) {
      text += fmt::format(", and {} more", stream.records.size() - 6);
      break;
    }
    std::string one;
    for (const uint8_t m : record.messages) {
      append_item(one, tls_handshake_name(m), "+");
    }
    if (one.empty()) {
      one = record.type == 20   ? "ChangeCipherSpec"
            : record.type == 21 ? "Alert"
            : record.type == 22 ? "encrypted handshake"
                                : "application data";
    }
    append_item(text, one);
  }
  return text;
}

std::string tls_version_name(uint16_t version) {
  switch (version) {
    case 0x0301:
      return "TLS 1.0";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    default:
      return fmt::format("version 0x{:04x}", version);
  }
}

std::string tls_cipher_name(uint16_t cipher) {
  switch (cipher) {
    case 0x1301:
      return "TLS_AES_128_GCM_SHA256";
    case 0x1302:
      return "TLS_AES_256_GCM_SHA384";
    case 0x1303:
      return "TLS_CHACHA20_POLY1305_SHA256";
    case 0xc02b:
      return "ECDHE-ECDSA-AES128-GCM-SHA256";
    case 0xc02c:
      return "ECDHE-ECDSA-AES256-GCM-SHA384";
    case 0xc02f:
      return "ECDHE-RSA-AES128-GCM-SHA256";
    case 0xc030:
      return "ECDHE-RSA-AES256-GCM-SHA384";
    case 0xcca8:
      return "ECDHE-RSA-CHACHA20-POLY1305";
    case 0xcca9:
      return "ECDHE-ECDSA-CHACHA20-POLY1305";
    default:
      return fmt::format("cipher 0x{:04x}", cipher);
  }
}

std::string tls_alert_name(int alert) {
  switch (alert) {
    case 0:
      return "close notify";
    case 40:
      return "handshake failure";
    case 42:
      return "bad certificate";
    case 45:
      return "certificate expired";
    case 46:
      return "certificate unknown";
    case 48:
      return "unknown CA";
    case 70:
      return "protocol version";
    case 80:
      return "internal error";
    case 112:
      return "unrecognized name";
    default:
      return fmt::format("alert {}", alert);
  }
}

}  // namespace hoplab::journey
