// One netlink request under construction, and the one owner of its buffer.
//
// Used by one thread. Running out of space is remembered and reported when the message is sent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"

struct nl_msg;
struct nlmsghdr;

namespace hoplab::netlink {

class Message {
 public:
  // type: RTM_NEWLINK and its like; flags: NLM_F_*, NLM_F_REQUEST is added.
  Message(int type, int flags);

  // The fixed header of the family (ifinfomsg, rtmsg, tcmsg, …).
  template <typename Header>
  Message& header(const Header& value) {
    static_assert(std::is_trivially_copyable_v<Header>);
    append(&value, sizeof(value));
    return *this;
  }
  template <typename Value>
  requires std::is_trivially_copyable_v<Value> Message& put(int attribute, const Value& value) {
    put_bytes(attribute, {reinterpret_cast<const uint8_t*>(&value), sizeof(value)});
    return *this;
  }
  // In network byte order, 4 or 16 bytes.
  Message& put_address(int attribute, const net::IpAddress& address);
  Message& put_mac(int attribute, const net::Mac& mac);
  Message& put_string(int attribute, std::string_view text);
  Message& put_bytes(int attribute, std::span<const uint8_t> bytes);
  // Attributes put by `body` become the content of one nested attribute.
  template <typename Body>
  Message& nest(int attribute, Body&& body) {
    void* const start = begin_nest(attribute);
    body(*this);
    end_nest(start);
    return *this;
  }

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] nl_msg* get() const { return message_.get(); }
  [[nodiscard]] nlmsghdr* raw() const;

 private:
  void append(const void* data, size_t size);
  void* begin_nest(int attribute);
  void end_nest(void* start);

  struct Free {
    void operator()(nl_msg* message) const noexcept;
  };
  std::unique_ptr<nl_msg, Free> message_;
  bool complete_ = true;
};

}  // namespace hoplab::netlink
