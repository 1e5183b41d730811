#include "agents/web_server/render.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "agents/common/events/syslog.h"

namespace hoplab::agent::web_server {
namespace {

constexpr uint32_t kHttpPort = 80;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string render_configuration(const hoplab::v1::WebServerSpec& spec, uint32_t forced_status) {
  std::vector<std::string> addresses{spec.address()};
  if (!spec.address6().empty()) addresses.push_back(fmt::format("[{}]", spec.address6()));
  const uint32_t port = spec.port() != 0 ? spec.port() : kHttpPort;
  std::string server;
  for (const auto& address : addresses) server += fmt::format("    listen {}:{};\n", address, port);
  if (!spec.certificate().empty()) {
    for (const auto& address : addresses) {
      server += fmt::format("    listen {}:443 ssl http2;\n", address);
    }
    server += fmt::format(
        "    ssl_certificate {};\n    ssl_certificate_key {};\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n",
        kCertificate, kCertificate);
  }
  if (forced_status != 0) {
    server += fmt::format("    return {};\n", forced_status);
  } else {
    server += R"(    root /run/role/nginx/html;
    location = /healthz {
      access_log off;
      return 200 "ok\n";
    }
)";
  }
  return fmt::format(R"(daemon off;
user root;
worker_processes 1;
worker_shutdown_timeout 1s;
pid /run/role/nginx/nginx.pid;
error_log stderr warn;
events {{
  worker_connections 256;
}}
http {{
  client_body_temp_path /run/role/nginx/body;
  proxy_temp_path /run/role/nginx/proxy;
  fastcgi_temp_path /run/role/nginx/fastcgi;
  uwsgi_temp_path /run/role/nginx/uwsgi;
  scgi_temp_path /run/role/nginx/scgi;
  default_type "text/html; charset=utf-8";
  server_tokens off;
  map $http_user_agent $worth_telling {{
    default 1;
    hoplab-agent 0;
  }}
  log_format hoplab "hoplab\ttime=$msec\tclient=$remote_addr\tport=$remote_port\tmethod=$request_method\thost=$host\tpath=$request_uri\tstatus=$status\tbytes=$bytes_sent\tduration=$request_time\tforwarded_for=$http_x_forwarded_for";
  access_log syslog:server=unix:{},nohostname,tag=nginx hoplab if=$worth_telling;
  server {{
{}  }}
}}
)",
                     kLogSocket, server);
}

std::string render_page(const hoplab::v1::NodeSpec& spec) {
  const hoplab::v1::WebServerSpec& web = spec.web_server();
  if (!web.body().empty()) return web.body();
  const std::string site = escaped(web.names().empty() ? spec.node() : web.names(0));
  return fmt::format(R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{0}</title>
<style>
  body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}
  h1 {{ color: #0a7d3e; margin-bottom: 0 }}
  code {{ background: #eef3f0; padding: .1em .35em; border-radius: .25em }}
</style>
<h1>{0}</h1>
<p>You are here. This page was answered by the node <code>{1}</code> of the lab <code>{2}</code>.</p>
</html>
)",
                     site, escaped(spec.node()), escaped(spec.lab()));
}

std::optional<hoplab::v1::DaemonEvent> parse_log(std::string_view line) {
  const auto fields = parse_fields(line);
  if (!fields.contains("client") || !fields.contains("status")) return std::nullopt;
  const auto text = [&](std::string_view key) -> std::string {
    const auto found = fields.find(key);
    return found == fields.end() || found->second == "-" ? "" : found->second;
  };
  const auto number = [&](std::string_view key) {
    const std::string value = text(key);
    uint64_t result = 0;
    std::from_chars(value.data(), value.data() + value.size(), result);
    return result;
  };
  const auto seconds = [&](std::string_view key) {
    return std::strtod(text(key).c_str(), nullptr);
  };
  hoplab::v1::DaemonEvent event;
  event.set_daemon("nginx");
  event.set_time_ns(std::llround(seconds("time") * 1000.0) * 1'000'000);
  hoplab::v1::HttpEvent& http = *event.mutable_http();
  http.set_client_address(text("client"));
  http.set_client_port(static_cast<uint32_t>(number("port")));
  http.set_method(text("method"));
  http.set_host(text("host"));
  const std::string target = text("path");
  http.set_path(target.substr(0, target.find('?')));
  http.set_status(static_cast<uint32_t>(number("status")));
  http.set_bytes(number("bytes"));
  http.set_duration_us(std::llround(seconds("duration") * 1e6));
  http.set_forwarded_for(text("forwarded_for"));
  return event;
}

}  // namespace hoplab::agent::web_server
