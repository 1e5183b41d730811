#include "agents/web_server/web_server.h"

#include <chrono>
#include <csignal>
#include <vector>

#include "agents/common/events/syslog.h"
#include "agents/common/net/address.h"
#include "agents/common/probe/settle.h"
#include "agents/common/probe/stream.h"
#include "agents/common/role/unmet.h"
#include "agents/web_server/processes.h"
#include "agents/web_server/render.h"

namespace hoplab::agent {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDaemon = "nginx";
constexpr const char* kPidFile = "/run/role/nginx/nginx.pid";
constexpr milliseconds kProbeTimeout{200};
constexpr milliseconds kSettleTimeout{3000};
constexpr unsigned kOk = 200;

class WebServer final : public Role {
 public:
  explicit WebServer(const hoplab::v1::NodeSpec& spec)
      : spec_(spec),
        address_(net::parse_ipv4(spec.web_server().address())),
        port_(
            static_cast<uint16_t>(spec.web_server().port() != 0 ? spec.web_server().port() : 80)) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override {
    std::vector<ConfigFile> files = {configuration(),
                                     {web_server::kPage, web_server::render_page(spec_)}};
    const auto& web = spec_.web_server();
    if (!web.certificate().empty()) {
      files.push_back({web_server::kCertificate, web.certificate() + web.private_key(), 0600});
    }
    return files;
  }

  [[nodiscard]] std::vector<Program> programs() const override {
    Program nginx;
    nginx.name = kDaemon;
    nginx.argv = {"/usr/sbin/nginx", "-c", std::string(web_server::kConfiguration), "-e", "stderr"};
    nginx.ready_file = kPidFile;
    return {nginx};
  }

  Status prepare(Host& host) override {
    if (!address_) return fail(ErrorKind::kInvalid, "a web server needs an address to listen on");
    if (log_) return {};
    auto receiver = SyslogReceiver::listen(web_server::kLogSocket, [&host](std::string_view line) {
      if (auto event = web_server::parse_log(line)) host.emit(std::move(*event));
    });
    if (!receiver) return std::unexpected(receiver.error());
    log_ = std::move(*receiver);
    return {};
  }

  std::vector<hoplab::v1::Condition> conditions(Host&) override {
    hoplab::v1::Condition condition;
    condition.set_name("page");
    const auto status = own_status();
    condition.set_ok(status && *status == kOk);
    if (!status) {
      say_unmet(condition, "condition.daemon_silent", {{"daemon", "nginx"}}, status.error().what);
    } else if (condition.ok()) {
      condition.set_detail("answers " + std::to_string(*status));
    } else {
      say_unmet(condition, "condition.page_status", {{"status", std::to_string(*status)}});
    }
    return {condition};
  }

  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault) override {
    if (!fault.has_web_status()) return Role::apply(host, fault);
    const uint32_t status = fault.web_status().status();
    if (status < 200 || status > 599) {
      return fail(ErrorKind::kInvalid, std::to_string(status) + " is not an HTTP status",
                  "take one from 200 to 599, for example 503");
    }
    faults_.push_back(fault);
    if (auto done = follow(host); !done) {
      faults_.pop_back();
      if (auto undone = follow(host); !undone) {
        return fail(ErrorKind::kInternal, done.error().what + "; and then " + undone.error().what);
      }
      return std::unexpected(done.error());
    }
    return std::string("nginx configuration");
  }

  Status undo(Host& host, const hoplab::v1::Fault& fault) override {
    const auto removed =
        std::erase_if(faults_, [&](const auto& held) { return held.id() == fault.id(); });
    return removed == 0 ? Status{} : follow(host);
  }

 private:
  [[nodiscard]] uint32_t forced_status() const {
    return faults_.empty() ? 0 : faults_.back().web_status().status();
  }
  [[nodiscard]] ConfigFile configuration() const {
    return {web_server::kConfiguration,
            web_server::render_configuration(spec_.web_server(), forced_status())};
  }
  [[nodiscard]] Result<unsigned> own_status() const {
    return probe::http_status(address_.value_or(net::Ipv4{}), port_, "/healthz", kProbeTimeout);
  }

  Status follow(Host& host) {
    if (auto written = host.write(configuration()); !written) return written;
    if (!host.program_running(kDaemon)) return {};
    // Old workers go on answering for some milliseconds beside the new ones.
    const std::vector<pid_t> before = web_server::workers(kPidFile);
    if (auto told = host.signal_program(kDaemon, SIGHUP); !told) return told;
    const unsigned wanted = forced_status() != 0 ? forced_status() : kOk;
    const bool settled = probe::settles(kSettleTimeout, [&] {
      if (web_server::any_alive(before)) return false;
      const auto status = own_status();
      return status && *status == wanted;
    });
    host.recheck();
    if (!settled) {
      return fail(ErrorKind::kTimeout, "nginx did not take its changed configuration in 3 s");
    }
    return {};
  }

  const hoplab::v1::NodeSpec spec_;
  const std::optional<net::Ipv4> address_;
  const uint16_t port_;
  std::vector<hoplab::v1::Fault> faults_;  // the last one wins
  std::unique_ptr<SyslogReceiver> log_;
};

}  // namespace

std::unique_ptr<Role> make_web_server(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<WebServer>(spec);
}

}  // namespace hoplab::agent
