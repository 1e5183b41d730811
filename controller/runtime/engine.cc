#include "controller/runtime/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "controller/runtime/errors.h"
#include "controller/runtime/events.h"
#include "controller/runtime/json_text.h"

namespace hoplab::runtime {
namespace {

constexpr const char* kSpoken = "1.41";
constexpr std::chrono::milliseconds kVersionDeadline{10'000};

Result<std::string> socket_path(const EngineOptions& options) {
  if (!options.socket.empty()) return options.socket;
  const char* host = std::getenv("DOCKER_HOST");
  if (host == nullptr || *host == '\0') return "/var/run/docker.sock";
  constexpr std::string_view scheme = "unix://";
  if (!std::string_view(host).starts_with(scheme)) {
    return fail(
        ErrorKind::kEnvironment,
        fmt::format("use DOCKER_HOST={}: hoplab needs the Docker Engine of this machine", host),
        "unset DOCKER_HOST, or set it to unix:///var/run/docker.sock");
  }
  return std::string(host + scheme.size());
}

// "1.41" < "1.9" as text, not as versions.
std::pair<int, int> number(const std::string& api) {
  char* rest = nullptr;
  const auto major = static_cast<int>(std::strtol(api.c_str(), &rest, 10));
  const auto minor = *rest == '.' ? static_cast<int>(std::strtol(rest + 1, nullptr, 10)) : 0;
  return {major, minor};
}

std::string container_path(const std::string& name, std::string_view rest) {
  return fmt::format("/containers/{}{}", percent_encode(name), rest);
}

std::string label_filter(const std::string& label, const std::string& value) {
  return value.empty() ? label : label + "=" + value;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::connect(const EngineOptions& options) {
  auto socket = socket_path(options);
  if (!socket) return std::unexpected(socket.error());
  auto http = std::make_shared<HttpClient>(*socket);
  const auto answer = http->call("GET", "/version", {}, kVersionDeadline);
  if (!answer) {
    Error error = answer.error();
    error.what = "reach Docker: " + error.what.substr(error.what.find(": ") + 2);
    return std::unexpected(std::move(error));
  }
  if (answer->status != 200) {
    return std::unexpected(
        engine_error("ask Docker for its version", answer->status, answer->body));
  }
  const std::string newest = json_member(answer->body, "ApiVersion");
  const std::string oldest = json_member(answer->body, "MinAPIVersion");
  if (number(newest) < number(kSpoken)) {
    return fail(ErrorKind::kEnvironment,
                fmt::format("Docker Engine {} speaks API {}, hoplab needs {}",
                            json_member(answer->body, "Version"), newest, kSpoken),
                "upgrade Docker to 20.10 or later: apt-get install docker.io");
  }
  EngineVersion version{.engine = json_member(answer->body, "Version"),
                        .api = number(oldest) > number(kSpoken) ? oldest : kSpoken};
  return std::unique_ptr<Engine>(new Engine(std::move(http), std::move(version), options));
}

Engine::Engine(std::shared_ptr<HttpClient> http, EngineVersion version, EngineOptions options)
    : http_(std::move(http)), version_(std::move(version)), options_(std::move(options)) {}

std::string Engine::path(std::string_view rest) const {
  return fmt::format("/v{}{}", version_.api, rest);
}

Result<HttpResponse> Engine::ask(const std::string& attempted, std::string_view method,
                                 std::string_view rest, std::string_view body,
                                 std::initializer_list<int> expected) {
  auto answer = http_->call(method, path(rest), body, options_.deadline);
  if (!answer) {
    Error error = answer.error();
    error.what = attempted + ": " + error.what.substr(error.what.find(": ") + 2);
    return std::unexpected(std::move(error));
  }
  if (answer->status >= 400 && std::ranges::find(expected, answer->status) == expected.end()) {
    return std::unexpected(engine_error(attempted, answer->status, answer->body));
  }
  return answer;
}

Result<Container> Engine::create_and_start(const ContainerSpec& spec) {
  const std::string attempted = "create container " + spec.name;
  const auto created = ask(
      attempted, "POST", "/containers/create?name=" + percent_encode(spec.name), create_body(spec));
  if (!created) return std::unexpected(created.error());
  auto container = started("start container " + spec.name, json_member(created->body, "Id"));
  if (!container) {
    // What cannot start does not stay; the reason it could not is worth more than this one's.
    (void)remove(spec.name);
  }
  return container;
}

Result<Container> Engine::started(const std::string& attempted, const std::string& id) {
  const auto answer = ask(attempted, "POST", container_path(id, "/start"));
  if (!answer) return std::unexpected(answer.error());
  const auto details = ask(attempted, "GET", container_path(id, "/json"));
  if (!details) return std::unexpected(details.error());
  auto container = parse_container(details->body);
  if (container && container->pid == 0) {
    return fail(ErrorKind::kInternal, fmt::format("{}: it ended at once, exit code {}", attempted,
                                                  exit_code(details->body)));
  }
  return container;
}

Result<Container> Engine::start(const std::string& name) {
  return started("start container " + name, name);
}

Result<Container> Engine::resume(const std::string& name) {
  const auto answer = ask("resume container " + name, "POST", container_path(name, "/unpause"));
  if (!answer) return std::unexpected(answer.error());
  return inspect(name);
}

Status Engine::stop(const std::string& name, std::chrono::milliseconds grace) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(grace).count();
  const auto answer = ask("stop container " + name, "POST",
                          container_path(name, fmt::format("/stop?t={}", seconds)));
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Status Engine::remove(const std::string& name) {
  const auto answer = ask("remove container " + name, "DELETE",
                          container_path(name, "?force=1&v=1"), {}, {404, 409});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 409) return wait_until_gone(name);  // somebody else is removing it
  return {};
}

Status Engine::wait_until_gone(const std::string& name) {
  const auto answer = ask("remove container " + name, "POST",
                          container_path(name, "/wait?condition=removed"), {}, {404});
  if (!answer) return std::unexpected(answer.error());
  return {};
}

// The engine reserves a name before a container of it can be seen. So to make one of that name
// ourselves is to ask: either we get it, and nobody else was making it, or we are told to wait.
Status Engine::settle(const std::string& name) {
  const std::string attempted = "settle container " + name;
  const auto images = ask(attempted, "GET", "/images/json");
  if (!images) return std::unexpected(images.error());
  const auto references = parse_image_references(images->body);
  if (!references) return std::unexpected(references.error());
  // Any image will do; by id, since an image may have no name.
  const auto any = references->lower_bound("sha256:");
  if (any == references->end() || !any->first.starts_with("sha256:")) {
    return {};  // nothing can be made without an image
  }
  const std::string body = placeholder_body(any->first);

  const auto until = std::chrono::steady_clock::now() + options_.deadline;
  while (std::chrono::steady_clock::now() < until) {
    const auto placeholder =
        ask(attempted, "POST", "/containers/create?name=" + percent_encode(name), body, {409});
    if (!placeholder) return std::unexpected(placeholder.error());
    if (placeholder->status != 409) return remove(name);

    const auto existing = inspect(name);
    if (existing) {
      if (!existing->labels.contains("hoplab.lab")) return {};
      if (Status removed = remove(name); !removed) return removed;
    } else if (existing.error().kind != ErrorKind::kNotFound) {
      return std::unexpected(existing.error());
    } else {
      // Reserved, not yet visible; the engine has no event for that, so ask again.
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return fail(ErrorKind::kTimeout, attempted + ": Docker is still making it",
              "try again; if it stays so, restart Docker");
}

Result<Container> Engine::inspect(const std::string& name) {
  const auto answer = ask("inspect container " + name, "GET", container_path(name, "/json"));
  if (!answer) return std::unexpected(answer.error());
  return parse_container(answer->body);
}

Result<std::vector<Container>> Engine::list(const std::string& label, const std::string& value) {
  const std::string query = filters({{"label", {label_filter(label, value)}}});
  const auto answer =
      ask("list containers", "GET", "/containers/json?all=1&filters=" + percent_encode(query));
  if (!answer) return std::unexpected(answer.error());
  return parse_container_list(answer->body);
}

Result<ImageConfig> Engine::image(const std::string& reference) {
  const auto answer = ask("inspect image " + reference, "GET",
                          fmt::format("/images/{}/json", percent_encode(reference)));
  if (!answer) return std::unexpected(answer.error());
  return parse_image(answer->body);
}

Result<std::function<void()>> Engine::watch(const std::string& label, const std::string& value,
                                            std::function<void(const ContainerEvent&)> callback) {
  const std::string query = filters({{"type", {"container"}},
                                     {"event", {"start", "die", "pause", "unpause", "destroy"}},
                                     {"label", {label_filter(label, value)}}});
  return follow_events(http_, path("/events?filters=" + percent_encode(query)),
                       std::move(callback));
}

}  // namespace hoplab::runtime
