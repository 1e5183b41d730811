// nginx's configuration and page from the intent, and events from its access log. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent::web_server {

inline constexpr std::string_view kConfiguration = "/run/role/nginx/nginx.conf";
inline constexpr std::string_view kPage = "/run/role/nginx/html/index.html";
inline constexpr std::string_view kCertificate = "/run/role/nginx/site.pem";
inline constexpr std::string_view kLogSocket = "/run/role/log.sock";

// `forced_status`: 0, or what every request is answered with, health checks included.
std::string render_configuration(const hoplab::v1::WebServerSpec& spec, uint32_t forced_status);
std::string render_page(const hoplab::v1::NodeSpec& spec);

// Nothing when the line is not one of the access log.
std::optional<hoplab::v1::DaemonEvent> parse_log(std::string_view line);

}  // namespace hoplab::agent::web_server
