#include <fmt/format.h>

#include <array>
#include <span>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/bgp.h"
#include "controller/journey/decode/listing.h"

namespace hoplab::journey {
namespace {

constexpr std::array kHeaderErrors = {"Connection Not Synchronized", "Bad Message Length",
                                      "Bad Message Type"};
constexpr std::array kOpenErrors = {"Unsupported Version Number", "Bad Peer AS",
                                    "Bad BGP Identifier",         "Unsupported Optional Parameter",
                                    "Authentication Failure",     "Unacceptable Hold Time",
                                    "Unsupported Capability"};
constexpr std::array kUpdateErrors = {"Malformed Attribute List",
                                      "Unrecognized Well-known Attribute",
                                      "Missing Well-known Attribute",
                                      "Attribute Flags Error",
                                      "Attribute Length Error",
                                      "Invalid ORIGIN Attribute",
                                      "AS Routing Loop",
                                      "Invalid NEXT_HOP Attribute",
                                      "Optional Attribute Error",
                                      "Invalid Network Field",
                                      "Malformed AS_PATH"};
constexpr std::array kStateErrors = {"Unexpected Message in OpenSent",
                                     "Unexpected Message in OpenConfirm",
                                     "Unexpected Message in Established"};
constexpr std::array kCease = {"Maximum Number of Prefixes Reached",
                               "Administrative Shutdown",
                               "Peer De-configured",
                               "Administrative Reset",
                               "Connection Rejected",
                               "Other Configuration Change",
                               "Connection Collision Resolution",
                               "Out of Resources",
                               "Hard Reset",
                               "BFD Down"};

std::span<const char* const> subcodes(uint8_t code) {
  switch (code) {
    case 1:
      return kHeaderErrors;
    case 2:
      return kOpenErrors;
    case 3:
      return kUpdateErrors;
    case 5:
      return kStateErrors;
    case 6:
      return kCease;
    default:
      return {};
  }
}

std::string prefixes_text(const std::vector<std::string>& prefixes) {
  std::string text;
  for (size_t i = 0; i < prefixes.size() && i < 3; ++i) append_item(text, prefixes[i]);
  if (prefixes.size() > 3) text += fmt::format(" and {} more", prefixes.size() - 3);
  return text;
}

std::string update_text(const BgpUpdate& u) {
  if (u.end_of_rib) return " end of RIB";
  std::string text;
  if (!u.withdrawn.empty()) text.append(" withdraws ").append(prefixes_text(u.withdrawn));
  if (!u.announced.empty()) text.append(" announces ").append(prefixes_text(u.announced));
  if (!u.as_path.empty()) text.append(" AS path ").append(u.as_path);
  if (!u.next_hop.empty()) text.append(" next hop ").append(u.next_hop);
  return text;
}

std::string message_text(const BgpMessage& m) {
  std::string text = bgp_type_name(m.type);
  if (!m.whole && m.malformed == nullptr) return text + " (goes on)";
  if (m.type == BgpMessage::kOpen) {
    text += fmt::format(" AS {} id {} hold {} s", m.open.asn, address_text(m.open.identifier),
                        m.open.hold_seconds);
  } else if (m.type == BgpMessage::kUpdate) {
    text += update_text(m.update);
  } else if (m.type == BgpMessage::kNotification) {
    text.append(" ").append(bgp_notification_name(m.notification.code, m.notification.subcode));
    if (!m.notification.reason.empty()) text += fmt::format(" \"{}\"", m.notification.reason);
  }
  if (m.malformed != nullptr) text += fmt::format(" (malformed: {})", m.malformed);
  return text;
}

}  // namespace

std::string bgp_type_name(uint8_t type) {
  static constexpr std::array kNames = {"OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE",
                                        "ROUTE-REFRESH"};
  return type >= 1 && type <= kNames.size() ? kNames[type - 1U] : fmt::format("type {}", type);
}

std::string bgp_notification_name(uint8_t code, uint8_t subcode) {
  static constexpr std::array kCodes = {"Message Header Error",       "OPEN Message Error",
                                        "UPDATE Message Error",       "Hold Timer Expired",
                                        "Finite State Machine Error", "Cease",
                                        "ROUTE-REFRESH Message Error"};
  std::string text =
      code >= 1 && code <= kCodes.size() ? kCodes[code - 1U] : fmt::format("code {}", code);
  const auto names = subcodes(code);
  if (subcode >= 1 && subcode <= names.size()) {
    text += fmt::format(": {}", names[subcode - 1U]);
  } else if (subcode != 0) {
    text += fmt::format(", subcode {}", subcode);
  }
  return text;
}

std::string bgp_info(Bytes stream) {
  const std::vector<BgpMessage> messages = decode_bgp(stream);
  if (messages.empty()) return "BGP continuation";
  std::string text;
  for (size_t i = 0; i < messages.size() && i < 4; ++i)
    append_item(text, message_text(messages[i]));
  if (messages.size() > 4) text += fmt::format(" and {} more", messages.size() - 4);
  return "BGP " + text;
}

}  // namespace hoplab::journey
