#include "agents/load_balancer/render.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "agents/common/events/syslog.h"
#include "agents/common/net/balancer_ports.h"

namespace hoplab::agent::load_balancer {
namespace {

// One field a key; a tab within a value is written by HAProxy as #09.
constexpr std::string_view kLogFormat =
    R"("hoplab\ttime=%Ts.%ms\tclient=%ci\tclient_port=%cp\tfrontend=%f\tbackend=%b\tserver=%s)"
    R"(\tsource=%[var(txn.source)]\tsource_port=%[var(txn.source_port)]\tserver_address=%si)"
    R"(\tserver_port=%sp\tmethod=%HM\tpath=%[var(txn.path)]\thost=%[var(txn.host)]\tstatus=%ST)"
    R"(\ttermination=%ts\tretries=%rc\ttls_version=%sslv\ttls_cipher=%sslc\tqueue=%Tw\tconnect=%Tc)"
    R"(\tresponse=%Tr\ttotal=%Ta\tbytes=%B")";

std::vector<std::string_view> columns(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string render_configuration(const hoplab::v1::NodeSpec& node) {
  const hoplab::v1::LoadBalancerSpec& spec = node.load_balancer();
  std::string servers;
  const auto count = static_cast<size_t>(spec.backends_size());
  for (size_t n = 0; n < count; ++n) {
    const auto& backend = spec.backends(static_cast<int>(n));
    std::string source;
    if (const auto from = net::balancer_source(node, backend.address())) {
      const net::PortRange ports = net::balancer_ports(n, count);
      source = from->is_v6() ? fmt::format("source [{}]:", net::to_string(*from))
                             : fmt::format("source {}:", net::to_string(*from));
      source += fmt::format("{}-{} ", ports.first, ports.last);
    }
    servers += fmt::format("  server {} {}:{} {}check\n", backend.node(), backend.address(),
                           backend.port() != 0 ? backend.port() : 80, source);
  }
  std::string binds;
  for (const std::string& address : {spec.address(), spec.address6()}) {
    if (!address.empty()) binds += fmt::format("  bind {}:80\n", address);
  }
  for (const std::string& address : {spec.address(), spec.address6()}) {
    if (address.empty() || spec.certificate().empty()) continue;
    binds += fmt::format("  bind {}:443 ssl crt {} alpn h2,http/1.1\n", address, kCertificate);
  }
  return fmt::format(R"(global
  log {} format raw local0 info
  stats socket {} mode 600 level admin
  hard-stop-after 1s
  nbthread 1
  maxconn 1000
  max-spread-checks 1ms
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  log global
  option http-server-close
  option forwardfor
  option redispatch
  retries 2
  timeout connect 2s
  timeout queue 2s
  timeout server 10s
  timeout client 30s
  timeout http-request 10s
  timeout http-keep-alive 10s

frontend site
{}  http-request set-var(txn.host) req.hdr(host)
  http-request set-var(txn.path) path
  http-response set-var(txn.source) bc_src
  http-response set-var(txn.source_port) bc_src_port
  log-format {}
  default_backend servers

backend servers
  balance {}
  option httpchk
  http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host {} hdr User-Agent haproxy-check
  http-check expect status 200
  default-server inter 1s fastinter 250ms downinter 500ms fall 2 rise 1
{})",
                     kLogSocket, kAdminSocket, binds, kLogFormat,
                     spec.algorithm().empty() ? "roundrobin" : spec.algorithm(),
                     spec.names().empty() ? spec.address() : spec.names(0), servers);
}

std::optional<hoplab::v1::DaemonEvent> parse_log(std::string_view line) {
  const auto fields = parse_fields(line);
  if (!fields.contains("client") || !fields.contains("termination")) return std::nullopt;
  const auto text = [&](std::string_view key) -> std::string {
    const auto found = fields.find(key);
    return found == fields.end() || found->second == "-" ? "" : found->second;
  };
  const auto number = [&](std::string_view key) {
    const std::string value = text(key);
    int64_t result = 0;
    // "+1": HAProxy marks the retries that ended at another server.
    const size_t sign = value.starts_with('+') ? 1 : 0;
    std::from_chars(value.data() + sign, value.data() + value.size(), result);
    return result;
  };
  const auto count = [&](std::string_view key) {
    return static_cast<uint32_t>(std::max<int64_t>(number(key), 0));
  };
  hoplab::v1::DaemonEvent event;
  event.set_daemon("haproxy");
  const std::string time = text("time");  // seconds.milliseconds
  const size_t dot = time.find('.');
  int64_t seconds = 0;
  int64_t milliseconds = 0;
  if (dot != std::string::npos) {
    std::from_chars(time.data(), time.data() + dot, seconds);
    std::from_chars(time.data() + dot + 1, time.data() + time.size(), milliseconds);
  }
  event.set_time_ns(seconds * 1'000'000'000 + milliseconds * 1'000'000);
  hoplab::v1::ProxyEvent& proxy = *event.mutable_proxy();
  proxy.set_client_address(text("client"));
  proxy.set_client_port(count("client_port"));
  proxy.set_frontend(text("frontend"));
  proxy.set_backend(text("backend"));
  const std::string server = text("server");
  if (server != "<NOSRV>") proxy.set_server(server);
  proxy.set_source_address(text("source"));
  proxy.set_source_port(count("source_port"));
  proxy.set_server_address(text("server_address"));
  proxy.set_server_port(count("server_port"));
  proxy.set_method(text("method"));
  proxy.set_path(text("path"));
  proxy.set_host(text("host"));
  proxy.set_status(count("status"));
  // "--" is a normal end, so a dash is a value here.
  if (const auto word = fields.find("termination"); word != fields.end()) {
    proxy.set_termination(word->second);
  }
  proxy.set_retries(count("retries"));
  proxy.set_tls_version(text("tls_version"));
  proxy.set_tls_cipher(text("tls_cipher"));
  proxy.set_queue_ms(number("queue"));
  proxy.set_connect_ms(number("connect"));
  proxy.set_response_ms(number("response"));
  proxy.set_total_ms(number("total"));
  proxy.set_bytes(count("bytes"));
  return event;
}

std::vector<hoplab::v1::BackendState> parse_statistics(std::string_view csv) {
  std::vector<hoplab::v1::BackendState> states;
  std::map<std::string_view, size_t> index;
  while (!csv.empty()) {
    const size_t end = csv.find('\n');
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (line.starts_with("# ")) {
      const auto names = columns(line.substr(2));
      for (size_t i = 0; i < names.size(); ++i) index[names[i]] = i;
      continue;
    }
    const auto fields = columns(line);
    const auto field = [&](std::string_view name) -> std::string {
      const auto found = index.find(name);
      if (found == index.end() || found->second >= fields.size()) return {};
      return std::string(fields[found->second]);
    };
    constexpr std::string_view kServer = "2";
    if (field("type") != kServer) continue;
    auto& state = states.emplace_back();
    state.set_node(field("svname"));
    std::string check = field("check_status");
    const bool running = check.starts_with("* ");  // a check is under way; this is the one before
    if (running) check.erase(0, 2);
    const bool checked = !check.empty() && check != "INI" && check != "UNK";
    state.set_status(checked ? field("status") : "CHECKING");
    if (checked) {
      const std::string code = field("check_code");
      state.set_check(code.empty() ? check : check + "/" + code);
    }
  }
  return states;
}

}  // namespace hoplab::agent::load_balancer
