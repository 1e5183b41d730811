// The same physics on a kernel that has netem: user-mode Linux, an ordinary process, which runs
// this very program with this machine's files, read-only.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace hoplab::link_emulation {
namespace {

constexpr const char* kLinux = "/usr/bin/linux.uml";
constexpr int kSeconds = 60;

TEST(UserModeLinuxTest, NetemDoesWhatTheDetourDoes) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer's shadow memory does not fit beside user-mode Linux";
#endif
  if (::access(kLinux, X_OK) != 0)
    GTEST_SKIP() << kLinux << " is not there: package user-mode-linux";
  if (::access("/sbin/insmod", X_OK) != 0) GTEST_SKIP() << "insmod is not there: package kmod";
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command = fmt::format(
      "timeout -k 1 {} {} mem=256M rootfstype=hostfs rootflags=/ ro con=null con0=null,fd:1 quiet "
      "init={}/tests/unit/link_emulation/uml_init.sh TEST_PROGRAM={} "
      "TEST_FILTER=Kernel/* </dev/null 2>&1",
      kSeconds, kLinux, HOPLAB_SOURCE_DIR, program);
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  ASSERT_TRUE(output);
  std::string text;
  char buffer[4096];
  while (const size_t size = std::fread(buffer, 1, sizeof(buffer), output.get())) {
    text.append(buffer, size);
  }
  EXPECT_THAT(text, testing::HasSubstr("TEST ENDED WITH 0")) << text;
  EXPECT_THAT(text, testing::HasSubstr("PASSED")) << text;
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("SKIPPED"))) << "netem was not there either";
}

}  // namespace
}  // namespace hoplab::link_emulation
