// What hoplab gives to Wireshark, read by tshark: the whole journey as pcapng, and live captures.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "tests/integration/lab/naver_lab.h"

namespace hoplab::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace fs = std::filesystem;

class Wireshark : public NaverLab {
 protected:
  void SetUp() override {
    NaverLab::SetUp();
    if (Process({"--version"}, "tshark").wait(std::chrono::seconds(60)).exit_code != 0) {
      GTEST_SKIP() << "needs tshark";
    }
  }
};

// tshark's complaint about being root is not about the file.
Outcome tshark(const std::string& file, std::vector<std::string> options) {
  options.insert(options.begin(), {"-r", file, "-n"});
  Outcome outcome = Process(options, "tshark").wait(std::chrono::seconds(120));
  std::string kept;
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("Running as user \"root\"") == std::string::npos) kept += line + "\n";
  }
  outcome.err = kept;
  return outcome;
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

TEST_F(Wireshark, OpensTheJourneyAndReadsThePage) {
  const fs::path path = fs::temp_directory_path() / "hoplab-wireshark-test.pcapng";
  fs::remove(path);
  const Outcome made = hoplab({"request", "client", kUrl, "--lab", kLab, "--cold", "--format",
                               "pcapng", "-o", path.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;

  const Outcome named = tshark(path, {"-T", "fields", "-e", "frame.interface_name"});
  EXPECT_EQ(named.exit_code, 0);
  EXPECT_THAT(named.err, IsEmpty());
  const auto names = lines_of(named.out);
  for (const char* name : {"client:eth0", "home-gw:lan", "home-gw:wan", "naver-lb:eth0"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }

  const Outcome commented = tshark(path, {"-Y", "frame.comment contains \"trip 1, hop \"", "-T",
                                          "fields", "-e", "frame.comment"});
  EXPECT_THAT(commented.out, HasSubstr("client"));
  EXPECT_THAT(commented.err, IsEmpty());

  EXPECT_THAT(tshark(path, {"-Y", "_ws.malformed || _ws.expert.severity == error"}).out, IsEmpty());
  // In the clear where it was encrypted: decrypted with the keys in the file. (Of a segment seen at
  // many interfaces tshark reads the first sighting, and takes the others for retransmissions.)
  const Outcome get = tshark(
      path, {"-Y", "tls && (http2.headers.method == \"GET\" || http.request.method == \"GET\")"});
  EXPECT_THAT(get.out, HasSubstr("GET /")) << get.err;
  const Outcome answer =
      tshark(path, {"-Y", "tls && (http2.headers.status == 200 || http.response.code == 200)"});
  EXPECT_THAT(answer.out, HasSubstr("200 OK")) << answer.err;
  // And behind the load balancer, where it was not.
  EXPECT_THAT(tshark(path, {"-Y", "!tls && http.request.uri == \"/\""}).out, HasSubstr("GET /"));
  fs::remove(path);
}

TEST_F(Wireshark, ReadsWhatATracedCommandEncrypted) {
  const fs::path path = fs::temp_directory_path() / "hoplab-wireshark-trace-test.pcapng";
  fs::remove(path);
  const Outcome made =
      hoplab({"trace", "client", "--lab", kLab, "--format", "pcapng", "-o", path.string(), "--",
              "curl", "--silent", "--output", "/dev/null", kUrl});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome get = tshark(
      path, {"-Y", "tls && (http2.headers.method == \"GET\" || http.request.method == \"GET\")"});
  EXPECT_THAT(get.out, HasSubstr("GET /")) << get.err;
  fs::remove(path);
}

TEST_F(Wireshark, ATerminalIsNotWrittenTo) {
  const Outcome refused =
      Process({"-qec", binary() + " capture client --lab " + kLab, "/dev/null"}, "script")
          .wait(std::chrono::seconds(20));
  EXPECT_EQ(refused.exit_code, 2) << refused.out;
  EXPECT_THAT(refused.out, HasSubstr("wireshark -k -i -"));
}

// As Wireshark reads a pipe: live, and the capture ends when it has seen enough.
Outcome watch_live(const std::string& target, const std::string& lab) {
  Process watcher({"-c", "set -o pipefail; '" + binary() + "' capture " + target + " --lab " + lab +
                             " | tshark -l -n -i - -c 4 -f '' -T fields -e frame.interface_name "
                             "-e icmp.seq -Y icmp"},
                  "bash");
  Process pings(
      {"exec", "client", "--lab", lab, "--", "ping", "-i", "0.1", "-w", "30", "192.168.10.1"});
  return watcher.wait(std::chrono::seconds(30));
}

TEST_F(Wireshark, ReadsAnInterfaceLive) {
  const Outcome seen = watch_live("client:eth0", kLab);
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_THAT(seen.out, Not(IsEmpty())) << seen.err;
}

TEST_F(Wireshark, ReadsAWholeNodeLiveAndTellsItsInterfacesApart) {
  const Outcome seen = watch_live("home-sw", kLab);
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("home-sw:eth")) << seen.err;
}

}  // namespace
}  // namespace hoplab::test
