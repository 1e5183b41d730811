// Real traffic over an impaired wire between two namespaces: TCP as an application has it.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "agents/common/link_emulation/emulator.h"
#include "tests/unit/netlink/own_namespace.h"

namespace hoplab::link_emulation {
namespace {

using namespace std::chrono_literals;
using netlink::must;
using netlink::Netlink;
using netlink::NetworkNamespace;
using std::chrono::steady_clock;

constexpr uint16_t kPort = 9000;

// here (OwnNamespace) eth0 192.0.2.1 ═══ 192.0.2.2 eth0 there.
class TrafficTest : public netlink::OwnNamespace {
 protected:
  void SetUp() override {
    OwnNamespace::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto made = NetworkNamespace::create();
    ASSERT_TRUE(made) << made.error().what;
    there_.emplace(*std::move(made));
    must(net().add_veth("eth0", "far"));
    ifinfomsg header{};
    header.ifi_index = must(net().link("far")).index;
    netlink::Message move(RTM_NEWLINK, 0);
    move.header(header).put(IFLA_NET_NS_FD, static_cast<uint32_t>(there_->fd()));
    ASSERT_TRUE(net().socket().execute(move).ok());
    prepare(net(), "eth0", "192.0.2.1/24");
    ASSERT_TRUE(there_->run([&]() -> Status {
      const auto netlink = Netlink::open();
      if (!netlink) return std::unexpected(netlink.error());
      prepare(*netlink, "far", "192.0.2.2/24");
      return {};
    }));
  }
  static void prepare(const Netlink& netlink, const char* name, const char* address) {
    must(netlink.add_address(name, *net::parse_interface_address(address)));
    must(netlink.set_up("lo", true));
    must(netlink.set_up(name, true));
  }
  void set_offload(bool on) {
    must(net().set_offload("eth0", on));
    ASSERT_TRUE(there_->run([&]() -> Status {
      const auto netlink = Netlink::open();
      must(netlink->set_offload("far", on));
      return {};
    }));
  }
  void inside(const std::function<Status()>& work) {
    const Status done = space_->run(work);
    ASSERT_TRUE(done) << done.error().what;
  }
  static sockaddr_in peer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    address.sin_addr.s_addr = htonl(net::parse_ipv4("192.0.2.2")->value);
    return address;
  }
  // Sends a patterned stream over TCP; the bytes that arrived in order, and how long it took.
  struct Transfer {
    size_t good_bytes = 0;
    std::chrono::duration<double> took{};
  };
  Transfer transfer(size_t bytes) {
    Transfer result;
    std::promise<void> listening;
    std::thread receiver([&] {
      (void)there_->run([&]() -> Status {
        const FileDescriptor server(::socket(AF_INET, SOCK_STREAM, 0));
        const int on = 1;
        ::setsockopt(server.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        sockaddr_in address = peer();
        EXPECT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        EXPECT_EQ(::listen(server.get(), 1), 0);
        listening.set_value();
        pollfd wait{server.get(), POLLIN, 0};
        if (::poll(&wait, 1, 10000) != 1) return {};
        const FileDescriptor connection(::accept(server.get(), nullptr, nullptr));
        const timeval deadline{20, 0};
        ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
        std::vector<uint8_t> buffer(1 << 18);
        for (;;) {
          const ssize_t size = ::recv(connection.get(), buffer.data(), buffer.size(), 0);
          if (size <= 0) return {};
          for (ssize_t i = 0; i < size; ++i) {
            if (buffer[static_cast<size_t>(i)] != pattern(result.good_bytes)) return {};
            ++result.good_bytes;
          }
        }
      });
    });
    listening.get_future().wait();
    const auto start = steady_clock::now();
    inside([&]() -> Status {
      const FileDescriptor client(::socket(AF_INET, SOCK_STREAM, 0));
      const timeval deadline{20, 0};
      ::setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
      sockaddr_in address = peer();
      if (::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        return fail_errno("connect", errno);
      }
      std::vector<uint8_t> data(bytes);
      for (size_t i = 0; i < bytes; ++i) data[i] = pattern(i);
      for (size_t sent = 0; sent < bytes;) {
        const ssize_t size = ::send(client.get(), data.data() + sent, bytes - sent, MSG_NOSIGNAL);
        if (size <= 0) return fail_errno("send", errno);
        sent += static_cast<size_t>(size);
      }
      return {};
    });
    receiver.join();
    result.took = steady_clock::now() - start;
    return result;
  }
  static uint8_t pattern(size_t i) { return static_cast<uint8_t>((i * 2654435761U) >> 13U); }

  void open(Observer observer = nullptr) {
    inside([&]() -> Status {
      auto mechanism = open_user_space(std::move(observer));
      if (!mechanism) return std::unexpected(mechanism.error());
      emulator_ = std::make_unique<LinkEmulator>(*std::move(mechanism));
      return {};
    });
  }

  std::optional<NetworkNamespace> there_;
  std::unique_ptr<LinkEmulator> emulator_;
};

constexpr size_t kMegabyte = 1 << 20;

TEST_F(TrafficTest, BulkTcpPassesTheDetourInFramesOfTheWire) {
  std::atomic<uint64_t> frames = 0;
  std::atomic<size_t> largest = 0;
  open([&](const AffectedFrame& frame) {
    ++frames;
    largest = std::max<size_t>(largest, frame.bytes.size());
  });
  inside([&] { return emulator_->apply("eth0", Loss{0, 1}); });
  for (const bool offload : {false, true}) {
    set_offload(offload);
    frames = 0;
    const Transfer result = transfer(32 * kMegabyte);
    EXPECT_EQ(result.good_bytes, 32 * kMegabyte);
    EXPECT_EQ(largest, 1514U) << "the MTU and the Ethernet header";
    EXPECT_GE(frames, 32 * kMegabyte / 1448);
    EXPECT_LT(frames, 32 * kMegabyte / 1448 * 11 / 10) << "hardly anything was sent twice";
    const double rate = 32 * 8 / result.took.count();
    fmt::print("{:.0f} Mbit/s through the detour, {} frames, offloads {}\n", rate, frames.load(),
               offload ? "on" : "off");
  }
}

TEST_F(TrafficTest, TcpRecoversWhatIsLost) {
  set_offload(false);
  std::atomic<uint64_t> dropped = 0;
  open([&](const AffectedFrame& frame) { dropped += frame.dropped ? 1 : 0; });
  inside([&] { return emulator_->apply("eth0", Loss{5, 3}); });
  inside([&] { return emulator_->apply("eth0", Delay{2ms, 1ms}); });
  EXPECT_EQ(transfer(kMegabyte).good_bytes, kMegabyte);
  EXPECT_GT(dropped, 0U);
}

TEST_F(TrafficTest, ClearingInFullFlightLosesNothing) {
  set_offload(false);
  std::atomic<uint64_t> dropped = 0;
  open([&](const AffectedFrame& frame) { dropped += frame.dropped ? 1 : 0; });
  inside([&] { return emulator_->apply("eth0", Delay{5ms, 0us}); });
  auto flight = std::async(std::launch::async, [&] { return transfer(16 * kMegabyte); });
  for (int i = 0; i < 5; ++i) {
    inside([&]() -> Status {
      must(emulator_->clear("eth0"));
      return emulator_->apply("eth0", Delay{5ms, 0us});
    });
  }
  inside([&]() -> Status {
    must(emulator_->clear("eth0"));
    return {};
  });
  EXPECT_EQ(flight.get().good_bytes, 16 * kMegabyte);
  EXPECT_EQ(dropped, 0U);
}

// The thread's own capabilities become these two, as in a container.
bool keep_only_network_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  data[0].permitted = data[0].effective = (1U << CAP_NET_ADMIN) | (1U << CAP_NET_RAW);
  return ::syscall(SYS_capset, &header, data) == 0;
}

TEST_F(TrafficTest, TwoCapabilitiesAreEnough) {
  inside([&]() -> Status {
    EXPECT_TRUE(keep_only_network_capabilities());
    EXPECT_NE(::syscall(SYS_unshare, 0x40000000 /* CLONE_NEWNET */), 0)
        << "else nothing was dropped";
    auto mechanism = open_user_space(nullptr);
    if (!mechanism) return std::unexpected(mechanism.error());
    LinkEmulator emulator(*std::move(mechanism));
    if (Status done = emulator.apply("eth0", Delay{1ms, 0us}); !done) return done;
    EXPECT_TRUE(net().link(fmt::format("hop-{}", must(net().link("eth0")).index)));
    EXPECT_TRUE(must(emulator.clear("eth0")));
    return {};
  });
}

// A broadcast leaves by the detour and must not come back to the node's own stack.
TEST_F(TrafficTest, TheNodeDoesNotHearItself) {
  open();
  inside([&] { return emulator_->apply("eth0", Loss{0, 1}); });
  inside([&]() -> Status {
    // As a DHCP client does: from nobody, to everybody.
    const FileDescriptor listener(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(67);
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&any), sizeof(any)), 0);
    const FileDescriptor far_listener = [&] {
      FileDescriptor fd;
      (void)there_->run([&]() -> Status {
        fd = FileDescriptor(::socket(AF_INET, SOCK_DGRAM, 0));
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&any), sizeof(any)), 0);
        return {};
      });
      return fd;
    }();
    must(net().remove_address("eth0", *net::parse_interface_address("192.0.2.1/24")));
    const FileDescriptor client(::socket(AF_INET, SOCK_DGRAM, 0));
    const int on = 1;
    ::setsockopt(client.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    ::setsockopt(client.get(), SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
    sockaddr_in all = any;
    all.sin_addr.s_addr = INADDR_BROADCAST;
    const char question[] = "who am I";
    if (::sendto(client.get(), question, sizeof(question), 0, reinterpret_cast<sockaddr*>(&all),
                 sizeof(all)) < 0) {
      return fail_errno("send to everybody", errno);
    }
    pollfd far{far_listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&far, 1, 2000), 1) << "the other end hears it";
    // Once by the stack's own copy to local listeners, as without a fault; not a second time.
    char byte = 0;
    EXPECT_EQ(::recv(listener.get(), &byte, 1, 0), 1);
    pollfd near{listener.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&near, 1, 100), 0) << "the node hears its own frame come back";
    return {};
  });
}

}  // namespace
}  // namespace hoplab::link_emulation
