// Name servers that routers advertise (RDNSS, RFC 8106): the kernel passes the options it has no
// use for itself on to whoever listens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agents/common/net/ip_address.h"

struct nlmsghdr;

namespace hoplab::client {

struct Rdnss {
  int interface = 0;              // index
  uint32_t lifetime_seconds = 0;  // 0: no longer to be used
  std::vector<net::IpAddress> servers;
};

// Of a message of the group RTNLGRP_ND_USEROPT; nothing for another option, or one that is cut
// short.
std::optional<Rdnss> read_rdnss(const nlmsghdr* message);
// The option itself, from its type on. Pure.
std::optional<Rdnss> read_rdnss(std::span<const uint8_t> option);

}  // namespace hoplab::client
