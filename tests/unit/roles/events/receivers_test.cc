// The receivers of daemons' reports, fed over real Unix sockets.
#include <fstrm.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <condition_variable>
#include <mutex>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/events/dnstap.h"
#include "agents/common/events/syslog.h"
#include "agents/common/probe/dns.h"
#include "agents/common/probe/stream.h"
#include "proto/dnstap.pb.h"

namespace hoplab::agent {
namespace {

using std::chrono::milliseconds;

// What a callback on another thread was given.
template <typename T>
class Inbox {
 public:
  void put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    arrived_.notify_all();
  }
  std::vector<T> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(5), [&] { return items_.size() >= count; });
    return items_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<T> items_;
};

std::filesystem::path socket_path(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / (name + std::to_string(::getpid()) + ".sock");
}

std::string dnstap_frame(const std::string& from, const std::string& to,
                         uint32_t from_port = 40000) {
  dnstap::Dnstap envelope;
  envelope.set_type(1);
  auto& message = *envelope.mutable_message();
  message.set_type(dnstap::Message::CLIENT_RESPONSE);
  message.set_socket_protocol(2);
  message.set_query_address(from);
  message.set_response_address(to);
  message.set_query_port(from_port);
  message.set_response_port(53);
  message.set_query_time_sec(5);
  message.set_query_time_nsec(1);
  message.set_response_time_sec(7);
  message.set_response_time_nsec(8);
  message.set_response_message("answer");
  message.set_query_zone(std::string("\3com\0", 5));
  return envelope.SerializeAsString();
}
const std::string kClient("\xc0\x00\x02\x01", 4);  // 192.0.2.1
const std::string kServer("\xc0\x00\x02\x35", 4);  // 192.0.2.53

// Sends as name servers do: through libfstrm's writer, with its handshake.
class DnstapSender {
 public:
  explicit DnstapSender(const std::filesystem::path& path) {
    fstrm_unix_writer_options* unix_options = fstrm_unix_writer_options_init();
    fstrm_unix_writer_options_set_socket_path(unix_options, path.c_str());
    fstrm_writer_options* options = fstrm_writer_options_init();
    fstrm_writer_options_add_content_type(options, "protobuf:dnstap.Dnstap", 22);
    writer_ = fstrm_unix_writer_init(unix_options, options);
    fstrm_unix_writer_options_destroy(&unix_options);
    fstrm_writer_options_destroy(&options);
    opened_ = fstrm_writer_open(writer_) == fstrm_res_success;
  }
  ~DnstapSender() { fstrm_writer_destroy(&writer_); }
  DnstapSender(const DnstapSender&) = delete;
  DnstapSender& operator=(const DnstapSender&) = delete;
  [[nodiscard]] bool opened() const { return opened_; }
  void send(const std::string& frame) {
    ASSERT_EQ(fstrm_writer_write(writer_, frame.data(), frame.size()), fstrm_res_success);
  }

 private:
  fstrm_writer* writer_ = nullptr;
  bool opened_ = false;
};

TEST(Dnstap, DecodesOneMessage) {
  const auto event = decode_dnstap(dnstap_frame(kClient, kServer), "unbound");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->daemon(), "unbound");
  EXPECT_EQ(event->time_ns(), 7'000'000'008);
  EXPECT_EQ(event->dns().type(), "CLIENT_RESPONSE");
  EXPECT_EQ(event->dns().query_address(), "192.0.2.1");
  EXPECT_EQ(event->dns().query_port(), 40000U);
  EXPECT_EQ(event->dns().response_address(), "192.0.2.53");
  EXPECT_EQ(event->dns().response(), "answer");
  EXPECT_EQ(event->dns().query_zone(), "com.");
  EXPECT_TRUE(event->dns().tcp());
  EXPECT_FALSE(decode_dnstap("no dnstap", "unbound"));
}

TEST(Dnstap, ReceivesFromSeveralConnectionsAndLeavesOutTheNodesOwnQuestions) {
  Inbox<hoplab::v1::DaemonEvent> inbox;
  const auto path = socket_path("dnstap");
  auto receiver = DnstapReceiver::listen(path, "knot", [&](auto event) { inbox.put(event); });
  ASSERT_TRUE(receiver) << receiver.error().what;
  DnstapSender first(path);
  DnstapSender second(path);
  ASSERT_TRUE(first.opened() && second.opened());
  first.send(dnstap_frame(kServer, kServer));
  first.send(dnstap_frame(kClient, kServer));
  second.send(dnstap_frame(kClient, kServer));
  const auto events = inbox.wait_for(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].dns().query_address(), "192.0.2.1");
}

TEST(Dnstap, FlushWaitsForTheReportAboutTheQuestionItAsked) {
  const auto path = socket_path("flush");
  auto receiver = DnstapReceiver::listen(path, "knot", [](const auto&) {});
  ASSERT_TRUE(receiver);
  DnstapSender sender(path);
  ASSERT_TRUE(sender.opened());
  EXPECT_FALSE((*receiver)->flush([] { return std::nullopt; }, milliseconds(20)));
  // An earlier question of the node to itself, a health check, says nothing about what follows it.
  EXPECT_FALSE((*receiver)->flush(
      [&] {
        sender.send(dnstap_frame(kServer, kServer, 40001));
        return uint16_t{40002};
      },
      milliseconds(120)));
  int asked = 0;
  EXPECT_TRUE((*receiver)->flush(
      [&] {
        if (++asked == 3) sender.send(dnstap_frame(kServer, kServer, 40002));
        return static_cast<uint16_t>(40000 + asked);
      },
      milliseconds(5000)));
  EXPECT_GE(asked, 3);
}

TEST(Dnstap, EndsWithAConnectionOpen) {
  const auto path = socket_path("open");
  auto receiver = DnstapReceiver::listen(path, "knot", [](const auto&) {});
  ASSERT_TRUE(receiver);
  DnstapSender sender(path);
  receiver->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Syslog, HandsOverLinesWithoutTheirPriority) {
  Inbox<std::string> inbox;
  const auto path = socket_path("syslog");
  auto receiver =
      SyslogReceiver::listen(path, [&](std::string_view line) { inbox.put(std::string(line)); });
  ASSERT_TRUE(receiver) << receiver.error().what;
  const FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.native().copy(to.sun_path, sizeof to.sun_path - 1);
  for (const std::string_view line : {"<134>first\n", "second"}) {
    ASSERT_GT(::sendto(fd.get(), line.data(), line.size(), 0, reinterpret_cast<sockaddr*>(&to),
                       sizeof to),
              0);
  }
  EXPECT_EQ(inbox.wait_for(2), (std::vector<std::string>{"first", "second"}));
}

TEST(Syslog, FieldsFollowTheMark) {
  const auto fields = parse_fields("Nov 23 nginx: hoplab\ta=1\tb=x=y z\tnothing\tc=");
  EXPECT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields.at("a"), "1");
  EXPECT_EQ(fields.at("b"), "x=y z");
  EXPECT_EQ(fields.at("c"), "");
  EXPECT_TRUE(parse_fields("no mark a=1").empty());
}

TEST(DnsProbe, BuildsAQuestion) {
  const auto query = probe::build_query(
      {.name = "naver.com.", .type = probe::DnsType::kA, .recursion_desired = true}, 0x1234);
  ASSERT_TRUE(query);
  EXPECT_EQ(*query, std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                "\x05naver\x03"
                                "com\x00\x00\x01\x00\x01",
                                27));
  EXPECT_EQ(probe::build_query({.name = "."}, 1)->size(), 17U);
  EXPECT_FALSE(probe::build_query({.name = "a..b"}, 1));
  EXPECT_FALSE(probe::build_query({.name = std::string(64, 'a')}, 1));
}

TEST(DnsProbe, ReadsHowItWasAnswered) {
  const std::string answer("\x12\x34\x84\x02\x00\x01\x00\x03\x00\x00\x00\x00", 12);
  const auto parsed = probe::parse_answer(answer, 0x1234);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(probe::rcode_name(parsed->rcode), "SERVFAIL");
  EXPECT_TRUE(parsed->authoritative);
  EXPECT_EQ(parsed->answers, 3U);
  EXPECT_FALSE(probe::parse_answer(answer, 0x1235));
  EXPECT_FALSE(probe::parse_answer(answer.substr(0, 11), 0x1234));
}

TEST(DnsProbe, AClosedPortIsToldAtOnce) {
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = probe::ask({0x7f000001}, {.name = "."}, milliseconds(2000), 9);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1000));
}

TEST(StreamProbe, ReadsAStatusLine) {
  EXPECT_EQ(probe::parse_status_line("HTTP/1.1 503 Service Unavailable\r\n"), 503U);
  EXPECT_EQ(probe::parse_status_line("HTTP/1.1 5x3"), 0U);
  EXPECT_EQ(probe::parse_status_line("SSH-2.0"), 0U);
}

TEST(StreamProbe, NobodyListening) {
  const auto answer = probe::converse(socket_path("nobody"), "x", milliseconds(100));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hoplab::agent
