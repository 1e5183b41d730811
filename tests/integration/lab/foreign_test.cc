// An image that hoplab knows nothing of, as a node: a root file system of one static program, with
// a command, a variable, a folder and a user of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/docker/docker.h"
#include "tests/integration/lab/hoplab.h"
#include "tests/integration/lab/journeys.h"

namespace hoplab::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kLab = "test-foreign";
constexpr const char* kImage = "hoplab-test/foreign";
constexpr const char* kBusybox = "/bin/busybox";

constexpr const char* kTopology = R"(name: foreign
systems:
  lan:
    nodes:
      client: client
      sw:     { role: switch, subnet: 192.168.20.0/24 }
      dhcp:   dhcp_server
      dns:    dns_server
      box:    { role: container, image: hoplab-test/foreign }
links:
  - [client, sw]
  - [dhcp, sw]
  - [dns, sw]
  - [box, sw]
zones:
  lan.test: { servers: [dns], records: { box: box } }
)";

// docker import of the folder, with what a Dockerfile would say of it.
std::string make_image(const fs::path& root) {
  for (const char* folder : {"bin", "www", "etc", "tmp", "run", "dev", "proc", "sys"}) {
    fs::create_directories(root / folder);
  }
  fs::copy_file(kBusybox, root / "bin/busybox", fs::copy_options::overwrite_existing);
  for (const char* tool : {"sh", "id", "pwd", "httpd", "cat"}) {
    fs::create_symlink("busybox", root / "bin" / tool);
  }
  std::ofstream(root / "www/index.html") << "hello from a foreign image\n";
  return shell("tar -C " + root.string() + " -c . | docker import" +
               R"( -c 'CMD ["/bin/sh", "-c", "echo $GREETING, user $(id -u) in $(pwd);)" +
               R"( exec httpd -f -p 80 -h /www"]' -c 'ENV PATH=/bin GREETING=ahoy')" +
               R"( -c 'WORKDIR /www' -c 'USER 65534' - )" + kImage);
}

class Foreign : public testing::Test {
 protected:
  static fs::path folder() { return fs::temp_directory_path() / "hoplab-test-foreign"; }
  static std::string why_not_here() {
    if (const std::string reason = why_not(); !reason.empty()) return reason;
    return fs::exists(kBusybox) ? "" : "needs Debian's busybox-static";
  }
  static void SetUpTestSuite() {
    if (!why_not_here().empty()) return;
    hoplab({"down", kLab});
    fs::remove_all(folder());
    const std::string made = make_image(folder() / "root");
    ASSERT_THAT(made, HasSubstr("sha256:"));
    std::ofstream(folder() / "foreign.yaml") << kTopology;
    const Outcome up = hoplab({"up", (folder() / "foreign.yaml").string(), "--lab", kLab});
    ASSERT_EQ(up.exit_code, 0) << up.err;
  }
  static void TearDownTestSuite() {
    if (!why_not_here().empty()) return;
    EXPECT_EQ(hoplab({"down", kLab}).exit_code, 0);
    EXPECT_EQ(leftovers(kLab), "");
    shell(std::string("docker rmi -f ") + kImage);
    fs::remove_all(folder());
  }
  void SetUp() override {
    if (const std::string reason = why_not_here(); !reason.empty()) GTEST_SKIP() << reason;
    ASSERT_FALSE(testing::Test::HasFailure()) << "the lab is not up";
  }
};

TEST_F(Foreign, RunsItsOwnCommandWithItsOwnVariableFolderAndUser) {
  const Outcome logs = hoplab({"logs", "box", "--lab", kLab});
  EXPECT_EQ(logs.exit_code, 0) << logs.err;
  EXPECT_THAT(logs.out, HasSubstr("ahoy, user 65534 in /www"));
}

TEST_F(Foreign, ItsHopsAreReported) {
  const v1::Journey seen = journey(kLab, "http://box.lan.test/");
  EXPECT_EQ(seen.verdict().result(), v1::Verdict::OK) << explain(seen);
  EXPECT_EQ(seen.result().http_status(), 200);
  EXPECT_EQ(seen.result().body_start(), "hello from a foreign image\n");
  EXPECT_TRUE(visits(seen, "box"));
  EXPECT_EQ(seen.completeness().left_over(), 0);
  // Its own end of the connection: frames in and out of its one interface.
  bool in = false;
  bool out = false;
  for (const auto& trip : seen.trips()) {
    for (const auto& hop : trip.hops()) {
      if (hop.node() != "box" || !trip.protocol().starts_with("TCP")) continue;
      in = in || hop.in_interface() == "eth0";
      out = out || hop.out_interface() == "eth0";
    }
  }
  EXPECT_TRUE(in && out);
}

TEST_F(Foreign, ExecRunsItsPrograms) {
  const Outcome there = hoplab({"exec", "box", "--lab", kLab, "--", "cat", "/www/index.html"});
  EXPECT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(there.out, "hello from a foreign image\n");
  EXPECT_EQ(hoplab({"exec", "box", "--lab", kLab, "--", "sh", "-c", "exit 9"}).exit_code, 9);
}

TEST_F(Foreign, PsShowsTheCommandAndTheClientsLease) {
  const Outcome table = hoplab({"ps", kLab});
  EXPECT_THAT(table.out, HasSubstr("192.168.20.1")) << table.out;
  const v1::LabList list = status(kLab);
  ASSERT_EQ(list.labs_size(), 1);
  for (const auto& node : list.labs(0).nodes()) {
    EXPECT_EQ(node.health().state(), v1::Health::READY) << node.node();
    EXPECT_FALSE(node.role() == v1::CLIENT && node.addresses().empty()) << "no leased address";
    if (node.node() != "box") continue;
    ASSERT_EQ(node.health().daemons_size(), 1);
    EXPECT_EQ(node.health().daemons(0).name(), "sh");
  }
}

}  // namespace
}  // namespace hoplab::test
