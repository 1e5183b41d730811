// Is the journey true, frame by frame? For each topology that ships, a lab is started, a tcpdump
// listens at every interface of it (its own process in the node's namespace, its own file),
// requests and a command are made, and tcpdump's files are compared with the journeys.
//
//   matched   frames in hops that tcpdump saw: same interface, direction, bytes, time
//   missing   frames of the request that tcpdump saw and no hop has          must be 0
//   invented  frames in hops that tcpdump did not see                         must be 0
//   twice     frames in more than one hop                                     must be 0
//   foreign   frames in hops that are shown below to be the lab's own life    must be 0
//
// Which of tcpdump's frames are of the request is decided here, by another parser and other rules
// than the engine's. In the lab nobody is a client but the one client, so everything between the
// journey's start and end is of the request except what the lab does by itself:
//   - OSPF (protocol 89), IGMP (2), BGP (TCP port 179), in whichever direction;
//   - IPv6, spanning tree (802.3 with LLC) and LLDP: the labs speak IPv4 over Ethernet II;
//   - the load balancer's own connections to port 80 that carry nothing, or GET /healthz: its
//   health
//     checks. Any other data on such a connection is a client's request passed on;
//   - ARP that was asked for such a packet. An ARP request belongs to the packet that waited for
//   it:
//     the first unicast IP packet that leaves the same interface for the MAC the answer names.
//     Where no packet followed, or the request was a unicast probe of an old entry, neither can be
//     shown; such ARP counts as "either": it may be in a hop or not, but not be invented.
//
// Direction is not in tcpdump's files. It follows from the source MAC: the interface's own is out,
// the peer's is in, another's was carried on by the switch at one of the two ends.
//
// tcpdump starts before and stops after everything, so that a frame at the edges of a journey,
// which the engine's capture may still have, is found. Its kernel drops must be 0.
//
// That the comparison can fail is part of the test: one frame is taken out of what the engine is
// given, and one is put in, and each must be found.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "controller/journey/engine.h"
#include "tests/integration/lab/hoplab.h"
#include "tests/truth/frames/comparison.h"
#include "tests/truth/frames/tcpdump.h"

namespace hoplab::truth {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Shipped {
  const char* topology;
  const char* url;
  const char* server;  // a name the client can ping
};
constexpr Shipped kShipped[] = {
    {"lan", "http://web.lan.test/", "web.lan.test"},
    {"three-routers", "http://web.campus.test/", "web.campus.test"},
    {"naver", "https://www.naver.com/", "www.naver.com"},
};

TEST(Truth, EveryTopologyThatShipsIsTried) {
  for (const auto& entry : fs::directory_iterator(HOPLAB_SOURCE_DIR "/topologies")) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_NE(std::ranges::find(kShipped, entry.path().stem().string(), &Shipped::topology),
              std::end(kShipped))
        << entry.path() << " is not in the table above";
  }
}

struct Recorded {
  v1::Bundle bundle;
  v1::Journey journey;
};

class Frames : public testing::TestWithParam<Shipped> {
 protected:
  void SetUp() override {
    if (const std::string reason = test::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    lab_ = std::string("truth-") + GetParam().topology;
    directory_ = fs::temp_directory_path() / ("hoplab-" + lab_);
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    test::hoplab({"down", lab_});
    const auto up = test::hoplab(
        {"up", std::string(HOPLAB_SOURCE_DIR "/topologies/") + GetParam().topology + ".yaml",
         "--lab", lab_},
        std::chrono::seconds(400));
    up_ = true;
    ASSERT_EQ(up.exit_code, 0) << up.err;
  }
  void TearDown() override {
    if (!up_) return;
    dumps_.clear();
    const auto down = test::hoplab({"down", lab_});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    EXPECT_EQ(test::leftovers(lab_), "");
    fs::remove_all(directory_);
  }

  void start_dumps() {
    const v1::LabList list = test::status(lab_);
    ASSERT_EQ(list.labs_size(), 1);
    for (const auto& node : list.labs(0).nodes()) {
      const auto wires = wires_of(node.pid());
      EXPECT_FALSE(wires.empty()) << node.node();
      for (const auto& wire : wires) {
        const std::string name = node.node() + ":" + wire;
        dumps_[name] = std::make_unique<Tcpdump>(node.pid(), wire, directory_ / (name + ".pcap"));
      }
    }
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    for (const auto& [name, dump] : dumps_) {
      ASSERT_TRUE(dump->wait_listening(deadline)) << name << ": " << dump->said();
    }
  }

  std::vector<Sighting> stop_dumps(const Wires& wires) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    std::vector<Sighting> all;
    for (const auto& [name, dump] : dumps_) {
      EXPECT_TRUE(dump->wait_caught_up(deadline)) << name << ": " << dump->said();
    }
    for (const auto& [name, dump] : dumps_) {
      EXPECT_EQ(dump->stop(deadline), "") << name;
      const size_t colon = name.find(':');
      for (auto& frame : dump->read()) {
        const auto wire = read_wire(frame.bytes);
        if (!wire) continue;
        Sighting seen{name.substr(0, colon), name.substr(colon + 1), false,
                      frame.time_ns,         std::move(frame.bytes), *wire};
        seen.out = wires.is_out(seen.node, seen.interface, seen.wire);
        all.push_back(std::move(seen));
      }
    }
    std::ranges::stable_sort(all, {}, &Sighting::time_ns);
    return all;
  }

  Recorded record(std::vector<std::string> words, const std::vector<std::string>& command = {}) {
    const std::string file = directory_ / "bundle";
    words.insert(words.end(), {"--lab", lab_, "--format", "json", "--every-hop", "--bundle", file});
    if (!command.empty()) words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    const auto outcome = test::hoplab(words);
    Recorded recorded;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(outcome.out, &recorded.journey).ok())
        << "exit " << outcome.exit_code << "\n"
        << outcome.out << outcome.err;
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in && recorded.bundle.ParseFromIstream(&in));
    return recorded;
  }

  std::string lab_;
  fs::path directory_;
  bool up_ = false;
  std::map<std::string, std::unique_ptr<Tcpdump>> dumps_;
};

void expect_true(const Comparison& comparison, const std::string& what) {
  std::cout << what << "\n";
  print(comparison, std::cout);
  EXPECT_GT(comparison.total.matched, 20U) << what;
  EXPECT_EQ(comparison.total.missing, 0U) << what;
  EXPECT_EQ(comparison.total.invented, 0U) << what;
  EXPECT_EQ(comparison.total.twice, 0U) << what;
  EXPECT_EQ(comparison.total.foreign, 0U) << what;
}

// The capture and number of a TCP frame in the middle of the journey that a hop has.
std::pair<int, int> some_frame(const Recorded& recorded) {
  const v1::FrameRef* found = nullptr;
  for (const auto& trip : recorded.journey.trips()) {
    for (const auto& hop : trip.hops()) {
      const bool middle = hop.outcome() == v1::Hop::FORWARDED || hop.outcome() == v1::Hop::SWITCHED;
      if (middle && hop.has_in_frame() && hop.in_headers().protocol() == "TCP") {
        found = &hop.in_frame();
      }
    }
  }
  if (found == nullptr) return {-1, -1};
  const auto& captures = recorded.bundle.captures();
  const auto capture = std::ranges::find(captures, found->node(), &v1::NodeCapture::node);
  return {static_cast<int>(capture - captures.begin()), static_cast<int>(found->index())};
}

void expect_to_see_changes(const std::vector<Sighting>& dumped, const Recorded& recorded) {
  const auto [capture, frame] = some_frame(recorded);
  ASSERT_GE(capture, 0);
  v1::Bundle less = recorded.bundle;
  auto& frames = *less.mutable_captures(capture)->mutable_frames();
  frames.erase(frames.begin() + frame);
  const Comparison without = compare(dumped, less, journey::build(less));
  EXPECT_GE(without.total.missing, 1U) << "a frame taken from the engine went unnoticed";
  EXPECT_EQ(without.total.invented, 0U);

  v1::Bundle more = recorded.bundle;
  v1::Frame added = recorded.bundle.captures(capture).frames(frame);
  added.set_time_ns(added.time_ns() + 2 * 50'000'000);  // the same bytes, when nothing passed
  *more.mutable_captures(capture)->add_frames() = added;
  const Comparison with = compare(dumped, more, journey::build(more));
  EXPECT_EQ(with.total.invented, 1U) << "a frame given to the engine went unnoticed";
  EXPECT_EQ(with.total.missing, 0U);
}

TEST_P(Frames, EachIsInOneHopAndNoneIsInvented) {
  ASSERT_NO_FATAL_FAILURE(start_dumps());
  const Recorded cold = record({"request", "client", GetParam().url, "--cold"});
  const Recorded warm = record({"request", "client", GetParam().url, "--warm"});
  const Recorded ping = record({"trace", "client"}, {"ping", "-c", "2", GetParam().server});
  EXPECT_EQ(cold.journey.result().http_status(), 200);
  EXPECT_EQ(warm.journey.result().http_status(), 200);
  const std::vector<Sighting> dumped = stop_dumps(Wires(cold.bundle));
  const std::string lab = GetParam().topology;
  expect_true(compare(dumped, cold.bundle, cold.journey), lab + ", cold request");
  expect_true(compare(dumped, warm.bundle, warm.journey), lab + ", warm request");
  expect_true(compare(dumped, ping.bundle, ping.journey), lab + ", ping");
  expect_to_see_changes(dumped, cold);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Frames, testing::ValuesIn(kShipped), [](const auto& shipped) {
  std::string name = shipped.param.topology;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace hoplab::truth
