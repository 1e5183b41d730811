#include "tests/integration/agent/agent_container.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "controller/wiring/veth.h"

namespace hoplab::agenttest {

using std::chrono::seconds;

std::unique_ptr<grpc::ClientContext> within(seconds time) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + time);
  return context;
}

AgentContainer::AgentContainer(const std::string& node, const std::string& image)
    : container_("agenttest-" + node),
      node_(node),
      folder_(std::filesystem::temp_directory_path() /
              (container_ + "-" + std::to_string(::getpid()))) {
  std::filesystem::create_directories(folder_);
  shell("docker rm -f " + container_);
  shell("docker run -d --name " + container_ + " --hostname " + node +
        " --network none --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_RAW"
        " --cap-add NET_BIND_SERVICE --cap-add KILL --cap-add SETUID --cap-add SETGID"
        " --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER"
        " -v " HOPLAB_AGENT ":/sbin/hoplab-agent:ro -v " +
        folder_.string() + ":/run/hoplab --entrypoint /sbin/hoplab-agent " + image);
  pid_ = std::atoi(shell("docker inspect -f '{{.State.Pid}}' " + container_).c_str());
  const auto channel = grpc::CreateChannel("unix:" + (folder_ / "agent.sock").string(),
                                           grpc::InsecureChannelCredentials());
  reachable_ = channel->WaitForConnected(std::chrono::system_clock::now() + seconds(10));
  stub_ = hoplab::v1::Agent::NewStub(channel);
}

AgentContainer::~AgentContainer() {
  if (::testing::Test::HasFailure()) {
    for (const auto& line : logs()) std::printf("  %s| %s\n", node_.c_str(), line.c_str());
  }
  shell("docker rm -f " + container_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

hoplab::v1::NodeSpec AgentContainer::spec(const std::string& interface, const std::string& address,
                                          const std::string& peer) const {
  hoplab::v1::NodeSpec spec;
  spec.set_lab("agenttest");
  spec.set_node(node_);
  auto* eth = spec.add_interfaces();
  eth->set_name(interface);
  if (!address.empty()) eth->add_addresses(address);
  eth->set_peer_node(peer);
  eth->set_peer_interface("eth0");
  return spec;
}

hoplab::v1::ConfigureReply AgentContainer::configure(const hoplab::v1::NodeSpec& spec) const {
  hoplab::v1::ConfigureReply reply;
  const auto status = stub_->Configure(within(seconds(5)).get(), spec, &reply);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return reply;
}

bool AgentContainer::becomes(hoplab::v1::Health::State state,
                             const std::function<bool(const hoplab::v1::Health&)>& also) const {
  const auto context = within(seconds(15));
  const auto stream = stub_->WatchHealth(context.get(), {});
  hoplab::v1::Health health;
  bool met = false;
  while (!met && stream->Read(&health)) met = health.state() == state && (!also || also(health));
  context->TryCancel();
  stream->Finish();
  if (!met) std::printf("last health of %s: %s\n", node_.c_str(), health.DebugString().c_str());
  return met;
}

hoplab::v1::Health AgentContainer::health() const {
  hoplab::v1::NodeState state;
  EXPECT_TRUE(stub_->Snapshot(within(seconds(5)).get(), {}, &state).ok());
  return state.health();
}

Executed AgentContainer::execute(const hoplab::v1::ExecStart& start,
                                 const std::vector<hoplab::v1::ExecInput>& inputs) const {
  const auto context = within(seconds(20));
  const auto stream = stub_->Exec(context.get());
  hoplab::v1::ExecInput first;
  *first.mutable_start() = start;
  stream->Write(first);
  for (const auto& input : inputs) stream->Write(input);
  Executed executed;
  hoplab::v1::ExecOutput output;
  while (stream->Read(&output)) {
    executed.output += output.output();
    executed.error_output += output.error_output();
    if (output.what_case() == hoplab::v1::ExecOutput::kExitCode) {
      executed.exit_code = output.exit_code();
    }
  }
  const auto status = stream->Finish();
  if (!status.ok()) executed.error_output += status.error_message();
  return executed;
}

Executed AgentContainer::run(const std::string& script) const {
  hoplab::v1::ExecStart start;
  for (const auto& word : {std::string("sh"), std::string("-c"), script}) start.add_command(word);
  return execute(start, {});
}

hoplab::v1::AddFaultReply AgentContainer::add_fault(hoplab::v1::Fault fault) const {
  hoplab::v1::AddFaultReply reply;
  const auto status = stub_->AddFault(within(seconds(10)).get(), fault, &reply);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return reply;
}

std::vector<std::string> AgentContainer::logs() const {
  const auto context = within(seconds(5));
  const auto stream = stub_->Logs(context.get(), {});
  std::vector<std::string> lines;
  hoplab::v1::LogLine line;
  while (stream->Read(&line)) lines.push_back(line.source() + ": " + line.text());
  stream->Finish();
  return lines;
}

bool AgentContainer::says(const std::string& source, const std::string& text) const {
  const auto context = within(seconds(15));
  hoplab::v1::LogsRequest request;
  request.set_follow(true);
  const auto stream = stub_->Logs(context.get(), request);
  hoplab::v1::LogLine line;
  bool said = false;
  while (!said && stream->Read(&line)) said = line.source() == source && line.text() == text;
  context->TryCancel();
  stream->Finish();
  return said;
}

void connect(const AgentContainer& a, const AgentContainer& b) {
  const auto wiring = wiring::VethWiring::open();
  ASSERT_TRUE(wiring) << wiring.error().what;
  wiring::Link link;
  link.a = {a.pid(), a.container(), "eth0", net::Mac{{2, 0x68, 0, 0, 0, 1}}};
  link.b = {b.pid(), b.container(), "eth0", net::Mac{{2, 0x68, 0, 0, 0, 2}}};
  link.alias = "hoplab:agenttest";
  const auto connected = (*wiring)->connect(link);
  ASSERT_TRUE(connected) << connected.error().what;
}

void disconnect(const AgentContainer& a) {
  const auto wiring = wiring::VethWiring::open();
  ASSERT_TRUE(wiring) << wiring.error().what;
  ASSERT_TRUE((*wiring)->disconnect({a.pid(), a.container(), "eth0", {}}));
}

std::unique_ptr<AgentContainer> TwoNodes::left_;
std::unique_ptr<AgentContainer> TwoNodes::right_;

void TwoNodes::SetUpTestSuite() {
  if (!missing({"hoplab/client"}).empty()) return;
  left_ = std::make_unique<AgentContainer>("left", "hoplab/client");
  right_ = std::make_unique<AgentContainer>("right", "hoplab/client");
  if (!left_->reachable() || !right_->reachable()) return;
  auto left = left_->spec("eth0", "192.0.2.1/24", "right");
  left.mutable_client();
  left_->configure(left);
  auto right = right_->spec("eth0", "192.0.2.2/24", "left");
  for (const auto* word : {"sh", "-c", "echo daemon is up; exec sleep 1000"}) {
    right.mutable_container()->add_command(word);
  }
  right_->configure(right);
  connect(*left_, *right_);
}

void TwoNodes::TearDownTestSuite() {
  left_.reset();
  right_.reset();
}

void TwoNodes::SetUp() {
  if (!left_) GTEST_SKIP() << missing({"hoplab/client"});
  ASSERT_TRUE(left_->reachable());
  ASSERT_TRUE(right_->reachable());
  ASSERT_TRUE(left_->becomes(hoplab::v1::Health::READY));
  ASSERT_TRUE(right_->becomes(hoplab::v1::Health::READY));
}

}  // namespace hoplab::agenttest
