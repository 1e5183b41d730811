// The parts of a DNS message: names with compression, and record data in the form of zone files.
#pragma once

#include <cstdint>
#include <string>

#include "controller/journey/decode/bytes.h"

namespace hoplab::journey {

enum DnsType : uint16_t {
  kDnsA = 1,
  kDnsNs = 2,
  kDnsCname = 5,
  kDnsSoa = 6,
  kDnsPtr = 12,
  kDnsMx = 15,
  kDnsTxt = 16,
  kDnsAaaa = 28,
  kDnsSrv = 33,
  kDnsDname = 39,
  kDnsOpt = 41,
  kDnsDs = 43,
  kDnsRrsig = 46,
  kDnsNsec = 47,
  kDnsDnskey = 48,
  kDnsNsec3 = 50,
  kDnsNsec3param = 51,
};

// The name at `at`, in lower case; leaves `at` behind the name as it stands in the message. False
// when it runs out of the message, is longer than 255 bytes, or has a pointer that does not point
// backwards, so that no chain of pointers is endless, or more pointers than a name has labels.
bool read_dns_name(Bytes message, size_t& at, std::string& name);

// Data of `length` bytes at `at`, all of them in the message.
std::string dns_record_data(Bytes message, size_t at, uint16_t type, uint16_t length);

}  // namespace hoplab::journey
