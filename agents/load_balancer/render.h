// HAProxy's configuration from the intent; events from its log and back ends from its statistics.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent::load_balancer {

inline constexpr std::string_view kConfiguration = "/run/role/haproxy/haproxy.cfg";
inline constexpr std::string_view kCertificate = "/run/role/haproxy/site.pem";
inline constexpr std::string_view kAdminSocket = "/run/role/haproxy/admin.sock";
inline constexpr std::string_view kLogSocket = "/run/role/log.sock";

std::string render_configuration(const hoplab::v1::NodeSpec& node);

// Nothing when the line is not about a request.
std::optional<hoplab::v1::DaemonEvent> parse_log(std::string_view line);

// Servers of `show stat` (CSV). A status of "UP" before the first check is given as "CHECKING".
std::vector<hoplab::v1::BackendState> parse_statistics(std::string_view csv);

}  // namespace hoplab::agent::load_balancer
