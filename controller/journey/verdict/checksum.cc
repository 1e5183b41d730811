#include "controller/journey/verdict/checksum.h"

namespace hoplab::journey {
namespace {

uint64_t sum_words(Bytes bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += static_cast<uint64_t>(bytes[i]) << 8U | bytes[i + 1];
  }
  if (bytes.size() % 2 == 1) sum += static_cast<uint64_t>(bytes.back()) << 8U;
  return sum;
}

}  // namespace

Checksum transport_checksum(const Packet& p, uint32_t wire_length) {
  if (!p.is_ip() || p.malformed != nullptr || p.is_fragment()) return Checksum::kUntold;
  if (wire_length > p.bytes.size() || p.end > p.bytes.size() || p.l4 >= p.end) {
    return Checksum::kUntold;
  }
  const Bytes segment = p.bytes.subspan(p.l4, p.end - p.l4);
  uint64_t sum = 0;
  if (p.is(kUdp)) {
    if (segment.size() < 8 || (segment[6] == 0 && segment[7] == 0)) return Checksum::kUntold;
  } else if (!p.is(kTcp) && !p.is_icmp()) {
    return Checksum::kUntold;
  }
  if (p.net == Net::kIpv6 || !p.is_icmp()) {  // the pseudo-header
    const bool v6 = p.net == Net::kIpv6;
    sum += sum_words(v6 ? p.bytes.subspan(p.l3() + 8U, 32) : p.bytes.subspan(p.l3() + 12U, 8));
    sum += p.tuple.protocol;
    sum += segment.size();
  }
  sum += sum_words(segment);
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return sum == 0xffffU ? Checksum::kGood : Checksum::kBad;
}

}  // namespace hoplab::journey
