// Commands in a node: standard streams, terminals, exit codes.
#include "tests/integration/agent/agent_container.h"

namespace hoplab::agenttest {
namespace {

using hoplab::v1::ExecInput;
using hoplab::v1::ExecStart;

class Exec : public TwoNodes {
 protected:
  static ExecStart command(std::initializer_list<const char*> words) {
    ExecStart start;
    for (const auto* word : words) start.add_command(word);
    return start;
  }
  static ExecInput input(const std::string& text) {
    ExecInput input;
    input.set_input(text);
    return input;
  }
  static ExecInput end() {
    ExecInput input;
    input.set_end_of_input(true);
    return input;
  }
};

TEST_F(Exec, StreamsAndExitCodeAreToldApart) {
  const auto done = left_->run("echo out; echo err >&2; exit 3");
  EXPECT_EQ(done.output, "out\n");
  EXPECT_EQ(done.error_output, "err\n");
  EXPECT_EQ(done.exit_code, 3);
}

TEST_F(Exec, InputReachesTheCommandUntilItsEnd) {
  const std::string text(300'000, 'x');  // more than a pipe holds
  const auto done = left_->execute(command({"wc", "-c"}), {input(text), input(text), end()});
  EXPECT_EQ(done.output, "600000\n");
  EXPECT_EQ(done.exit_code, 0);
}

TEST_F(Exec, MuchOutputArrivesWhole) {
  const auto done = left_->run("head -c 20000000 /dev/zero");
  EXPECT_EQ(done.output.size(), 20'000'000U);
}

TEST_F(Exec, ATerminalHasItsSizeAndItsJobs) {
  auto start = command({"sh", "-c", "tty >/dev/null && stty size; echo $TERM; kill -INT $$"});
  start.set_terminal(true);
  start.set_columns(101);
  start.set_rows(33);
  const auto done = left_->execute(start, {});
  EXPECT_EQ(done.output, "33 101\r\nxterm-256color\r\n");
  EXPECT_EQ(done.exit_code, 130);
}

TEST_F(Exec, ATerminalPassesControlC) {
  auto start = command({"cat"});
  start.set_terminal(true);
  const auto done = left_->execute(start, {input("hello\n"), input("\x03")});
  EXPECT_EQ(done.exit_code, 130);
  EXPECT_NE(done.output.find("^C"), std::string::npos) << done.output;
}

TEST_F(Exec, ASignalCanBeSent) {
  ExecInput signal;
  signal.set_signal(15);
  EXPECT_EQ(left_->execute(command({"sleep", "60"}), {signal}).exit_code, 143);
}

TEST_F(Exec, ACommandThatIsNotThereIsAnError) {
  const auto done = left_->execute(command({"no-such-command"}), {});
  EXPECT_EQ(done.exit_code, -1);
  EXPECT_NE(done.error_output.find("no such program"), std::string::npos) << done.error_output;
}

TEST_F(Exec, ACallerThatGoesAwayEndsTheCommand) {
  const auto context = within(std::chrono::seconds(10));
  const auto stream = left_->stub().Exec(context.get());
  ExecInput first;
  *first.mutable_start() = command({"sh", "-c", "echo started; exec sleep 4711"});
  stream->Write(first);
  hoplab::v1::ExecOutput output;
  ASSERT_TRUE(stream->Read(&output));
  context->TryCancel();
  stream->Finish();
  std::string running = "?";
  for (int i = 0; i < 50 && !running.empty(); ++i) {
    running = left_
                  ->run(
                      "for p in /proc/[0-9]*; do read -r c < $p/comm; [ \"$c\" = sleep ] && tr "
                      "'\\0' ' ' < $p/cmdline; done | grep 4711 || true")
                  .output;
  }
  EXPECT_EQ(running, "");
}

}  // namespace
}  // namespace hoplab::agenttest
