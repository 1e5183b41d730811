// What TLS's numbers are called.
#include <fmt/format.h>

#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/tls.h"

namespace hoplab::journey {
namespace {

std::string record_text(const TlsRecord& record) {
  std::string text;
  for (const uint8_t message : record.messages) append_item(text, tls_handshake_name(message), "+");
  if (!text.empty()) return text;
  switch (record.type) {
    case 20:
      return "ChangeCipherSpec";
    case 21:
      return record.alert >= 0 ? fmt::format("Alert ({})", tls_alert_name(record.alert)) : "Alert";
    case 22:
      return record.continues ? "more of the handshake message" : "encrypted handshake";
    default:
      return "application data";
  }
}

}  // namespace

std::string tls_handshake_name(uint8_t message) {
  switch (message) {
    case 1:
      return "ClientHello";
    case 2:
      return "ServerHello";
    case 0:
      return "HelloRequest";
    case 4:
      return "NewSessionTicket";
    case 5:
      return "EndOfEarlyData";
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
    case 22:
      return "CertificateStatus";
    case 24:
      return "KeyUpdate";
    case 254:
      return "MessageHash";
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
    append_item(text, record_text(record));
  }
  return text;
}

std::string tls_group_name(uint16_t group) {
  switch (group) {
    case 23:
      return "secp256r1";
    case 24:
      return "secp384r1";
    case 25:
      return "secp521r1";
    case 29:
      return "x25519";
    case 30:
      return "x448";
    case 0x11ec:
      return "X25519MLKEM768";
    default:
      return fmt::format("group 0x{:04x}", group);
  }
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
    case 10:
      return "unexpected message";
    case 20:
      return "bad record MAC";
    case 22:
      return "record overflow";
    case 40:
      return "handshake failure";
    case 42:
      return "bad certificate";
    case 43:
      return "unsupported certificate";
    case 44:
      return "certificate revoked";
    case 45:
      return "certificate expired";
    case 46:
      return "certificate unknown";
    case 47:
      return "illegal parameter";
    case 48:
      return "unknown CA";
    case 50:
      return "decode error";
    case 51:
      return "decrypt error";
    case 70:
      return "protocol version";
    case 71:
      return "insufficient security";
    case 80:
      return "internal error";
    case 90:
      return "user canceled";
    case 109:
      return "missing extension";
    case 112:
      return "unrecognized name";
    case 116:
      return "certificate required";
    case 120:
      return "no application protocol";
    default:
      return fmt::format("alert {}", alert);
  }
}

}  // namespace hoplab::journey
