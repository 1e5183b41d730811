// Which addresses and names a lab may use.
#pragma once

#include <string>
#include <string_view>

#include "agents/common/net/address.h"
#include "agents/common/net/ip_address.h"

namespace hoplab::topology {

// Inside a private, shared, documentation or benchmark range (RFC 1918, 6598, 5737, 2544).
bool lab_range(const net::Prefix& prefix);
// What to write instead of a public address.
std::string lab_range_hint();

// The same of IPv6: documentation and unique local addresses (RFC 3849, 9637, 4193).
bool lab_range6(const net::IpPrefix& prefix);
std::string lab_range6_hint();
// Why an address that is of no lab range is none for a lab: "a link-local address".
std::string_view unfit(const net::IpAddress& address);

// Lower-case letters, digits and inner hyphens, at most `longest` characters.
bool valid_label(std::string_view text, size_t longest);
// The nearest valid label; empty when nothing is left of the text.
std::string as_label(std::string_view text, size_t longest);

// A domain name in presentation form without escapes: "www.example.test" or with the final dot.
// "." is the root. Underscores and a leading "*." label are allowed.
bool valid_domain(std::string_view text);
// Lower case, with the final dot.
std::string fully_qualified(std::string_view text);

bool valid_interface_name(std::string_view text);

}  // namespace hoplab::topology
