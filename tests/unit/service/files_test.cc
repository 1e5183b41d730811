#include "agents/common/service/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "agents/common/base/read_file.h"
#include "agents/common/service/resolv_conf.h"

namespace hoplab::agent {
namespace {

class Files : public ::testing::Test {
 protected:
  ~Files() override { std::filesystem::remove_all(root_); }
  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  const std::filesystem::path root_ =
      ::testing::TempDir() + "hoplab_files" + std::to_string(::getpid());
};

TEST_F(Files, FoldersAreMadeAndTheModeIsAsAsked) {
  const auto path = root_ / "a/b/key.pem";
  ASSERT_TRUE(write_file({path, "secret", 0600, {}}));
  EXPECT_EQ(content_of(path), "secret");
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(Files, AReplacedFileIsAnotherFile) {
  const auto path = root_ / "f";
  ASSERT_TRUE(write_file({path, "long content", 0644, {}}));
  std::ifstream open_before(path);
  ASSERT_TRUE(write_file({path, "new", 0644, {}}));
  const std::string seen{std::istreambuf_iterator<char>(open_before), {}};
  EXPECT_EQ(seen, "long content");  // a reader never sees half of it
  EXPECT_EQ(content_of(path), "new");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".new"));
}

TEST_F(Files, InPlaceItIsTheSameFile) {
  std::filesystem::create_directories(root_);
  const auto path = root_ / "resolv.conf";
  ASSERT_TRUE(write_in_place(path, "a longer first content"));
  struct stat before {};
  ::stat(path.c_str(), &before);
  ASSERT_TRUE(write_in_place(path, "short"));
  struct stat after {};
  ::stat(path.c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(content_of(path), "short");
}

TEST_F(Files, AnUnknownOwnerIsAnErrorThatNamesTheFile) {
  const auto done = write_file({root_ / "f", "", 0644, "nobody-of-that-name"});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().what.find((root_ / "f").string()), std::string::npos);
}

TEST(ReadFile, SaysWhyThereIsNothing) {
  EXPECT_EQ(read_file("/proc/self/no-such-file").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_file("/proc/self").error().what, "read /proc/self: Is a directory");
  EXPECT_EQ(read_file("/proc/self/mem").error().what, "read /proc/self/mem: Input/output error");
  EXPECT_EQ(read_file("/proc/self/comm", 4)->size(), 4U);
}

TEST(ResolvConf, OneLineAServer) {
  EXPECT_EQ(resolv_conf({"192.0.2.1", "192.0.2.2"}),
            "nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
  EXPECT_EQ(resolv_conf({}), "# no name server is known\n");
}

}  // namespace
}  // namespace hoplab::agent
