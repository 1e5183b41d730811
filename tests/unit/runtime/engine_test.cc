#include "controller/runtime/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "controller/runtime/errors.h"
#include "tests/unit/runtime/fake_engine.h"

namespace hoplab::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kVersion =
    R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})";

// Answers the version; everything else is the test's.
FakeEngine::Script with_version(FakeEngine::Script rest) {
  return [rest](const FakeRequest& request) {
    return request.line == "GET /version" ? FakeAnswer{.body = kVersion} : rest(request);
  };
}

std::unique_ptr<Engine> connected(const FakeEngine& fake) {
  auto engine = Engine::connect({.socket = fake.socket(), .deadline = 2s});
  EXPECT_TRUE(engine) << engine.error().what;
  return std::move(*engine);
}

TEST(EngineConnect, NoSocketSaysHowToStartDocker) {
  const auto engine = Engine::connect({.socket = "/nowhere/docker.sock"});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(engine.error().what, HasSubstr("Docker is not running"));
  EXPECT_THAT(engine.error().remedy, HasSubstr("start"));
}

TEST(EngineConnect, APathTooLongForASocketIsAnErrorNotACrash) {
  EXPECT_FALSE(Engine::connect({.socket = "/" + std::string(200, 'x')}));
}

TEST(EngineConnect, NoPermissionSaysSudoOrGroup) {
  const auto error = transport_error("reach Docker", "/var/run/docker.sock",
                                     std::make_error_code(std::errc::permission_denied));
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.remedy, HasSubstr("sudo"));
}

TEST(EngineConnect, AnotherMachinesDockerIsRefused) {
  ::setenv("DOCKER_HOST", "tcp://192.0.2.1:2375", 1);
  const auto engine = Engine::connect();
  ::unsetenv("DOCKER_HOST");
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(engine.error().what, HasSubstr("tcp://192.0.2.1:2375"));
}

TEST(EngineConnect, DockerHostIsHonoured) {
  FakeEngine fake(with_version({}));
  ::setenv("DOCKER_HOST", ("unix://" + fake.socket()).c_str(), 1);
  const auto engine = Engine::connect();
  ::unsetenv("DOCKER_HOST");
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine)->version().engine, "20.10.24");
}

TEST(EngineConnect, SpeaksTheOldestVersionANewEngineKnows) {
  FakeEngine fake([](const FakeRequest&) {
    return FakeAnswer{.body = R"({"Version":"29","ApiVersion":"1.52","MinAPIVersion":"1.44"})"};
  });
  EXPECT_EQ(connected(fake)->version().api, "1.44");
}

TEST(EngineConnect, TooOldAnEngineIsRefused) {
  FakeEngine fake([](const FakeRequest&) {
    return FakeAnswer{.body = R"({"Version":"17.3","ApiVersion":"1.9","MinAPIVersion":"1.1"})"};
  });
  const auto engine = Engine::connect({.socket = fake.socket()});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().kind, ErrorKind::kEnvironment);
}

TEST(Engine, AContainerIsThreeRequestsOnOneConnection) {
  FakeEngine fake(with_version([](const FakeRequest& request) {
    if (request.line.ends_with("/start")) return FakeAnswer{.status = 204, .body = ""};
    if (request.line.starts_with("POST"))
      return FakeAnswer{.status = 201, .body = R"({"Id":"c1"})"};
    return FakeAnswer{.body = R"({"Id":"c1","Name":"/n","State":{"Status":"running","Pid":42,
      "StartedAt":"2026-01-02T03:04:05.5Z"},"Config":{"Image":"i","Labels":{"a":"b"}}})"};
  }));
  const auto engine = connected(fake);
  const auto made = engine->create_and_start({.name = "n",
                                              .image = "i",
                                              .hostname = "h",
                                              .entrypoint = {"/agent"},
                                              .environment = {},
                                              .capabilities = {"NET_ADMIN"},
                                              .mounts = {},
                                              .sysctls = {},
                                              .labels = {}});
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->name, "n");
  EXPECT_EQ(made->pid, 42);
  EXPECT_EQ(made->started_ns, 1'767'323'045'500'000'000);
  const auto asked = fake.requests();
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_EQ(asked[1].line, "POST /v1.41/containers/create?name=n");
  EXPECT_EQ(asked[2].line, "POST /v1.41/containers/c1/start");
  EXPECT_EQ(asked[3].line, "GET /v1.41/containers/c1/json");
  for (const auto& request : asked) EXPECT_EQ(request.connection, 1);
  for (const char* part :
       {R"("NetworkMode":"none")", R"("CapDrop":["ALL"])", R"("CapAdd":["NET_ADMIN"])",
        R"("SecurityOpt":["no-new-privileges"])", R"("LogConfig":{"Type":"none"})",
        R"("Init":false)", R"("RestartPolicy":{"Name":"no"})", R"("StopSignal":"SIGTERM")",
        R"("Privileged":false)", R"("Entrypoint":["/agent"])"}) {
    EXPECT_THAT(asked[1].body, HasSubstr(part));
  }
}

TEST(Engine, WhatCannotStartIsRemovedAgain) {
  FakeEngine fake(with_version([](const FakeRequest& request) {
    if (request.line.ends_with("/start")) {
      return FakeAnswer{.status = 500,
                        .body = R"({"message":"write /x: no space left on device"})"};
    }
    if (request.line.starts_with("POST"))
      return FakeAnswer{.status = 201, .body = R"({"Id":"c1"})"};
    return FakeAnswer{.status = 204, .body = ""};
  }));
  const auto engine = connected(fake);
  const auto made = engine->create_and_start({.name = "n", .image = "i", .hostname = {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(made.error().remedy, HasSubstr("disk"));
  EXPECT_EQ(fake.requests().back().line, "DELETE /v1.41/containers/n?force=1&v=1");
}

TEST(Engine, RemovalByAnotherIsWaitedFor) {
  FakeEngine fake(with_version([](const FakeRequest& request) {
    if (request.line.starts_with("DELETE")) {
      return FakeAnswer{.status = 409,
                        .body = R"({"message":"removal of container n is already in progress"})"};
    }
    return FakeAnswer{.status = 404, .body = R"({"message":"No such container: n"})"};
  }));
  EXPECT_TRUE(connected(fake)->remove("n"));
  EXPECT_EQ(fake.requests().back().line, "POST /v1.41/containers/n/wait?condition=removed");
}

TEST(Engine, SettleWaitsForAReservedNameToAppear) {
  int creates = 0;
  FakeEngine fake(with_version([&creates](const FakeRequest& request) {
    if (request.line.find("/images/json") != std::string::npos) {
      return FakeAnswer{.body = R"([{"Id":"sha256:1","RepoTags":["<none>:<none>"]}])"};
    }
    if (request.line.starts_with("POST")) {
      if (++creates == 4) return FakeAnswer{.status = 201, .body = R"({"Id":"ours"})"};
      return FakeAnswer{.status = 409, .body = R"({"message":"name is already in use"})"};
    }
    if (request.line.starts_with("GET") && creates < 3) {
      return FakeAnswer{.status = 404, .body = R"({"message":"No such container"})"};
    }
    if (request.line.starts_with("GET")) {
      return FakeAnswer{.body = R"({"Id":"late","Config":{"Labels":{"hoplab.lab":"l"}}})"};
    }
    return FakeAnswer{.status = 204, .body = ""};
  }));
  const Status settled = connected(fake)->settle("n");
  ASSERT_TRUE(settled) << settled.error().what;
  std::vector<std::string> verbs;
  for (const auto& request : fake.requests()) {
    verbs.push_back(request.line.substr(0, request.line.find(' ')));
  }
  EXPECT_THAT(verbs, ::testing::ElementsAre("GET", "GET",             // version, images
                                            "POST", "GET",            // reserved, not visible
                                            "POST", "GET",            // still not
                                            "POST", "GET", "DELETE",  // visible: removed
                                            "POST", "DELETE"));       // ours: nobody else's is left
  EXPECT_THAT(fake.requests()[2].body, HasSubstr(R"("Image":"sha256:1")"));
}

TEST(Engine, NonsenseIsAnErrorNotACrash) {
  for (const char* body : {"", "[]", "null", "{", R"({"Id":5})", "\xff\xfe", "[[[[[["}) {
    FakeEngine fake(with_version([&](const FakeRequest&) { return FakeAnswer{.body = body}; }));
    const auto engine = connected(fake);
    EXPECT_FALSE(engine->inspect("n")) << body;
    (void)engine->list("a", "b");
    (void)engine->image("i");
  }
}

TEST(Engine, RefusalsHaveKindAndRemedy) {
  const auto taken = engine_error("create container a", 409,
                                  R"({"message":"The container name \"/a\" is already in use"})");
  EXPECT_EQ(taken.kind, ErrorKind::kInvalid);
  EXPECT_THAT(taken.remedy, HasSubstr("docker rm -f"));
  const auto missing = engine_error("create container a", 404, R"({"message":"No such image: x"})");
  EXPECT_EQ(missing.kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.what, "create container a: No such image: x");
  EXPECT_EQ(engine_error("x", 500, "").what, "x: HTTP status 500");
}

TEST(EngineWatch, DeliversEventsAndComesBackAfterTheEngineWasGone) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  const std::string event =
      R"({"Action":"die","Actor":{"ID":"c1","Attributes":{"name":"n","hoplab.lab":"l"}}})"
      "\n";
  FakeEngine fake(with_version([&](const FakeRequest&) {
    // In two pieces, then the connection ends, as when dockerd is restarted.
    return FakeAnswer{.close = true, .pieces = {event.substr(0, 20), event.substr(20)}};
  }));
  const auto engine = connected(fake);
  auto unwatch = engine->watch("hoplab.lab", "l", [&](const ContainerEvent& happened) {
    const std::lock_guard lock(mutex);
    seen.push_back(happened.action + " " + happened.name + " " + happened.id);
    changed.notify_all();
  });
  ASSERT_TRUE(unwatch) << unwatch.error().what;
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, 5s, [&] { return seen.size() >= 2; }));
    EXPECT_EQ(seen.front(), "die n c1");
  }
  (*unwatch)();
  EXPECT_THAT(fake.requests()[1].line, HasSubstr("hoplab.lab%3Dl"));
}

TEST(EngineWatch, RefusalIsReported) {
  FakeEngine fake(with_version([](const FakeRequest&) {
    return FakeAnswer{.status = 400, .body = R"({"message":"invalid filter"})"};
  }));
  const auto unwatch = connected(fake)->watch("a", "b", [](const ContainerEvent&) {});
  ASSERT_FALSE(unwatch);
  EXPECT_THAT(unwatch.error().what, HasSubstr("invalid filter"));
}

}  // namespace
}  // namespace hoplab::runtime
