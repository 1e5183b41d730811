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
//   - routing protocols: OSPF (protocol 89), EIGRP (88), BGP (TCP port 179), RIP (UDP ports 520 and
//     521), IS-IS (802.3 with LLC, as is spanning tree); IGMP (2), LLDP;
//   - DHCP and BOOTP about another client;
//   - what a connection begun before the request still says;
//   - the load balancer's own connections to port 80 that carry nothing, or GET /healthz: its
//   health
//     checks. Any other data on such a connection is a client's request passed on;
//   - ARP that was asked for such a packet. An ARP request belongs to the packet that waited for
//   it:
//     the first unicast IP packet that leaves the same interface for the MAC the answer names.
//     Where no packet followed, or the request was a unicast probe of an old entry, neither can be
//     shown; such ARP counts as "either": it may be in a hop or not, but not be invented. So does
//     IPv6's Neighbor Discovery.
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
#include <iterator>
#include <sstream>

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
  std::vector<std::string> tries;  // what the file's header says to type, and the like
};

void PrintTo(const Shipped& shipped, std::ostream* out) { *out << shipped.topology; }

const std::vector<Shipped>& shipped() {
  static const std::vector<Shipped> all = {
      {"lan",
       {"request client http://web.lan.test/ --cold", "request client http://web.lan.test/ --warm",
        "trace client -- ping -c 2 web.lan.test"}},
      {"three-routers",
       {"request client http://web.campus.test/ --cold",
        "request client http://web.campus.test/ --warm",
        "trace client -- ping -c 2 web.campus.test"}},
      {"naver",
       {"request client https://www.naver.com/ --cold",
        "request client https://www.naver.com/ --warm", "trace client -- ping -c 2 www.naver.com"}},
      {"lessons/bgp-policy",
       {"trace client -- ping -c 2 203.0.113.2", "trace client -- traceroute -n -q 1 203.0.113.2"}},
      {"lessons/bootp",
       {"request old http://192.168.10.20/ --cold", "request young http://192.168.10.20/ --cold"}},
      {"lessons/caches",
       {"request client http://www.shop.test/ --cold", "request client http://www.shop.test/",
        "trace client -- dig www.shop.test"}},
      {"lessons/dhcp-relay",
       {"request far http://10.1.2.20/ --cold", "request near http://10.1.2.20/ --cold"}},
      {"lessons/dhcpv6",
       {"request laptop http://[2001:db8:40:1::80]/ --cold", "trace laptop -- sleep 8"}},
      {"lessons/dhcpv6-relay",
       {"request far http://[2001:db8:40:2::80]/ --cold",
        "request near http://[2001:db8:40:2::80]/ --cold"}},
      {"lessons/dnssec",
       {"trace client -- dig +dnssec www.good.kr", "trace client -- dig www.bad.kr",
        "trace client -- dig www.plain.kr"}},
      {"lessons/dora",
       {"request laptop http://web.lan.test/ --cold", "request desk http://web.lan.test/ --cold"}},
      {"lessons/ecmp",
       {"trace client -- ping -c 2 10.0.0.22", "trace client -- curl -s http://10.0.0.22/",
        "trace client -- curl -s http://10.0.0.22/"}},
      {"lessons/dual-stack",
       {"request client http://www.dual.test/ --cold",
        "trace client -- curl -4 -s http://www.dual.test/",
        "trace client -- ping -6 -c 2 www.dual.test"}},
      {"lessons/eigrp", {"trace client -- ping -c 2 10.0.0.14"}},
      {"lessons/home-ipv6",
       {"request laptop http://www.example.test/ --cold",
        "trace laptop -- curl -4 -s http://www.example.test/",
        "trace laptop -- ping -6 -c 2 2001:db8:50:1::80",
        "trace visitor -- ping -6 -c 1 2001:db8:64:100::10"}},
      {"lessons/ipv6",
       {"request client http://[2001:db8:3:1::80]/ --cold",
        "trace client -- ping -6 -c 2 2001:db8:3:1::80",
        "trace client -- traceroute -6 -n -q 1 2001:db8:3:1::80"}},
      {"lessons/isis", {"trace client -- ping -c 2 10.0.0.18"}},
      {"lessons/lease-time", {"trace client -- sleep 6"}},
      {"lessons/lease-time6",
       {"trace laptop -- sleep 6", "request laptop http://[2001:db8:40:1::80]/ --cold"}},
      {"lessons/minimisation",
       {"trace client -- dig @10.34.0.53 www.shop.kr",
        "trace client -- dig @10.34.0.54 www.shop.kr"}},
      {"lessons/names",
       {"trace client -- dig www.kjy042386.co.kr", "trace client -- dig kjy042386.co.kr MX",
        "trace client -- dig nothere.kjy042386.co.kr"}},
      {"lessons/ospf-areas", {"trace client -- ping -c 2 10.0.0.18"}},
      {"lessons/ospf-dr",
       {"trace client -- ping -c 2 10.0.0.10", "trace client -- ping -6 -c 2 2001:db8:10:4::2"}},
      {"lessons/pool",
       {"request second http://192.168.10.101/ --cold",
        "request boss http://192.168.10.101/ --cold"}},
      {"lessons/pool6",
       {"request boss http://[2001:db8:40:1::1001]/ --cold",
        "request second http://[2001:db8:40:1::1001]/ --cold"}},
      {"lessons/redistribute", {"trace client -- ping -c 2 203.0.113.2"}},
      {"lessons/reflector", {"trace client -- ping -c 2 198.51.100.2"}},
      {"lessons/relations", {"trace shop-host -- ping -c 2 198.51.100.2"}},
      {"lessons/rip", {"trace client -- ping -c 2 10.0.0.14"}},
      {"lessons/slaac",
       {"request laptop http://[2001:db8:40:1::80]/ --cold",
        "request desk http://[2001:db8:40:1::80]/ --cold"}},
      {"lessons/stub", {"trace client -- getent ahostsv4 www.shop.test"}},
      {"lessons/transfer", {"trace client -- dig www.shop.test +short @10.32.0.12"}},
      {"lessons/truncation",
       {"trace client -- dig long.big.test TXT +noedns", "trace client -- dig long.big.test TXT",
        "trace client -- dig longer.big.test TXT"}},
      {"lessons/two-servers", {"request client http://192.168.10.20/ --cold"}},
      {"lessons/two-servers6", {"request laptop http://[2001:db8:40:1::80]/ --cold"}},
  };
  return all;
}

TEST(Truth, EveryTopologyThatShipsIsTried) {
  const fs::path root = HOPLAB_SOURCE_DIR "/topologies";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string name = fs::relative(entry.path(), root).replace_extension().string();
    EXPECT_TRUE(std::ranges::any_of(shipped(), [&](const auto& s) { return s.topology == name; }))
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
    lab_ = "truth-" + fs::path(GetParam().topology).filename().string();
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

  // What somebody types, up to the command to be traced, with our own options added.
  Recorded record(const std::string& line) {
    std::istringstream typed(line);
    std::vector<std::string> words(std::istream_iterator<std::string>(typed), {});
    const std::string file = directory_ / "bundle";
    const std::vector<std::string> ours = {"--lab",       lab_,       "--format", "json",
                                           "--every-hop", "--bundle", file};
    words.insert(std::ranges::find(words, "--"), ours.begin(), ours.end());
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

// A request is never told in a few frames; a command may be.
void expect_true(const Comparison& comparison, const std::string& what, bool request) {
  std::cout << what << "\n";
  print(comparison, std::cout);
  EXPECT_GT(comparison.total.matched, request ? 20U : 0U) << what;
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
  std::vector<Recorded> recorded;
  for (const std::string& line : GetParam().tries) {
    recorded.push_back(record(line));
    if (line.starts_with("request")) {
      EXPECT_EQ(recorded.back().journey.result().http_status(), 200) << line;
    }
  }
  const std::vector<Sighting> dumped = stop_dumps(Wires(recorded.front().bundle));
  for (size_t i = 0; i < recorded.size(); ++i) {
    expect_true(compare(dumped, recorded[i].bundle, recorded[i].journey),
                std::string(GetParam().topology) + ": " + GetParam().tries[i],
                GetParam().tries[i].starts_with("request"));
  }
  if (GetParam().tries.front().starts_with("request")) {
    expect_to_see_changes(dumped, recorded.front());
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, Frames, testing::ValuesIn(shipped()), [](const auto& shipped) {
  std::string name = shipped.param.topology;
  std::erase_if(name, [](char c) { return c == '-' || c == '/'; });
  return name;
});

}  // namespace
}  // namespace hoplab::truth
