// Kea's lease files (memfile), of either of its daemons: a journal, in which the last line about an
// address counts. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"

namespace hoplab::agent::dhcp_server {

// Where a field stands; the address is the first. `state` is the last that is read.
struct LeaseColumns {
  size_t mac = 0;
  size_t lifetime = 0;
  size_t expire = 0;  // seconds since the epoch
  size_t subnet = 0;
  size_t state = 0;  // 0: held
};

// Leases held at `now_ns`, by address; `complete` adds what the file does not tell, from the id of
// the subnet.
std::vector<hoplab::v1::Lease> read_lease_file(
    std::string_view csv, const LeaseColumns& columns, int64_t now_ns,
    const std::function<void(int64_t subnet, hoplab::v1::Lease& lease)>& complete);

}  // namespace hoplab::agent::dhcp_server
