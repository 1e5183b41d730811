// DNS messages (RFC 1035, compression included; EDNS of RFC 6891).
#pragma once

#include <array>
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
  uint16_t record_class = 0;
  uint32_t ttl = 0;
  uint16_t key_tag = 0;  // DNSKEY only (RFC 4034, appendix B)
  std::string data;      // presentation form; of unknown types that of RFC 3597, "\# length hex"
};

struct DnsOption {
  uint16_t code = 0;
  Bytes value;  // points into the message
};

// The OPT pseudo-record of an EDNS message.
struct DnsEdns {
  uint16_t udp_size = 0;
  uint8_t version = 0;
  bool dnssec_ok = false;  // DO
  std::vector<DnsOption> options;
  bool malformed = false;
};

struct DnsMessage {
  uint16_t id = 0;
  uint8_t opcode = 0;
  bool response = false;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  bool authentic_data = false;
  bool checking_disabled = false;
  uint16_t rcode = 0;  // with the upper bits that EDNS adds
  std::string name;    // of the question, lower case, with the final dot, escaped as in a zone file
  uint16_t type = 0;
  uint16_t question_class = 0;
  size_t size = 0;                      // bytes of the message
  uint16_t questions = 0;               // more than one is against RFC 9619; the first is told
  std::array<uint16_t, 3> counts = {};  // of records, by section, as the header says
  bool edns = false;
  DnsEdns opt;
  std::vector<DnsRecord> records;  // without OPT
  bool cut_short = false;          // the header promises more records than could be read

  [[nodiscard]] const DnsRecord* first_answer() const;
  // A referral: no answer, not authoritative, NS records in the authority section.
  [[nodiscard]] bool is_referral() const;
};

// Nothing when header or question cannot be read.
std::optional<DnsMessage> decode_dns(Bytes payload);
std::string dns_info(const DnsMessage& message);
std::string dns_type_name(uint16_t type);
std::string dns_class_name(uint16_t klass);
std::string dns_rcode_name(uint16_t rcode);
std::string dns_opcode_name(uint8_t opcode);
// "www.naver.com." lies in "naver.com." and in ".".
// Of records that hold an address of the name.
inline bool is_address_type(std::string_view type) { return type == "A" || type == "AAAA"; }
bool dns_within(std::string_view name, std::string_view zone);

}  // namespace hoplab::journey
