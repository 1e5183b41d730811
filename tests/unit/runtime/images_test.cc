#include "controller/runtime/images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controller/runtime/image_plan.h"
#include "controller/runtime/lines.h"
#include "tests/unit/runtime/fake_engine.h"

namespace hoplab::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Images : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override { fs::remove_all(directory_); }
  void dockerfile(const std::string& role, const std::string& text) {
    fs::create_directories(directory_ / role);
    std::ofstream(directory_ / role / "Dockerfile") << text;
  }
  std::string tag_of(const std::string& role) {
    const auto planned = plan_images(directory_, {role});
    EXPECT_TRUE(planned) << planned.error().what;
    return planned->back().tag;
  }
  const fs::path directory_ =
      fs::temp_directory_path() / ("hoplab-images-test-" + std::to_string(::getpid()));
};

TEST_F(Images, ParentsComeFirstAndAreNamedExactly) {
  dockerfile("base", "# A comment.\nFROM debian:bookworm-slim\nRUN true\n");
  dockerfile("resolver", "FROM hoplab/base\nRUN unbound\n");
  dockerfile("gateway", "FROM hoplab/resolver\nRUN nft\n");
  const auto planned = plan_images(directory_, {"gateway", "base"});
  ASSERT_TRUE(planned) << planned.error().what;
  ASSERT_EQ(planned->size(), 3u);
  EXPECT_EQ((*planned)[0].name, "hoplab/base");
  EXPECT_EQ((*planned)[0].parent, "debian:bookworm-slim");
  EXPECT_FALSE((*planned)[0].parent_is_ours);
  EXPECT_EQ((*planned)[1].parent, (*planned)[0].reference());
  EXPECT_EQ((*planned)[2].name, "hoplab/gateway");
  EXPECT_EQ((*planned)[2].dockerfile, "FROM " + (*planned)[1].reference() + "\nRUN nft\n");
}

TEST_F(Images, ATagChangesWithItsFileAndWithItsParents) {
  dockerfile("base", "FROM debian:bookworm-slim\n");
  dockerfile("router", "FROM hoplab/base\nRUN frr\n");
  const std::string before = tag_of("router");
  EXPECT_EQ(before.size(), 12u);
  EXPECT_EQ(tag_of("router"), before);
  dockerfile("base", "FROM debian:bookworm-slim\nRUN more\n");
  const std::string after = tag_of("router");
  EXPECT_NE(after, before);
  dockerfile("router", "FROM hoplab/base\nRUN frr other\n");
  EXPECT_NE(tag_of("router"), after);
}

TEST_F(Images, WhatCannotBePlannedSaysWhy) {
  EXPECT_THAT(plan_images(directory_, {"nobody"}).error().what, HasSubstr("nobody/Dockerfile"));
  dockerfile("empty", "");
  EXPECT_THAT(plan_images(directory_, {"empty"}).error().what, HasSubstr("no FROM"));
  dockerfile("a", "FROM hoplab/b\n");
  dockerfile("b", "FROM hoplab/a\n");
  EXPECT_THAT(plan_images(directory_, {"a"}).error().what, HasSubstr("built upon itself"));
}

TEST_F(Images, TheOnesThatShipCanBePlanned) {
  std::set<std::string> roles;
  for (const auto& entry : fs::directory_iterator(fs::path(HOPLAB_SOURCE_DIR) / "docker")) {
    if (fs::exists(entry.path() / "Dockerfile")) roles.insert(entry.path().filename());
  }
  const auto planned = plan_images(fs::path(HOPLAB_SOURCE_DIR) / "docker", roles);
  ASSERT_TRUE(planned) << planned.error().what;
  EXPECT_EQ(planned->size(), roles.size());
  EXPECT_GE(roles.size(), 10u);
}

// An engine with two of three images, of which one's :latest is an older one.
FakeEngine::Script engine_with(std::string list, std::string build_answer) {
  return [list = std::move(list),
          build_answer = std::move(build_answer)](const FakeRequest& request) -> FakeAnswer {
    const auto has = [&](const char* part) { return request.line.find(part) != std::string::npos; };
    if (has("/version")) {
      return {.body = R"({"Version":"20","ApiVersion":"1.41","MinAPIVersion":"1.12"})"};
    }
    if (has("/images/json")) return {.body = list};
    if (has("/build")) return {.close = true, .pieces = {build_answer}};
    if (has("/tag")) return {.status = 201, .body = ""};
    return {.body = R"({"Id":"x","Config":{}})"};
  };
}

TEST_F(Images, OnlyTheMissingAreBuilt) {
  dockerfile("base", "FROM debian:bookworm-slim\n");
  dockerfile("router", "FROM hoplab/base\nRUN frr\n");
  dockerfile("client", "FROM hoplab/base\nRUN curl\n");
  const std::string base = "hoplab/base:" + tag_of("base");
  const std::string client = "hoplab/client:" + tag_of("client");
  FakeEngine fake(
      engine_with(R"([{"Id":"sha256:1","RepoTags":["hoplab/base:latest",")" + base + R"("]},
          {"Id":"sha256:2","RepoTags":[")" +
                      client + R"("]},
          {"Id":"sha256:3","RepoTags":["hoplab/client:latest"]}])",
                  "{\"stream\":\"Step 1/2 : FROM\\nStep 2/2\"}\n{\"stream\":\" : RUN\\n\"}\n"));
  const auto engine = Engine::connect({.socket = fake.socket()});
  ASSERT_TRUE(engine) << engine.error().what;
  std::vector<std::string> lines;
  const auto references = ensure_images(**engine, directory_, {"router", "client"},
                                        [&](const std::string& image, const std::string& line) {
                                          lines.push_back(image + "|" + line);
                                        });
  ASSERT_TRUE(references) << references.error().what;
  EXPECT_EQ(references->at("client"), client);
  EXPECT_EQ(references->at("base"), base);
  EXPECT_THAT(lines, ::testing::ElementsAre("hoplab/router|Step 1/2 : FROM",
                                            "hoplab/router|Step 2/2 : RUN"));
  int builds = 0;
  int tags = 0;
  for (const auto& request : fake.requests()) {
    if (request.line.find("/build?") != std::string::npos) {
      ++builds;
      EXPECT_THAT(request.line, HasSubstr("hoplab%2Frouter%3Alatest"));
      EXPECT_THAT(request.body, HasSubstr("FROM " + base + "\nRUN frr\n"));
      EXPECT_EQ(request.body.size() % 512, 0u);
    }
    if (request.line.find("/tag?") != std::string::npos) ++tags;
  }
  EXPECT_EQ(builds, 1);
  EXPECT_EQ(tags, 1) << "client's :latest was another image";
}

TEST_F(Images, AFailedBuildShowsWhatItSaidLast) {
  dockerfile("base", "FROM debian:bookworm-slim\nRUN apt-get update\n");
  FakeEngine fake(engine_with(
      "[]",
      "{\"stream\":\"Err:1 http://deb.debian.org bookworm InRelease\\n\"}\n"
      "{\"errorDetail\":{},\"error\":\"The command returned a non-zero code: 100\"}\n"));
  const auto engine = Engine::connect({.socket = fake.socket()});
  ASSERT_TRUE(engine);
  const auto references = ensure_images(**engine, directory_, {"base"}, {});
  ASSERT_FALSE(references);
  EXPECT_EQ(references.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(references.error().what, HasSubstr("non-zero code: 100"));
  EXPECT_THAT(references.error().what, HasSubstr("Err:1 http://deb.debian.org"));
  EXPECT_THAT(references.error().remedy, HasSubstr("deb.debian.org"));
}

TEST(Lines, OfWhatWasWrittenOverTheLastIsTold) {
  std::vector<std::string> seen;
  Lines lines([&](std::string_view line) { seen.emplace_back(line); });
  lines.add("(Reading database ... 5%\r(Reading dat");
  lines.add("abase ... done\nSetting up frr\r\n\nlast");
  lines.finish();
  EXPECT_EQ(seen,
            (std::vector<std::string>{"(Reading database ... done", "Setting up frr", "last"}));
}

}  // namespace
}  // namespace hoplab::runtime
