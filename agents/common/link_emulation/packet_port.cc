#include "agents/common/link_emulation/packet_port.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace hoplab::link_emulation {
namespace {

constexpr int kReceiveBuffer = 32 << 20;
constexpr int kSendBuffer = 4 << 20;

Result<FileDescriptor> open_packet_socket() {
  FileDescriptor fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail(errno == EPERM ? ErrorKind::kEnvironment : ErrorKind::kInternal,
                fmt::format("open packet socket: {}", std::strerror(errno)),
                errno == EPERM ? "the container needs CAP_NET_RAW" : "");
  }
  return fd;
}

Status set(const FileDescriptor& fd, int level, int option, int value, const char* name) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof(value)) != 0) {
    return fail_errno(fmt::format("set {} of packet socket", name), errno);
  }
  return {};
}

Status bind_to(const FileDescriptor& fd, int index, uint16_t protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = index;
  address.sll_protocol = htons(protocol);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return fail_errno(fmt::format("bind packet socket to interface {}", index), errno);
  }
  return {};
}

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Result<PacketReader> PacketReader::open(int index) {
  auto fd = open_packet_socket();
  if (!fd) return std::unexpected(fd.error());
  if (!set(*fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer, "receive buffer")) {
    (void)set(*fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer, "receive buffer");
  }
  Status done = set(*fd, SOL_SOCKET, SO_TIMESTAMPNS, 1, "timestamps");
  if (done) done = bind_to(*fd, index, ETH_P_ALL);
  if (!done) return std::unexpected(done.error());
  return PacketReader(*std::move(fd));
}

std::optional<ReceivedFrame> PacketReader::read() {
  for (;;) {
    iovec part{buffer_.data(), buffer_.size()};
    alignas(cmsghdr) std::array<char, 256> control;
    sockaddr_ll from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(fd_.get(), &message, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    if (size < ETH_HLEN) continue;
    ReceivedFrame frame{{buffer_.begin(), buffer_.begin() + size}, 0};
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
      frame.time_ns = int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec;
    }
    if (frame.time_ns == 0) frame.time_ns = now_ns();
    return frame;
  }
}

uint64_t PacketReader::overflows() {
  tpacket_stats stats{};
  socklen_t size = sizeof(stats);
  if (::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0) return 0;
  return stats.tp_drops;
}

Result<PacketWriter> PacketWriter::open(int index) {
  auto fd = open_packet_socket();
  if (!fd) return std::unexpected(fd.error());
  if (!set(*fd, SOL_SOCKET, SO_SNDBUFFORCE, kSendBuffer, "send buffer")) {
    (void)set(*fd, SOL_SOCKET, SO_SNDBUF, kSendBuffer, "send buffer");
  }
  // Past the queue and the filter that led the frame here.
  Status done = set(*fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "queue bypass");
  if (done) done = bind_to(*fd, index, 0);
  if (!done) return std::unexpected(done.error());
  return PacketWriter(*std::move(fd));
}

bool PacketWriter::write(std::span<const uint8_t> bytes) {
  for (;;) {
    if (::send(fd_.get(), bytes.data(), bytes.size(), 0) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace hoplab::link_emulation
