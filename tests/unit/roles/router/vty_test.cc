#include "agents/router/vty.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

namespace hoplab::router {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;

TEST(TakeAnswerTest, WaitsForTheStatusByte) {
  EXPECT_FALSE(take_answer(""));
  EXPECT_FALSE(take_answer("text"s));
  EXPECT_FALSE(take_answer("text\0\0"s));
  EXPECT_FALSE(take_answer("text\0\0\0"s));
}

TEST(TakeAnswerTest, SplitsTextStatusAndRest) {
  const auto answer = take_answer("text\n\0\0\0\2next"s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->first.text, "text\n");
  EXPECT_EQ(answer->first.status, 2);
  EXPECT_EQ(answer->second, 9U);
}

TEST(TakeAnswerTest, AnEmptyAnswerThatWentWell) {
  const auto answer = take_answer("\0\0\0\0"s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->first.text, "");
  EXPECT_EQ(answer->first.status, 0);
  EXPECT_EQ(answer->second, 4U);
}

// A daemon for one conversation: remembers what it was sent, answers from a script.
class FakeDaemon {
 public:
  explicit FakeDaemon(std::vector<std::string> answers) : answers_(std::move(answers)) {
    std::string name = (std::filesystem::temp_directory_path() / "hoplab-vty-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    listener_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (directory_ / "bgpd.vty").string();
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeDaemon() {
    finish();
    std::filesystem::remove_all(directory_);
  }
  const std::filesystem::path& directory() const { return directory_; }
  // After the client has gone.
  std::vector<std::string> heard() {
    finish();
    return heard_;
  }

 private:
  void finish() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  void serve() {
    const FileDescriptor client(::accept(listener_.get(), nullptr, nullptr));
    std::string command;
    for (char c = 0; client && ::recv(client.get(), &c, 1, 0) == 1;) {
      if (c != '\0') {
        command += c;
        continue;
      }
      heard_.push_back(std::move(command));
      command.clear();
      if (heard_.size() > answers_.size()) continue;  // silence
      const std::string& answer = answers_[heard_.size() - 1];
      for (const char byte : answer) ::send(client.get(), &byte, 1, MSG_NOSIGNAL);
    }
  }

  std::vector<std::string> answers_;
  std::vector<std::string> heard_;
  std::filesystem::path directory_;
  FileDescriptor listener_;
  std::thread thread_;
};

const std::string kDone("\0\0\0\0", 4);

TEST(VtyTest, AsksAsVtyshDoes) {
  FakeDaemon daemon({kDone, "{}\n" + kDone});
  EXPECT_EQ(ask_daemon(daemon.directory(), "bgpd", "show json").value(), "{}\n");
  EXPECT_THAT(daemon.heard(), ::testing::ElementsAre("enable", "show json"));
}

TEST(VtyTest, ConfigureLeavesConfigurationModeEvenWhenRefused) {
  FakeDaemon daemon({kDone, kDone, "% Unknown command\n\0\0\0\2"s, kDone});
  {
    auto vty = Vty::open(daemon.directory(), "bgpd");
    ASSERT_TRUE(vty);
    const Status status = vty->configure({"nonsense", "never sent"});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().what, "bgpd refused 'nonsense': % Unknown command");
  }
  EXPECT_THAT(daemon.heard(),
              ::testing::ElementsAre("enable", "configure terminal", "nonsense", "end"));
}

TEST(VtyTest, ASilentDaemonIsATimeout) {
  FakeDaemon daemon({});
  const auto vty = Vty::open(daemon.directory(), "bgpd", 20ms);
  ASSERT_FALSE(vty);
  EXPECT_EQ(vty.error().kind, ErrorKind::kTimeout);
}

TEST(VtyTest, ADeadDaemonIsUnavailable) {
  const auto vty = Vty::open("/nonexistent", "bgpd");
  ASSERT_FALSE(vty);
  EXPECT_EQ(vty.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hoplab::router
