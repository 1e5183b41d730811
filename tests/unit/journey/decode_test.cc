// The decoders on messages written out by hand, and on every truncation of them.
#include <gtest/gtest.h>

#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/packet.h"
#include "controller/journey/decode/tls.h"
#include "tests/unit/journey/bundle_builder.h"

namespace hoplab::journey {
namespace {

// A ClientHello: TLS 1.3 offered with two ciphers, server name "a.example", ALPN "h2".
std::string client_hello() {
  const std::string name(
      "\x00\x00\x00\x0e\x00\x0c\x00\x00\x09"
      "a.example",
      18);
  const std::string alpn("\x00\x10\x00\x05\x00\x03\x02h2", 9);
  const std::string versions("\x00\x2b\x00\x05\x04\x03\x04\x03\x03", 9);
  const std::string extensions = name + alpn + versions;
  std::string body("\x03\x03", 2);
  body.append(32, 'r');
  body += std::string("\x00\x00\x04\x13\x02\x13\x01\x01\x00\x00", 10);
  body += static_cast<char>(extensions.size());
  body += extensions;
  std::string message("\x01\x00\x00", 3);
  message += static_cast<char>(body.size());
  message += body;
  std::string record("\x16\x03\x01\x00", 4);
  record += static_cast<char>(message.size());
  return record + message;
}

TEST(Decode, ClientHello) {
  const TlsStream tls = decode_tls(as_bytes(client_hello()));
  ASSERT_TRUE(tls.has_client_hello);
  EXPECT_EQ(tls.client_hello.server_name, "a.example");
  EXPECT_EQ(tls.client_hello.version, 0x0304);
  EXPECT_EQ(tls.client_hello.ciphers, (std::vector<uint16_t>{0x1302, 0x1301}));
  EXPECT_EQ(tls.client_hello.alpn, std::vector<std::string>{"h2"});
  EXPECT_EQ(tls_records_text(tls), "ClientHello");
}

TEST(Decode, EveryTruncationIsSurvived) {
  const std::string hello = client_hello();
  const std::string dns = testing::dns_payload(1, true, 0, true, "www.naver.com.", 1);
  const std::string frame = testing::ethernet(
      1, 2, 0x0800,
      testing::ipv4(1, 2, 3, 4, {6, 1, 2, 3, 4, 2, std::string("\x02\x04\x05\xb4", 4), hello}));
  for (size_t n = 0; n < frame.size(); ++n) {
    const Packet p = decode_packet(as_bytes(frame).first(n));
    EXPECT_NE(p.malformed, nullptr) << n;
    tcp_options(p);
    decode_tls(as_bytes(hello).first(std::min(n, hello.size())));
    decode_dns(as_bytes(dns).first(std::min(n, dns.size())));
  }
  const Packet whole = decode_packet(as_bytes(frame));
  EXPECT_EQ(whole.malformed, nullptr);
  EXPECT_EQ(tcp_options(whole).mss, 1460);
}

TEST(Decode, ADnsNameThatPointsAtItselfEnds) {
  std::string dns = testing::dns_payload(1, false, 0, false, "", 0);
  dns[12] = '\xc0';
  dns.insert(13, 1, '\x0c');
  EXPECT_FALSE(decode_dns(as_bytes(dns)).has_value());
}

TEST(Decode, HttpHeads) {
  const auto head = decode_http(as_bytes("GET /a HTTP/1.1\r\nHOST: h\r\n\r\n"));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->method + head->path + head->host, "GET/ah");
  EXPECT_FALSE(decode_http(as_bytes("GETTING on\r\n")).has_value());
  EXPECT_EQ(decode_http(as_bytes("HTTP/1.1 503 Busy\r\n\r\n"))->status, 503);
}

}  // namespace
}  // namespace hoplab::journey
