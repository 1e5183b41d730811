// Record data as zone files write it (RFC 1035, 3596, 2782, 4034, 5155, 3597).
#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/dns_wire.h"
#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

std::string base64(Bytes bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t there = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8U | (k < there ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) {
      text += k <= there ? kDigits[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return text;
}

// RFC 4648 section 7, without padding: hashed owner names.
std::string base32hex(Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::string text;
  uint32_t held = 0;
  unsigned bits = 0;
  for (const uint8_t b : bytes) {
    held = (held << 8U | b) & 0xffffU;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kDigits[held >> bits & 31U];
    }
  }
  if (bits > 0) text += kDigits[held << (5U - bits) & 31U];
  return text;
}

// RFC 4034 section 3.2: YYYYMMDDHHmmSS.
std::string moment(uint32_t seconds) {
  const std::chrono::sys_seconds when{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{when - day};
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string quoted(Bytes text) {
  std::string out = "\"";
  for (const uint8_t b : text) {
    if (b == '"' || b == '\\') {
      out += '\\';
      out += static_cast<char>(b);
    } else if (b >= ' ' && b < 127) {
      out += static_cast<char>(b);
    } else {
      out += fmt::format("\\{:03}", b);
    }
  }
  out += '"';
  return out;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// One record's data; every read stays inside it, names may point before it.
class DataReader {
 public:
  DataReader(Bytes message, size_t at, size_t length)
      : message_(message), end_(at + length), at_(at) {}

  // False when what was read is not exactly what is there.
  [[nodiscard]] bool exact() const { return ok_ && at_ == end_; }

  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    for (const uint8_t b : take(bytes)) value = value << 8U | b;
    return value;
  }
  std::string name() {
    std::string text;
    size_t after = at_;
    if (ok_ && read_dns_name(message_.first(end_), after, text) && after <= end_) {
      at_ = after;
    } else {
      ok_ = false;
    }
    return text;
  }
  Bytes take(size_t bytes) {
    if (!ok_ || bytes > end_ - at_) {
      ok_ = false;
      return {};
    }
    const Bytes part = message_.subspan(at_, bytes);
    at_ += bytes;
    return part;
  }
  Bytes rest() { return take(ok_ ? end_ - at_ : 0); }
  [[nodiscard]] bool at_end() const { return !ok_ || at_ == end_; }
  void fail() { ok_ = false; }

 private:
  Bytes message_;
  size_t end_;
  size_t at_;
  bool ok_ = true;
};

// The type bit maps of NSEC and NSEC3 (RFC 4034 section 4.1.2).
std::string type_list(DataReader& r) {
  std::string text;
  while (!r.at_end()) {
    const auto window = static_cast<unsigned>(r.number(1));
    const auto length = static_cast<size_t>(r.number(1));
    if (length == 0 || length > 32) r.fail();
    unsigned octet = 0;
    for (const uint8_t bits : r.take(length)) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        if ((bits & 0x80U >> bit) == 0) continue;
        const uint32_t type = window << 8U | octet << 3U | bit;
        text.append(1, ' ').append(dns_type_name(static_cast<uint16_t>(type)));
      }
      ++octet;
    }
  }
  return text;
}

std::string strings(DataReader& r) {
  std::string text;
  while (!r.at_end()) {
    const auto length = static_cast<size_t>(r.number(1));
    append_item(text, quoted(r.take(length)), " ");
  }
  return text;
}

std::string soa(DataReader& r) {
  const std::string primary = r.name();
  const std::string mailbox = r.name();
  std::string text = fmt::format("{} {}", primary, mailbox);
  for (int i = 0; i < 5; ++i) text += fmt::format(" {}", r.number(4));
  return text;
}

std::string rrsig(DataReader& r) {
  const auto covered = static_cast<uint16_t>(r.number(2));
  const uint64_t algorithm = r.number(1);
  const uint64_t labels = r.number(1);
  const uint64_t ttl = r.number(4);
  const auto expiration = static_cast<uint32_t>(r.number(4));
  const auto inception = static_cast<uint32_t>(r.number(4));
  const uint64_t key_tag = r.number(2);
  const std::string signer = r.name();
  return fmt::format("{} {} {} {} {} {} {} {} {}", dns_type_name(covered), algorithm, labels, ttl,
                     moment(expiration), moment(inception), key_tag, signer, base64(r.rest()));
}

std::string nsec3(DataReader& r, bool parameters_only) {
  std::string text;
  for (const size_t bytes : {1, 1, 2}) text += fmt::format("{} ", r.number(bytes));
  text += or_dash(hex_text(r.take(static_cast<size_t>(r.number(1)))));
  if (parameters_only) return text;
  text.append(1, ' ').append(base32hex(r.take(static_cast<size_t>(r.number(1)))));
  return text + type_list(r);
}

std::string data_text(DataReader& r, uint16_t type, uint16_t length) {
  switch (type) {
    case kDnsA:
      return length == 4 ? address_text(r.rest()) : std::string{};
    case kDnsAaaa:
      return length == 16 ? address_text(r.rest()) : std::string{};
    case kDnsNs:
    case kDnsCname:
    case kDnsPtr:
    case kDnsDname:
      return r.name();
    case kDnsMx: {
      const uint64_t preference = r.number(2);
      return fmt::format("{} {}", preference, r.name());
    }
    case kDnsTxt:
      return strings(r);
    case kDnsSoa:
      return soa(r);
    case kDnsSrv: {
      std::string text;
      for (int i = 0; i < 3; ++i) text += fmt::format("{} ", r.number(2));
      return text + r.name();
    }
    case kDnsDs: {
      std::string text;
      for (const size_t bytes : {2, 1, 1}) text += fmt::format("{} ", r.number(bytes));
      return text + hex_text(r.rest());
    }
    case kDnsDnskey: {
      std::string text;
      for (const size_t bytes : {2, 1, 1}) text += fmt::format("{} ", r.number(bytes));
      return text + base64(r.rest());
    }
    case kDnsRrsig:
      return rrsig(r);
    case kDnsNsec: {
      std::string text = r.name();
      return text + type_list(r);
    }
    case kDnsNsec3:
      return nsec3(r, false);
    case kDnsNsec3param:
      return nsec3(r, true);
    default:
      return {};
  }
}

}  // namespace

std::string dns_record_data(Bytes message, size_t at, uint16_t type, uint16_t length) {
  DataReader r(message, at, length);
  std::string text = data_text(r, type, length);
  if (!text.empty() && r.exact()) return text;
  const Bytes data = message.subspan(at, length);
  return fmt::format("\\# {}{}{}", length, length != 0 ? " " : "", hex_text(data));
}

}  // namespace hoplab::journey
