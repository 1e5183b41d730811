// TLS records and handshake messages as far as they are in the clear (RFC 5246, RFC 8446).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct TlsRecord {
  uint8_t type = 0;     // 20 change cipher spec, 21 alert, 22 handshake, 23 application data
  size_t at = 0;        // offset in the stream
  uint32_t length = 0;  // of its content
  bool whole = false;   // the content is all there
  std::vector<uint8_t> messages;  // handshake messages in the clear that begin here
  bool continues = false;         // begins inside a handshake message of an earlier record
  int alert = -1;                 // description of an alert in the clear
};

// A handshake message in the clear, put together from the records it came in.
struct TlsHandshake {
  uint8_t type = 0;
  uint32_t length = 0;
  size_t record = 0;  // where it begins
  bool whole = false;
};

struct TlsHello {
  std::string server_name;
  uint16_t version = 0;           // highest offered, or the one chosen
  std::vector<uint16_t> ciphers;  // one when chosen
  std::vector<std::string> alpn;
  std::vector<uint16_t> groups;      // supported; of a key share when chosen
  std::vector<uint16_t> extensions;  // types in their order, without GREASE
  bool retry_request = false;        // a HelloRetryRequest (RFC 8446 section 4.1.4)
  bool malformed = false;
};

// What one direction of a connection said.
struct TlsStream {
  bool is_tls = false;
  std::vector<TlsRecord> records;
  std::vector<TlsHandshake> messages;
  TlsHello client_hello;
  TlsHello server_hello;
  bool has_client_hello = false;
  bool has_server_hello = false;
  std::string certificate_subject;  // common name, TLS 1.2 only
  std::string certificate_issuer;
  int alert = -1;  // description of an alert in the clear
};

TlsStream decode_tls(Bytes stream);
// Does a record begin here?
bool looks_like_tls(Bytes bytes);
// "ClientHello", "Certificate+ServerHelloDone, Alert (unknown CA)"
std::string tls_records_text(const TlsStream& stream);
std::string tls_version_name(uint16_t version);
std::string tls_cipher_name(uint16_t cipher);
std::string tls_group_name(uint16_t group);
std::string tls_handshake_name(uint8_t message);
std::string tls_alert_name(int alert);

}  // namespace hoplab::journey
