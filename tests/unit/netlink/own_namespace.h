// A network namespace of a test's own; the test is skipped, visibly, where none can be made.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "agents/common/netlink/namespace.h"
#include "agents/common/netlink/netlink.h"

namespace hoplab::netlink {

class OwnNamespace : public testing::Test {
 protected:
  void SetUp() override {
    auto made = NetworkNamespace::create();
    if (!made) GTEST_SKIP() << "needs root: " << made.error().what;
    space_.emplace(*std::move(made));
    ASSERT_TRUE(space_->run([&]() -> Status {
      auto opened = Netlink::open();
      if (!opened) return std::unexpected(opened.error());
      netlink_.emplace(*std::move(opened));
      return {};
    }));
  }
  const Netlink& net() { return *netlink_; }

  // Of IPv4: an interface that is up has IPv6 by itself.
  std::vector<AddressInfo> addresses4() {
    auto all = netlink_->addresses();
    EXPECT_TRUE(all);
    if (!all) return {};
    std::erase_if(*all, [](const AddressInfo& a) { return !a.address.address.is_v4(); });
    return *std::move(all);
  }

  std::optional<NetworkNamespace> space_;
  std::optional<Netlink> netlink_;
};

// The value, or a failed test that says why there is none.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().what;
    return T{};
  }
  return *std::move(result);
}

}  // namespace hoplab::netlink
