#include "agents/common/supervisor/accounts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hoplab::agent {
namespace {

class Accounts : public ::testing::Test {
 protected:
  Accounts() {
    std::filesystem::create_directories(root_ + "/etc");
    std::ofstream(root_ + "/etc/passwd") << "root:x:0:0:root:/root:/bin/sh\n"
                                            "web:x:33:34:web:/var/www:/bin/false\n";
    std::ofstream(root_ + "/etc/group") << "web:x:34:\nlogs:x:4:someone,web\ndata:x:50:\n";
  }
  ~Accounts() override { std::filesystem::remove_all(root_); }
  const std::string root_ = ::testing::TempDir() + "hoplab_accounts" + std::to_string(::getpid());
};

TEST_F(Accounts, ByNameWithItsGroups) {
  const auto web = find_account("web", root_);
  ASSERT_TRUE(web) << web.error().what;
  EXPECT_EQ(web->uid, 33U);
  EXPECT_EQ(web->gid, 34U);
  EXPECT_EQ(web->groups, std::vector<gid_t>{4});
  EXPECT_EQ(web->home, "/var/www");
}

TEST_F(Accounts, GroupMayBeChosen) {
  EXPECT_EQ(find_account("web:data", root_)->gid, 50U);
  EXPECT_EQ(find_account("33:7", root_)->gid, 7U);
}

TEST_F(Accounts, NumbersNeedNoLine) {
  const auto account = find_account("1234:5", root_);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 1234U);
  EXPECT_EQ(account->gid, 5U);
}

TEST_F(Accounts, UnknownNamesAreErrors) {
  EXPECT_FALSE(find_account("nobody-here", root_));
  EXPECT_FALSE(find_account("web:nothing", root_));
}

}  // namespace
}  // namespace hoplab::agent
