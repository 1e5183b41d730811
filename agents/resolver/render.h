// Unbound's configuration from the intent, and names from a dump of its cache. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent::resolver {

inline constexpr std::string_view kConfiguration = "/run/role/unbound/unbound.conf";
inline constexpr std::string_view kRootHints = "/run/role/unbound/root.hints";
inline constexpr std::string_view kControlSocket = "/run/role/unbound/control.sock";
inline constexpr std::string_view kDnstapSocket = "/run/role/dnstap.sock";

// `broken`: every question of a client is answered SERVFAIL, because the only server to ask is one
// that must not be asked.
std::string render_configuration(const hoplab::v1::ResolverSpec& spec, bool broken);
std::string render_root_hints(const hoplab::v1::ResolverSpec& spec);

// A, NS and CNAME records of `unbound-control dump_cache`, at most `limit`.
std::vector<hoplab::v1::CachedName> read_cache(std::string_view dump, size_t limit);
// The same of `unbound-control list_local_data`, without what is in every Unbound (RFC 6303,
// RFC 6761).
std::vector<hoplab::v1::LocalName> read_local_data(std::string_view list);

}  // namespace hoplab::agent::resolver
