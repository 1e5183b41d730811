// Real packets that a real kernel throws away, in namespaces of the test's own, each with the
// reason that kernel gave. A client wired to a router:
//   client west 10.9.0.1/24 – east 10.9.0.2/24 router
#include "controller/drops/drop_watch.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <set>

#include "agents/common/base/file_descriptor.h"
#include "agents/common/netlink/namespace.h"

namespace hoplab::drops {
namespace {

using netlink::NetworkNamespace;

Network inode_of(const NetworkNamespace& space) {
  struct stat status {};
  return ::fstat(space.fd(), &status) == 0 ? Network{status.st_ino} : 0;
}

void in(const NetworkNamespace& space, const std::string& commands) {
  const Status done = space.run([&]() -> Status {
    const std::string shell = "set -e; " + commands;
    if (std::system(shell.c_str()) != 0) return fail(ErrorKind::kInternal, "failed: " + commands);
    return {};
  });
  ASSERT_TRUE(done) << done.error().what;
}

class DropWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    auto client = NetworkNamespace::create();
    auto router = NetworkNamespace::create();
    if (!client || !router) GTEST_SKIP() << "needs root";
    client_.emplace(std::move(*client));
    router_.emplace(std::move(*router));
    if (const auto watch = DropWatch::open({}); !watch) {
      GTEST_SKIP() << "this machine tells no drop reasons: " << watch.error().what;
    }
    const std::string there =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(router_->fd());
    in(*client_, "ip link set lo up; ip link add west type veth peer name east netns " + there +
                     "; ip addr add 10.9.0.1/24 dev west; ip link set west up");
    in(*router_,
       "ip link set lo up; ip addr add 10.9.0.2/24 dev east; ip link set east up;"
       "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter;"
       "echo 0 > /proc/sys/net/ipv4/conf/east/rp_filter");
    in(*client_, "ip route add default via 10.9.0.2");
  }

  // One UDP datagram out of the client.
  void send(const std::string& address, uint16_t port, const std::string& source = "") {
    const Status sent = client_->run([&]() -> Status {
      const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in to{};
      to.sin_family = AF_INET;
      if (!source.empty()) {
        ::inet_pton(AF_INET, source.c_str(), &to.sin_addr);
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
          return fail_errno("bind", errno);
        }
      }
      to.sin_port = htons(port);
      ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
      // A firewall on the way out makes this fail with EPERM: that is a drop as well.
      (void)::sendto(socket.get(), "hoplab", 6, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
      return {};
    });
    ASSERT_TRUE(sent) << sent.error().what;
  }

  // Does it while listening; what was told of packets to that port, in that namespace.
  template <typename Act>
  std::vector<v1::DropEvent> told(const NetworkNamespace& where, uint16_t port, Act act) {
    auto watch = DropWatch::open({inode_of(where)});
    EXPECT_TRUE(watch) << watch.error().what;
    if (!watch) return {};
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const int64_t began = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    act();
    Heard heard = (*watch)->finish();
    EXPECT_EQ(heard.lost, 0U);
    std::vector<v1::DropEvent> mine;
    for (const auto& [network, events] : heard.events) {
      EXPECT_EQ(network, inode_of(where));
      for (const auto& event : events) {
        const std::string& p = event.drop().packet();
        if (event.drop().ether_type() != 0x0800 || p.size() < 28 || p[9] != IPPROTO_UDP) continue;
        const auto byte = [&](size_t i) { return static_cast<uint8_t>(p[i]); };
        if ((byte(22) << 8U | byte(23)) != port) continue;
        EXPECT_EQ(event.daemon(), "kernel");
        EXPECT_EQ(event.drop().length(), 34U);  // IP, UDP, "hoplab"
        EXPECT_EQ(p.substr(28, 6), "hoplab");
        EXPECT_GT(event.time_ns(), began - 5'000'000);
        EXPECT_LT(event.time_ns(), began + 20'000'000'000);
        mine.push_back(event.drop());
      }
    }
    return mine;
  }
  std::vector<std::string> reasons(const NetworkNamespace& where, uint16_t port,
                                   const std::string& address) {
    std::vector<std::string> names;
    for (const auto& drop : told(where, port, [&] { send(address, port); })) {
      names.push_back(drop.reason());
    }
    return names;
  }

  std::optional<NetworkNamespace> client_;
  std::optional<NetworkNamespace> router_;
};

TEST_F(DropWatchTest, AClosedPort) {
  const auto drops = told(*router_, 7001, [&] { send("10.9.0.2", 7001); });
  ASSERT_EQ(drops.size(), 1U);
  EXPECT_EQ(drops[0].reason(), "NO_SOCKET");
  EXPECT_EQ(drops[0].interface(), "east");
  EXPECT_NE(drops[0].location(), "");
}

TEST_F(DropWatchTest, AFirewallRuleThatForwards) {
  if (std::system("command -v nft > /dev/null") != 0) GTEST_SKIP() << "there is no nft here";
  in(*router_,
     "ip link add south type veth peer name north; ip addr add 10.10.0.1/24 dev south;"
     "ip link set south up; ip link set north up; nft add table ip t;"
     "nft 'add chain ip t f { type filter hook forward priority 0; }';"
     "nft add rule ip t f udp dport 7002 drop");
  EXPECT_EQ(reasons(*router_, 7002, "10.10.0.9"), std::vector<std::string>{"NETFILTER_DROP"});
}

TEST_F(DropWatchTest, AFirewallRuleBeforeAnyFrame) {
  if (std::system("command -v nft > /dev/null") != 0) GTEST_SKIP() << "there is no nft here";
  in(*client_,
     "nft add table ip t; nft 'add chain ip t o { type filter hook output priority 0; }';"
     "nft add rule ip t o udp dport 7003 drop");
  EXPECT_EQ(reasons(*client_, 7003, "10.9.0.2"), std::vector<std::string>{"NETFILTER_DROP"});
}

TEST_F(DropWatchTest, ANeighborThatDoesNotAnswer) {
  in(*client_,
     "echo 20 > /proc/sys/net/ipv4/neigh/west/retrans_time_ms;"
     "echo 1 > /proc/sys/net/ipv4/neigh/west/mcast_solicit");
  const auto drops = told(*client_, 7004, [&] {
    EXPECT_TRUE(client_->run([]() -> Status {
      const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(7004);
      ::inet_pton(AF_INET, "10.9.0.77", &to.sin_addr);
      const timeval longest{10, 0};
      std::array<char, 16> got{};
      const int yes = 1;
      if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest) != 0 ||
          ::setsockopt(socket.get(), IPPROTO_IP, IP_RECVERR, &yes, sizeof yes) != 0 ||
          ::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 ||
          ::send(socket.get(), "hoplab", 6, 0) != 6) {
        return fail_errno("send", errno);
      }
      // Where the kernel gives up it tells the sender, and drops what waited.
      if (::recv(socket.get(), got.data(), got.size(), 0) >= 0 || errno != EHOSTUNREACH) {
        return fail_errno("wait for the host to be called unreachable", errno);
      }
      return {};
    }));
    in(*client_, "ip neigh show 10.9.0.77 | grep -q FAILED");
  });
  ASSERT_EQ(drops.size(), 1U);
  EXPECT_EQ(drops[0].reason(), "NEIGH_FAILED");
}

TEST_F(DropWatchTest, ABlackholeRoute) {
  in(*router_, "ip route add blackhole 10.77.0.0/16");
  const auto names = reasons(*router_, 7005, "10.77.0.1");
  ASSERT_EQ(names.size(), 1U);
  // Linux 6.18 calls it a route that is not there, earlier ones give no reason.
  EXPECT_TRUE(names[0] == "IP_INNOROUTES" || names[0] == "NOT_SPECIFIED") << names[0];
}

TEST_F(DropWatchTest, TheReversePathFilter) {
  // ARP is subject to the filter too: nobody needs to ask.
  in(*router_, "ip link set east address 02:00:00:00:00:02");
  in(*client_, "ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev west nud permanent");
  in(*client_, "ip addr add 172.16.5.5/32 dev lo");
  in(*router_, "echo 1 > /proc/sys/net/ipv4/conf/east/rp_filter");
  const auto drops = told(*router_, 7006, [&] { send("10.9.0.2", 7006, "172.16.5.5"); });
  ASSERT_EQ(drops.size(), 1U);
  EXPECT_EQ(drops[0].reason(), "IP_RPFILTER");
}

// Loaded while it listens, and gone with it: an idle lab has no program on the tracepoint.
TEST_F(DropWatchTest, NothingIsLeftInTheKernel) {
  const auto loaded = [] {
    std::set<uint32_t> ids;
    for (uint32_t id = 0; ::bpf_prog_get_next_id(id, &id) == 0;) {
      const FileDescriptor program(::bpf_prog_get_fd_by_id(id));
      bpf_prog_info info{};
      uint32_t size = sizeof info;
      if (program && ::bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0 &&
          std::string(info.name) == "on_kfree_skb") {
        ids.insert(id);
      }
    }
    return ids;
  };
  const auto before = loaded();
  std::set<uint32_t> ours;
  {
    auto watch = DropWatch::open({inode_of(*client_)});
    ASSERT_TRUE(watch) << watch.error().what;
    std::ranges::set_difference(loaded(), before, std::inserter(ours, ours.end()));
    EXPECT_FALSE(ours.empty());
    (*watch)->finish();
  }
  // The kernel frees a program after the readers of the moment are done.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool left = true;
  while (left && std::chrono::steady_clock::now() < deadline) {
    const auto now = loaded();
    left = std::ranges::any_of(ours, [&](uint32_t id) { return now.contains(id); });
  }
  EXPECT_FALSE(left);
}

TEST_F(DropWatchTest, OtherNamespacesAreNotTold) {
  const auto drops = told(*client_, 7007, [&] { send("10.9.0.2", 7007); });
  EXPECT_TRUE(drops.empty());
}

TEST_F(DropWatchTest, NothingIsTakenThatIsNoDrop) {
  std::optional<FileDescriptor> server;
  ASSERT_TRUE(router_->run([&]() -> Status {
    server.emplace(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(7008);
    if (::bind(server->get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) {
      return fail_errno("bind", errno);
    }
    return {};
  }));
  const auto drops = told(*router_, 7008, [&] {
    send("10.9.0.2", 7008);
    std::array<char, 16> got{};
    EXPECT_EQ(::recv(server->get(), got.data(), got.size(), 0), 6);
  });
  EXPECT_TRUE(drops.empty());
}

}  // namespace
}  // namespace hoplab::drops
