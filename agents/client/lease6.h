// The same of DHCPv6: what dhclient -6 reports, and what it makes of the node's interface and
// resolv.conf. Routes are no matter of DHCPv6: routers advertise them.
#pragma once

#include <string_view>

#include "agents/client/lease.h"

namespace hoplab::client {

// Reasons of DHCPv6 end in a 6: BOUND6, RENEW6, RELEASE6.
inline bool is_dhcpv6(std::string_view reason) { return reason.ends_with('6'); }

hoplab::v1::LeaseEvent read_event6(const Environment& environment);
// By its reason; an address that is told with a valid lifetime of 0 is taken away (RFC 8415,
// section 18.2.10.1).
Effect effect_of6(const hoplab::v1::LeaseEvent& event);

// The kernel has the lease's lifetimes. The address may not be used where another host turns out
// to have it: an error of kind kUnavailable, and the address is taken off again.
Status apply6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);
// The preferred lifetime is over: for connections that are there, not for new ones.
Status deprecate6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);
Status drop6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);
std::string missing6(const hoplab::v1::LeaseEvent& event, const netlink::Netlink& netlink);

// Until the interface has a link-local address to ask from; false when it took too long.
bool wait_for_link_local(const std::string& interface, const netlink::Netlink& netlink);

}  // namespace hoplab::client
