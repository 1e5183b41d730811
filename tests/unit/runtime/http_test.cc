#include "controller/runtime/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/unit/runtime/fake_engine.h"

namespace hoplab::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Http, OneConnectionServesManyCalls) {
  FakeEngine engine([](const FakeRequest& request) { return FakeAnswer{.body = request.body}; });
  HttpClient client(engine.socket());
  for (const char* body : {"one", "two", "three"}) {
    const auto answer = client.call("POST", "/echo", body, 2s);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->body, body);
  }
  for (const auto& request : engine.requests()) EXPECT_EQ(request.connection, 1);
}

TEST(Http, AConnectionThatThePeerClosedIsNotUsedAgain) {
  FakeEngine engine([](const FakeRequest&) { return FakeAnswer{.close = true}; });
  HttpClient client(engine.socket());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.call("GET", "/", {}, 2s));
  EXPECT_EQ(engine.requests().back().connection, 3);
}

TEST(Http, ARestartedPeerIsReachedByTheNextCall) {
  const auto script = [](const FakeRequest&) { return FakeAnswer{}; };
  auto before = std::make_unique<FakeEngine>(script);
  const std::string path = before->socket();
  HttpClient client(path);
  ASSERT_TRUE(client.call("POST", "/", "a", 2s));
  before.reset();
  const FakeEngine after(script, path);
  const auto answer = client.call("POST", "/", "b", 2s);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(after.requests().size(), 1u);
}

TEST(Http, ThreadsDoNotWaitForEachOther) {
  // No call is answered before all eight have arrived.
  std::atomic<int> arrived = 0;
  FakeEngine engine([&](const FakeRequest&) {
    ++arrived;
    arrived.notify_all();
    for (int seen = arrived; seen < 8; seen = arrived) arrived.wait(seen);
    return FakeAnswer{};
  });
  HttpClient client(engine.socket());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(client.call("GET", "/", {}, 5s)); });
  }
}

TEST(Http, SilenceEndsAtTheDeadline) {
  FakeEngine engine([](const FakeRequest&) { return FakeAnswer{.silent = true}; });
  HttpClient client(engine.socket());
  const auto start = std::chrono::steady_clock::now();
  const auto answer = client.call("GET", "/", {}, 100ms);
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimeout);
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 2s);
}

TEST(Http, HangingUpIsUnavailable) {
  FakeEngine engine([](const FakeRequest&) { return FakeAnswer{.hang_up = true}; });
  HttpClient client(engine.socket());
  const auto answer = client.call("GET", "/", {}, 2s);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

TEST(Http, StreamPassesPiecesOnAndStopsWhenAsked) {
  FakeEngine engine([](const FakeRequest&) {
    return FakeAnswer{.pieces = {"first\n", "second\n"}};
  });
  HttpClient client(engine.socket());
  std::stop_source stop;
  std::string text;
  const auto status = client.stream({.target = "/events",
                                     .sink =
                                         [&](std::string_view piece) {
                                           text += piece;
                                           if (text.size() == 13) stop.request_stop();
                                         },
                                     .stop = stop.get_token()});
  EXPECT_EQ(text, "first\nsecond\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInterrupted);
}

TEST(Http, StreamUploadsFromASource) {
  FakeEngine engine([](const FakeRequest& request) {
    return FakeAnswer{.close = true, .pieces = {std::to_string(request.body.size())}};
  });
  HttpClient client(engine.socket());
  int left = 5;
  std::string text;
  const auto status = client.stream({.method = "POST",
                                     .target = "/upload",
                                     .source = [&](std::span<char> room) -> Result<std::size_t> {
                                       if (left-- == 0) return 0;
                                       std::ranges::fill(room, 'x');
                                       return 10'000;
                                     },
                                     .sink = [&](std::string_view piece) { text += piece; }});
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(text, "50000");
}

TEST(Http, AnUploadWhoseSourceFailsIsBrokenOff) {
  FakeEngine engine([](const FakeRequest&) { return FakeAnswer{}; });
  HttpClient client(engine.socket());
  const auto status = client.stream({.method = "POST",
                                     .target = "/upload",
                                     .source = [&](std::span<char>) -> Result<std::size_t> {
                                       return fail(ErrorKind::kInternal, "the source failed");
                                     }});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "the source failed");
  EXPECT_TRUE(engine.requests().empty()) << "the engine must not take half for the whole";
}

TEST(Http, PercentEncoding) {
  EXPECT_EQ(percent_encode("a-b.c_d~9"), "a-b.c_d~9");
  EXPECT_EQ(percent_encode("{\"a\":[1]}/ %"), "%7B%22a%22%3A%5B1%5D%7D%2F%20%25");
}

}  // namespace
}  // namespace hoplab::runtime
