#include "controller/lab/key_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;

class KeyLogTest : public testing::Test {
 protected:
  KeyLogTest() {
    ::setenv("HOPLAB_STATE", root_.c_str(), 1);
    fs::create_directories(Paths("l").node("client"));
  }
  ~KeyLogTest() override {
    ::unsetenv("HOPLAB_STATE");
    fs::remove_all(root_);
  }
  // Where the command in the container finds it, as the host sees it.
  static fs::path file_of(const KeyLog& keys) {
    return Paths("l").node("client") / fs::path(keys.variable()).filename();
  }
  const fs::path root_ = fs::temp_directory_path() / ("hoplab-keys-" + std::to_string(::getpid()));
  const std::string line_ = "CLIENT_RANDOM 00ff 11ee\n";
};

TEST_F(KeyLogTest, IsWhatTheCommandWroteAndGoesWithTheTrace) {
  fs::path file;
  {
    const KeyLog keys(Paths("l"), "client");
    EXPECT_TRUE(keys.variable().starts_with("SSLKEYLOGFILE=/run/hoplab/")) << keys.variable();
    EXPECT_EQ(keys.lines(), "") << "nothing was encrypted";
    file = file_of(keys);
    std::ofstream(file) << line_;
    EXPECT_EQ(keys.lines(), line_);
    EXPECT_NE(file_of(KeyLog(Paths("l"), "client")), file) << "two traces at once";
  }
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(KeyLogTest, AContainerCannotMakeTheHostReadAnotherFile) {
  const fs::path secret = root_ / "secret";
  std::ofstream(secret) << line_;
  const KeyLog keys(Paths("l"), "client");
  fs::create_symlink(secret, file_of(keys));
  EXPECT_EQ(keys.lines(), "");
  fs::remove(file_of(keys));
  ASSERT_EQ(::mkfifo(file_of(keys).c_str(), 0600), 0);
  EXPECT_EQ(keys.lines(), "") << "and waits for nobody to write";
  fs::remove(file_of(keys));
  std::ofstream(file_of(keys)) << "\xff\xfe";
  EXPECT_EQ(keys.lines(), "");
}

}  // namespace
}  // namespace hoplab::lab
