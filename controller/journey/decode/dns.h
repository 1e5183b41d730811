// DNS messages (RFC 1035, compression and EDNS of RFC 6891 included).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

struct DnsRecord {
  enum Section : uint8_t { kAnswer, kAuthority, kAdditional };
  Section section = kAnswer;
  std::string name;
  uint16_t type = 0;
  uint32_t ttl = 0;
  std::string data;  // presentation form for A, AAAA, NS, CNAME; else "\# length"
};

struct DnsMessage {
  uint16_t id = 0;
  bool response = false;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  uint8_t rcode = 0;
  std::string name;  // of the question, lower case, with the final dot
  uint16_t type = 0;
  bool edns = false;
  std::vector<DnsRecord> records;  // at most 64 are kept

  [[nodiscard]] const DnsRecord* first_answer() const;
  // A referral: no answer, not authoritative, NS records in the authority section.
  [[nodiscard]] bool is_referral() const;
};

std::optional<DnsMessage> decode_dns(Bytes payload);
std::string dns_type_name(uint16_t type);
std::string dns_rcode_name(uint8_t rcode);
// "www.naver.com." lies in "naver.com." and in ".".
bool dns_within(std::string_view name, std::string_view zone);

}  // namespace hoplab::journey
