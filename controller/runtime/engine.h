// The Docker Engine, over its Unix socket (DOCKER_HOST=unix://… is honoured), API version 1.41 or
// the oldest the engine still speaks. Starting a container is three requests; connections are kept.
// Thread-safe; verbs of many threads run at the same time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "controller/runtime/http.h"
#include "controller/runtime/runtime.h"

namespace hoplab::runtime {

struct EngineOptions {
  std::string socket;                          // empty: DOCKER_HOST, else /var/run/docker.sock
  std::chrono::milliseconds deadline{60'000};  // of one request
};

struct EngineVersion {
  std::string engine;  // "20.10.24"
  std::string api;     // what we speak with it: "1.41"
};

class Engine : public Runtime {
 public:
  // Asks for the version: kEnvironment with a remedy when Docker is not there or not for us.
  static Result<std::unique_ptr<Engine>> connect(const EngineOptions& options = {});

  Result<Container> create_and_start(const ContainerSpec& spec) override;
  Result<Container> start(const std::string& name) override;
  Result<Container> resume(const std::string& name) override;
  Status stop(const std::string& name, std::chrono::milliseconds grace) override;
  Status remove(const std::string& name) override;
  Status settle(const std::string& name) override;
  Result<Container> inspect(const std::string& name) override;
  Result<std::vector<Container>> list(const std::string& label, const std::string& value) override;
  Result<ImageConfig> image(const std::string& reference) override;
  Result<std::function<void()>> watch(const std::string& label, const std::string& value,
                                      std::function<void(const ContainerEvent&)> callback) override;

  [[nodiscard]] const EngineVersion& version() const { return version_; }
  // For images.h, which speaks of images rather than containers.
  [[nodiscard]] HttpClient& http() { return *http_; }
  [[nodiscard]] std::string path(std::string_view rest) const;  // "/v1.41" + rest

 private:
  Engine(std::shared_ptr<HttpClient> http, EngineVersion version, EngineOptions options);
  // The answer, or the Error of a status of 400 and more, except those that the caller expects.
  Result<HttpResponse> ask(const std::string& attempted, std::string_view method,
                           std::string_view rest, std::string_view body = {},
                           std::initializer_list<int> expected = {});
  Result<Container> started(const std::string& attempted, const std::string& id);
  Status wait_until_gone(const std::string& name);

  std::shared_ptr<HttpClient> http_;  // outlives the engine in a watch
  EngineVersion version_;
  EngineOptions options_;
};

}  // namespace hoplab::runtime
