#include "controller/journey/decode/dhcpv6.h"

#include <algorithm>

#include "controller/journey/decode/address_text.h"

namespace hoplab::journey {
namespace {

enum Option : uint16_t {
  kClientId = 1,
  kServerId = 2,
  kNonTemporary = 3,
  kTemporary = 4,
  kAddress = 5,
  kOptionRequest = 6,
  kPreference = 7,
  kElapsed = 8,
  kRelayed = 9,
  kStatus = 13,
  kRapidCommit = 14,
  kInterfaceId = 18,
  kNameServers = 23,
  kSearch = 24,
};
constexpr size_t kMostRelays = 8;
constexpr uint16_t kEthernet = 1;

// Calls `take(code, value)` with each option of the field; false when one runs out of it.
template <typename Take>
bool each_option(Bytes field, Take take) {
  Reader r(field);
  while (r.left() > 0) {
    const uint16_t code = r.u16();
    const uint16_t length = r.u16();
    const Bytes value = r.take(length);
    if (!r.ok()) return false;
    take(code, value);
  }
  return true;
}

Duid read_duid(Bytes value) {
  Duid duid;
  duid.bytes.assign(value.begin(), value.end());
  Reader r(value);
  duid.kind = r.u16();
  if (duid.kind != Duid::kLinkLayerTime && duid.kind != Duid::kLinkLayer) return duid;
  const uint16_t hardware = r.u16();
  if (duid.kind == Duid::kLinkLayerTime) r.skip(4);
  if (r.ok() && hardware == kEthernet && r.left() == 6) duid.mac = r.u48();
  return duid;
}

Dhcpv6Message::Status read_status(Bytes value, bool& malformed) {
  Reader r(value);
  Dhcpv6Message::Status status;
  status.code = r.u16();
  if (!r.ok()) malformed = true;
  status.message = printable_text(r.take(r.left()), 255);
  return status;
}

// What is cut short is left out.
void read_address(Bytes value, Dhcpv6Message::Association& into, bool& malformed) {
  Reader r(value);
  Dhcpv6Message::Address address;
  address.address = net::ip_address(r.take(16));
  address.preferred_seconds = r.u32();
  address.valid_seconds = r.u32();
  if (!r.ok()) {
    malformed = true;
    return;
  }
  const bool whole = each_option(r.take(r.left()), [&](uint16_t code, Bytes inner) {
    if (code == kStatus) address.status = read_status(inner, malformed);
  });
  if (!whole) malformed = true;
  into.addresses.push_back(std::move(address));
}

void read_association(Bytes value, bool temporary, Dhcpv6Message& m) {
  Reader r(value);
  Dhcpv6Message::Association association;
  association.temporary = temporary;
  association.id = r.u32();
  if (!temporary) {
    association.renewal_seconds = r.u32();
    association.rebinding_seconds = r.u32();
  }
  if (!r.ok()) {
    m.malformed = true;
    return;
  }
  const bool whole = each_option(r.take(r.left()), [&](uint16_t code, Bytes inner) {
    if (code == kAddress) {
      read_address(inner, association, m.malformed);
    } else if (code == kStatus) {
      association.status = read_status(inner, m.malformed);
    }
  });
  if (!whole) m.malformed = true;
  m.associations.push_back(std::move(association));
}

// RFC 3646, section 4: names as in DNS, never compressed.
std::vector<std::string> read_search(Bytes value, bool& malformed) {
  std::vector<std::string> domains;
  std::string name;
  Reader r(value);
  while (r.left() > 0) {
    const uint8_t length = r.u8();
    if (length == 0) {
      domains.push_back(name.empty() ? "." : name);
      name.clear();
      continue;
    }
    const Bytes label = r.take(length);
    if (length > 63 || !r.ok()) {
      malformed = true;
      return domains;
    }
    name.append(name.empty() ? "" : ".").append(printable_text(label, 63));
  }
  if (!name.empty()) malformed = true;  // no root at its end
  return domains;
}

void read_option(uint16_t code, Bytes bytes, Dhcpv6Message& m) {
  Reader value(bytes);
  switch (code) {
    case kClientId:
      m.client = read_duid(bytes);
      break;
    case kServerId:
      m.server = read_duid(bytes);
      break;
    case kNonTemporary:
    case kTemporary:
      read_association(bytes, code == kTemporary, m);
      break;
    case kOptionRequest:
      if (bytes.size() % 2 != 0) m.malformed = true;
      while (value.left() >= 2) m.asked_for.push_back(value.u16());
      break;
    case kPreference:
      m.preference = value.u8();
      break;
    case kElapsed:
      m.elapsed_hundredths = value.u16();
      break;
    case kStatus:
      m.status = read_status(bytes, m.malformed);
      break;
    case kRapidCommit:
      m.rapid_commit = true;
      break;
    case kNameServers:
      if (bytes.size() % 16 != 0) m.malformed = true;
      while (value.left() >= 16) m.name_servers.push_back(net::ip_address(value.take(16)));
      break;
    case kSearch:
      m.search = read_search(bytes, m.malformed);
      break;
    default:
      break;
  }
  if (!value.ok()) m.malformed = true;
}

// What only its sender can read: words where it is words, else hexadecimal digits.
std::string opaque_text(Bytes value) {
  constexpr size_t kMost = 32;
  const bool words = std::ranges::all_of(value, [](uint8_t b) { return b > ' ' && b < 127; });
  if (words) return printable_text(value, 2 * kMost);
  return "0x" + hex_text(value.first(std::min(value.size(), kMost))) +
         (value.size() > kMost ? "…" : "");
}

bool is_relay(uint8_t type) {
  return type == Dhcpv6Message::kRelayForward || type == Dhcpv6Message::kRelayReply;
}

// Takes off one relay's wrapping; the message within, or nothing where it carries none.
Bytes unwrap(Bytes payload, Dhcpv6Message& m) {
  Reader r(payload);
  Dhcpv6Message::Relay relay;
  relay.reply = r.u8() == Dhcpv6Message::kRelayReply;
  relay.hops = r.u8();
  relay.link = net::ip_address(r.take(16));
  relay.peer = net::ip_address(r.take(16));
  Bytes within;
  const bool whole = r.ok() && each_option(r.take(r.left()), [&](uint16_t code, Bytes value) {
                       if (code == kRelayed) within = value;
                       if (code == kInterfaceId) relay.interface = opaque_text(value);
                     });
  if (!whole || within.empty()) m.malformed = true;
  m.relays.push_back(std::move(relay));
  return within;
}

std::string address_info(const Dhcpv6Message::Address& a) {
  std::string text = net::to_string(a.address);
  if (a.valid_seconds != 0) text += " for " + std::to_string(a.valid_seconds) + " s";
  return text;
}

}  // namespace

const Dhcpv6Message::Address* Dhcpv6Message::address() const {
  for (const Association& association : associations) {
    if (!association.addresses.empty()) return &association.addresses.front();
  }
  return nullptr;
}

const Dhcpv6Message::Status* Dhcpv6Message::refusal() const {
  const auto refuses = [](const std::optional<Status>& s) { return s && s->code != 0; };
  if (refuses(status)) return &*status;
  for (const Association& association : associations) {
    if (refuses(association.status)) return &*association.status;
    for (const Address& a : association.addresses) {
      if (refuses(a.status)) return &*a.status;
    }
  }
  return nullptr;
}

std::optional<Dhcpv6Message> decode_dhcpv6(Bytes payload) {
  Dhcpv6Message m;
  while (!payload.empty() && is_relay(payload[0])) {
    if (payload.size() < 34) return std::nullopt;
    m.type = payload[0];
    if (m.relays.size() == kMostRelays) {
      m.malformed = true;
      return m;
    }
    payload = unwrap(payload, m);
    if (payload.empty()) return m;
  }
  Reader r(payload);
  m.type = r.u8();
  m.xid = r.u24();
  if (!r.ok() || m.type == 0 || m.type > Dhcpv6Message::kInformationRequest) {
    if (m.relays.empty()) return std::nullopt;
    m.malformed = true;  // a relay carries what is none
    return m;
  }
  const bool whole = each_option(r.take(r.left()), [&](uint16_t code, Bytes value) {
    auto& kept = m.options[code];
    kept.insert(kept.end(), value.begin(), value.end());
    read_option(code, value, m);
  });
  if (!whole) m.malformed = true;
  return m;
}

const char* dhcpv6_name(uint8_t type) {
  static constexpr const char* kNames[] = {"message of unknown type",
                                           "SOLICIT",
                                           "ADVERTISE",
                                           "REQUEST",
                                           "CONFIRM",
                                           "RENEW",
                                           "REBIND",
                                           "REPLY",
                                           "RELEASE",
                                           "DECLINE",
                                           "RECONFIGURE",
                                           "INFORMATION-REQUEST",
                                           "RELAY-FORW",
                                           "RELAY-REPL"};
  return kNames[type < std::size(kNames) ? type : 0];
}

std::string dhcpv6_status_name(uint16_t code) {
  static constexpr const char* kNames[] = {"Success",   "UnspecFail",   "NoAddrsAvail", "NoBinding",
                                           "NotOnLink", "UseMulticast", "NoPrefixAvail"};
  return code < std::size(kNames) ? kNames[code] : "status " + std::to_string(code);
}

std::string duid_text(const Duid& duid) {
  if (duid.mac == 0) return hex_text(duid.bytes);
  return mac_text(duid.mac) + (duid.kind == Duid::kLinkLayer ? " (DUID-LL)" : " (DUID-LLT)");
}

std::string dhcpv6_info(const Dhcpv6Message& m) {
  std::string text = "DHCPv6 ";
  for (const Dhcpv6Message::Relay& relay : m.relays) {
    text += relay.reply ? "RELAY-REPL for " : "RELAY-FORW from ";
    text += net::to_string(relay.peer) + ": ";
  }
  text += dhcpv6_name(m.type);
  constexpr const char* kDigits = "0123456789abcdef";
  text += " xid 0x";
  for (int shift = 20; shift >= 0; shift -= 4) text += kDigits[m.xid >> shift & 15U];
  for (const auto& association : m.associations) {
    for (const auto& address : association.addresses) text += " " + address_info(address);
  }
  if (m.client.mac != 0) text += " client " + mac_text(m.client.mac);
  if (m.preference) text += " preference " + std::to_string(*m.preference);
  if (m.rapid_commit) text += " (rapid commit)";
  if (const auto* refused = m.refusal()) {
    text += " " + dhcpv6_status_name(refused->code);
    if (!refused->message.empty()) text += " \"" + refused->message + "\"";
  }
  if (m.malformed) text += ", malformed option";
  return text;
}

}  // namespace hoplab::journey
