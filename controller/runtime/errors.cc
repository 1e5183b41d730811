#include "controller/runtime/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "controller/runtime/json_text.h"

namespace hoplab::runtime {
namespace {

constexpr const char* kInstall =
    "install Docker with: apt-get install docker.io, then start it with: systemctl start docker";
constexpr const char* kStart =
    "start it with: systemctl start docker, or without systemd: dockerd >/var/log/dockerd.log 2>&1 "
    "&";

bool installed() {
  for (const char* path : {"/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd"}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return true;
  }
  return false;
}

bool contains(std::string_view text, std::string_view words) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::ranges::search(text, words, same).begin() != text.end();
}

// Kinds of trouble that are told by the engine's words rather than by its status.
void explain(Error& error, std::string_view message) {
  if (contains(message, "no space left on device") || contains(message, "disk quota exceeded")) {
    error.kind = ErrorKind::kEnvironment;
    error.remedy =
        "the disk that holds /var/lib/docker is full: look with df -h /var/lib/docker, and free "
        "unused images with docker image prune";
  } else if (contains(message, "is too old. minimum supported api version") ||
             contains(message, "is too new. maximum supported api version")) {
    error.kind = ErrorKind::kEnvironment;
    error.remedy = "use a Docker Engine that speaks API version 1.41, which is 20.10 or later";
  } else if (contains(message, "no such image") || contains(message, "pull access denied")) {
    error.kind = ErrorKind::kNotFound;
    error.remedy = "hoplab up builds the images of its roles; other images: docker pull";
  } else if (contains(message, "bind source path does not exist")) {
    error.kind = ErrorKind::kInvalid;
    error.remedy = "create the path, or correct it";
  }
}

}  // namespace

Error transport_error(std::string_view attempted, std::string_view socket,
                      const std::error_code& code) {
  const auto text = [&](std::string_view why) { return fmt::format("{}: {}", attempted, why); };
  if (code == std::errc::no_such_file_or_directory || code == std::errc::connection_refused) {
    return {ErrorKind::kEnvironment,
            text(fmt::format("Docker is not running (nobody answers at {})", socket)),
            installed() ? kStart : kInstall};
  }
  if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted) {
    return {ErrorKind::kEnvironment, text(fmt::format("no permission to use {}", socket)),
            "run hoplab with sudo, or as a member of the group docker"};
  }
  if (code == std::errc::timed_out) {
    return {ErrorKind::kTimeout, text("Docker did not answer in time"),
            "look at its log: journalctl -u docker, or where dockerd's output goes"};
  }
  if (code == std::errc::operation_canceled) {
    return {ErrorKind::kInterrupted, text("interrupted"), {}};
  }
  return {ErrorKind::kUnavailable, text(fmt::format("Docker broke off: {}", code.message())),
          "look whether it is still running: hoplab doctor"};
}

Error engine_error(std::string_view attempted, std::string_view message) {
  Error error{ErrorKind::kInternal, fmt::format("{}: {}", attempted, message), {}};
  explain(error, message);
  return error;
}

Error engine_error(std::string_view attempted, int status, std::string_view body) {
  std::string message = json_member(body, "message");
  if (message.empty()) message = body.empty() ? fmt::format("HTTP status {}", status) : body;
  Error error{ErrorKind::kInternal, fmt::format("{}: {}", attempted, message), {}};
  if (status == 404) error.kind = ErrorKind::kNotFound;
  if (status == 400) error.kind = ErrorKind::kInvalid;
  if (status == 409) {
    error.kind = ErrorKind::kInvalid;
    if (contains(message, "is already in use")) {
      error.remedy =
          "another container has that name: remove it with docker rm -f, or choose "
          "another lab name with --lab";
    }
  }
  explain(error, message);
  return error;
}

}  // namespace hoplab::runtime
