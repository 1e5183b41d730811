#include "agents/common/capture/event_hub.h"

#include <gtest/gtest.h>

namespace hoplab::agent {
namespace {

TEST(EventHub, DeliversToEveryListenerUntilItLeaves) {
  EventHub hub;
  std::vector<std::string> heard;
  hub.emit({});  // nobody is there
  auto first = hub.subscribe([&](const auto& event) { heard.push_back("1 " + event.daemon()); });
  auto second = hub.subscribe([&](const auto& event) { heard.push_back("2 " + event.daemon()); });
  hoplab::v1::DaemonEvent event;
  event.set_daemon("unbound");
  hub.emit(event);
  first.reset();
  hub.emit(event);
  second.reset();
  hub.emit(event);
  EXPECT_EQ(heard, (std::vector<std::string>{"1 unbound", "2 unbound", "2 unbound"}));
  EXPECT_FALSE(hub.listened());
}

TEST(EventHub, AnEventWithoutATimeGetsOne) {
  EventHub hub;
  std::vector<int64_t> times;
  const auto listener = hub.subscribe([&](const auto& event) { times.push_back(event.time_ns()); });
  hub.emit({});
  hoplab::v1::DaemonEvent event;
  event.set_time_ns(42);
  hub.emit(event);
  ASSERT_EQ(times.size(), 2U);
  EXPECT_GT(times[0], 1'600'000'000'000'000'000);
  EXPECT_EQ(times[1], 42);
}

}  // namespace
}  // namespace hoplab::agent
