#include <fmt/format.h>

#include <array>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

std::string option_name(uint16_t code) {
  switch (code) {
    case 3:
      return "NSID";
    case 8:
      return "client subnet";
    case 9:
      return "expire";
    case 10:
      return "cookie";
    case 11:
      return "TCP keepalive";
    case 12:
      return "padding";
    case 15:
      return "extended error";
    default:
      return fmt::format("option {}", code);
  }
}

std::string edns_text(const DnsEdns& opt) {
  std::string text = fmt::format(" EDNS {}", opt.udp_size);
  if (opt.version != 0) text += fmt::format(" version {}", opt.version);
  if (opt.dnssec_ok) text += " DO";
  for (const DnsOption& option : opt.options) {
    text.append(" ").append(option_name(option.code));
    Reader r(option.value);
    if (option.code != 15 || option.value.size() < 2) continue;
    text += fmt::format(" {}", r.u16());
    if (r.left() > 0) text += fmt::format(" \"{}\"", printable_text(option.value.subspan(2), 64));
  }
  if (opt.malformed) text += " malformed options";
  return text;
}

}  // namespace

std::string dns_type_name(uint16_t type) {
  switch (type) {
    case kDnsA:
      return "A";
    case kDnsNs:
      return "NS";
    case kDnsCname:
      return "CNAME";
    case kDnsSoa:
      return "SOA";
    case kDnsPtr:
      return "PTR";
    case kDnsMx:
      return "MX";
    case kDnsTxt:
      return "TXT";
    case kDnsAaaa:
      return "AAAA";
    case kDnsSrv:
      return "SRV";
    case kDnsDname:
      return "DNAME";
    case kDnsOpt:
      return "OPT";
    case kDnsDs:
      return "DS";
    case kDnsRrsig:
      return "RRSIG";
    case kDnsNsec:
      return "NSEC";
    case kDnsDnskey:
      return "DNSKEY";
    case kDnsNsec3:
      return "NSEC3";
    case kDnsNsec3param:
      return "NSEC3PARAM";
    case 59:
      return "CDS";
    case 60:
      return "CDNSKEY";
    case 64:
      return "SVCB";
    case 65:
      return "HTTPS";
    case 251:
      return "IXFR";
    case 252:
      return "AXFR";
    case 255:
      return "ANY";
    case 257:
      return "CAA";
    default:
      return fmt::format("TYPE{}", type);
  }
}

std::string dns_class_name(uint16_t klass) {
  switch (klass) {
    case 1:
      return "IN";
    case 3:
      return "CH";
    case 255:
      return "ANY";
    default:
      return fmt::format("CLASS{}", klass);
  }
}

std::string dns_rcode_name(uint16_t rcode) {
  static constexpr std::array kNames = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
  if (rcode < kNames.size()) return kNames[rcode];
  if (rcode == 16) return "BADVERS";
  if (rcode == 23) return "BADCOOKIE";
  return fmt::format("RCODE{}", rcode);
}

std::string dns_opcode_name(uint8_t opcode) {
  static constexpr std::array kNames = {"query",    "inverse query", "status",
                                        "opcode 3", "notify",        "update"};
  return opcode < kNames.size() ? kNames[opcode] : fmt::format("opcode {}", opcode);
}

std::string dns_info(const DnsMessage& m) {
  std::string text = m.response ? "answer" : dns_opcode_name(m.opcode);
  if (m.response && m.opcode != 0) text = dns_opcode_name(m.opcode) + " answer";
  text += fmt::format(" {} {}", dns_type_name(m.type), m.name.empty() ? "-" : m.name);
  if (m.questions > 1) text += fmt::format(" and {} more questions", m.questions - 1);
  if (m.response) {
    if (m.rcode != 0) append_item(text, dns_rcode_name(m.rcode), " ");
    if (m.authoritative) text += " (AA)";
    if (m.truncated) text += " (TC)";
    if (m.authentic_data) text += " (AD)";
    size_t left_out = 0;
    size_t shown = 0;
    for (const DnsRecord& r : m.records) {
      const bool wanted =
          r.section == DnsRecord::kAnswer ||
          (m.is_referral() && r.section == DnsRecord::kAuthority && r.type == kDnsNs);
      if (!wanted) continue;
      if (++shown > 3) {
        ++left_out;
        continue;
      }
      text += fmt::format(" {} {}", dns_type_name(r.type), r.data);
    }
    if (left_out > 0) text += fmt::format(" and {} more", left_out);
  }
  if (m.edns) text += edns_text(m.opt);
  if (m.cut_short) text += ", cut short";
  return text;
}

}  // namespace hoplab::journey
