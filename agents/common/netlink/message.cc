#include "agents/common/netlink/message.h"

#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <string>

namespace hoplab::netlink {
namespace {
constexpr size_t kCapacity = 16384;
}

void Message::Free::operator()(nl_msg* message) const noexcept { nlmsg_free(message); }

Message::Message(int type, int flags) : message_(nlmsg_alloc_size(kCapacity)) {
  complete_ = message_ && nlmsg_put(message_.get(), NL_AUTO_PORT, NL_AUTO_SEQ, type, 0,
                                    flags | NLM_F_REQUEST) != nullptr;
}

nlmsghdr* Message::raw() const { return nlmsg_hdr(message_.get()); }

void Message::append(const void* data, size_t size) {
  if (complete_) {
    complete_ = nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) == 0;
  }
}

Message& Message::put_bytes(int attribute, std::span<const uint8_t> bytes) {
  if (complete_) {
    complete_ =
        nla_put(message_.get(), attribute, static_cast<int>(bytes.size()), bytes.data()) == 0;
  }
  return *this;
}

Message& Message::put_address(int attribute, const net::IpAddress& address) {
  if (address.is_v4()) return put(attribute, htonl(address.v4().value));
  return put_bytes(attribute, net::octets_of(address));
}

Message& Message::put_mac(int attribute, const net::Mac& mac) {
  return put_bytes(attribute, mac.bytes);
}

Message& Message::put_string(int attribute, std::string_view text) {
  if (complete_) {
    complete_ = nla_put_string(message_.get(), attribute, std::string(text).c_str()) == 0;
  }
  return *this;
}

void* Message::begin_nest(int attribute) {
  if (!complete_) return nullptr;
  nlattr* const start = nla_nest_start(message_.get(), attribute);
  complete_ = start != nullptr;
  return start;
}

void Message::end_nest(void* start) {
  if (start != nullptr) nla_nest_end(message_.get(), static_cast<nlattr*>(start));
}

}  // namespace hoplab::netlink
