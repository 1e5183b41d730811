#include "tests/integration/router/router_container.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <fstream>

#include "tests/integration/router/command.h"

namespace hoplab::router::testing {

bool within(std::chrono::milliseconds time, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

RouterContainer::RouterContainer(v1::NodeSpec spec)
    : name_(fmt::format("frrtest-{}-{}", ::getpid(), spec.node())) {
  std::vector<std::string> argv{"docker",
                                "run",
                                "-d",
                                "--name",
                                name_,
                                "--network",
                                "none",
                                "--sysctl",
                                "net.ipv4.ip_forward=1",
                                "--security-opt",
                                "no-new-privileges",
                                "--cap-drop",
                                "ALL"};
  for (const char* capability : {"NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "SYS_ADMIN"}) {
    argv.insert(argv.end(), {"--cap-add", capability});
  }
  argv.insert(argv.end(), {"--entrypoint", "sleep", kImage, "300"});
  const Ended started = testing::run(argv);
  EXPECT_EQ(started.status, 0) << started.output;
  const std::string text =
      testing::run({"docker", "inspect", "-f", "{{.State.Pid}}", name_}).output;
  std::from_chars(text.data(), text.data() + text.size(), pid_);
  EXPECT_GT(pid_, 1) << text;
  // /var/run is a link to /run, and would lead to the host's.
  role_ = std::make_unique<RouterRole>(
      std::move(spec), Places{.run_directory = inside("/run/frr"),
                              .route_table = fmt::format("/proc/{}/net/route", pid_)});
}

RouterContainer::~RouterContainer() { testing::run({"docker", "rm", "-f", name_}); }

std::filesystem::path RouterContainer::inside(const std::filesystem::path& path) const {
  return std::filesystem::path(fmt::format("/proc/{}/root", pid_)) / path.relative_path();
}

pid_t RouterContainer::pid_of(const std::string& program) const {
  pid_t pid = 0;
  std::ifstream(inside("/run/frr") / (program + ".pid")) >> pid;
  return pid;
}

void RouterContainer::ip(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{"nsenter", "-t", std::to_string(pid_), "-n", "ip"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Ended ended = testing::run(argv);
  EXPECT_EQ(ended.status, 0) << ended.output;
}

void RouterContainer::start() {
  const Status prepared = role_->prepare(*this);
  ASSERT_TRUE(prepared) << prepared.error().what;
  for (const agent::ConfigFile& file : role_->files()) ASSERT_TRUE(write(file)) << file.path;
  start(kZebra);
  for (const agent::Program& program : role_->programs()) {
    if (program.name != kZebra) start(program.name);
  }
}

void RouterContainer::start(const std::string& name) {
  for (const agent::Program& program : role_->programs()) {
    if (program.name != name) continue;
    std::vector<std::string> argv{"docker", "exec", "-d", name_};
    argv.insert(argv.end(), program.argv.begin(), program.argv.end());
    ASSERT_EQ(testing::run(argv).status, 0);
    const auto ready = inside("/run/frr") / program.ready_file.filename();
    ASSERT_TRUE(within(std::chrono::seconds(5), [&] { return std::filesystem::exists(ready); }))
        << name << " of " << name_ << " did not start";
  }
}

void RouterContainer::kill(const std::string& program, int signal) {
  const Ended ended =
      testing::run({"docker", "exec", name_, "sh", "-c",
                    fmt::format("kill -{} $(cat /run/frr/{}.pid)", signal, program)});
  ASSERT_EQ(ended.status, 0) << ended.output;
  const std::string process = fmt::format("/proc/$(cat /run/frr/{}.pid)", program);
  ASSERT_TRUE(within(std::chrono::seconds(5),
                     [&] {
                       return testing::run({"docker", "exec", name_, "sh", "-c",
                                            "! grep -qs '^State:.[^Z]' " + process + "/status"})
                                  .status == 0;
                     }))
      << program << " did not end";
  std::filesystem::remove(inside("/run/frr") / (program + ".vty"));
}

Status RouterContainer::signal_program(std::string_view name, int signal) {
  kill(std::string(name), signal);
  start(std::string(name));
  return {};
}

Result<agent::CommandResult> RouterContainer::run(const std::vector<std::string>&,
                                                  std::chrono::milliseconds) {
  return fail(ErrorKind::kInvalid, "the router role runs no programs of its own");
}

Status RouterContainer::write(const agent::ConfigFile& file) {
  const auto path = inside(file.path);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << file.content;
  return {};
}

}  // namespace hoplab::router::testing
