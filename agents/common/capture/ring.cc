#include "agents/common/capture/ring.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace hoplab::agent {
namespace {

constexpr uint32_t kFrameBytes = 2048;  // only a divisor of the block in version 3
constexpr uint32_t kDefaultBytes = 2U << 20U;
constexpr size_t kMacBytes = 12;  // both addresses; the VLAN tag stands behind them

// Keeps so many bytes of each frame; 0: none, so that the frame is not taken at all.
bool attach_snap_filter(int fd, uint32_t bytes) {
  sock_filter keep{BPF_RET | BPF_K, 0, 0, bytes};
  const sock_fprog program{1, &keep};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

uint32_t load_status(const tpacket_block_desc* block) {
  return __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

}  // namespace

Result<Ring> Ring::open(const std::string& interface, uint32_t snap_length, uint32_t ring_bytes) {
  const auto failed = [&](const char* step) {
    return fail_errno("capture on " + interface + ": " + step, errno);
  };
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) {
    return fail(ErrorKind::kNotFound, "capture on " + interface + ": no such interface");
  }
  Ring ring;
  // Protocol 0: nothing arrives before the ring is there and the socket is bound.
  ring.socket_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  const int fd = ring.socket_.get();
  if (fd < 0) return failed("packet socket");
  const int version = TPACKET_V3;
  if (::setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
    return failed("ring version");
  }
  ring.blocks_ = std::max(2U, (ring_bytes == 0 ? kDefaultBytes : ring_bytes) / kBlockBytes);
  ring.bytes_ = size_t{ring.blocks_} * kBlockBytes;
  tpacket_req3 request{};
  request.tp_block_size = kBlockBytes;
  request.tp_block_nr = ring.blocks_;
  request.tp_frame_size = kFrameBytes;
  request.tp_frame_nr = ring.blocks_ * (kBlockBytes / kFrameBytes);
  request.tp_retire_blk_tov = kRetireMs;
  if (::setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
    return failed("ring");
  }
  if (snap_length != 0 && !attach_snap_filter(fd, snap_length)) return failed("snap length");
  void* memory = ::mmap(nullptr, ring.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return failed("map the ring");
  ring.memory_ = static_cast<uint8_t*>(memory);

  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("bind");
  }
  return ring;
}

Ring::Ring(Ring&& other) noexcept
    : socket_(std::move(other.socket_)),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_),
      blocks_(other.blocks_),
      current_(other.current_),
      delivered_(other.delivered_),
      taken_(other.taken_),
      drops_(other.drops_) {}

Ring::~Ring() {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
}

bool Ring::read_block(const std::function<void(const FrameView&)>& deliver) {
  uint8_t* base = memory_ + size_t{current_} * kBlockBytes;
  auto* block = reinterpret_cast<tpacket_block_desc*>(base);
  if ((load_status(block) & TP_STATUS_USER) == 0) return false;

  const uint8_t* at = base + block->hdr.bh1.offset_to_first_pkt;
  std::array<uint8_t, kBlockBytes + 4> tagged;  // a frame with the VLAN tag put back
  for (uint32_t i = 0; i < block->hdr.bh1.num_pkts; ++i) {
    const auto* header = reinterpret_cast<const tpacket3_hdr*>(at);
    const auto* from =
        reinterpret_cast<const sockaddr_ll*>(at + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
    FrameView frame;
    frame.outgoing = from->sll_pkttype == PACKET_OUTGOING;
    frame.time_ns = int64_t{header->tp_sec} * 1'000'000'000 + header->tp_nsec;
    frame.length = header->tp_len;
    frame.data = {at + header->tp_mac, header->tp_snaplen};
    if ((header->tp_status & TP_STATUS_VLAN_VALID) != 0 && frame.data.size() >= kMacBytes) {
      const bool known = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
      const std::array<uint16_t, 2> tag{htons(known ? header->hv1.tp_vlan_tpid : ETH_P_8021Q),
                                        htons(static_cast<uint16_t>(header->hv1.tp_vlan_tci))};
      std::memcpy(tagged.data(), frame.data.data(), kMacBytes);
      std::memcpy(tagged.data() + kMacBytes, tag.data(), sizeof tag);
      std::memcpy(tagged.data() + kMacBytes + sizeof tag, frame.data.data() + kMacBytes,
                  frame.data.size() - kMacBytes);
      frame.data = {tagged.data(), frame.data.size() + sizeof tag};
      frame.length += sizeof tag;
    }
    deliver(frame);
    ++delivered_;
    at += header->tp_next_offset;
  }
  __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  current_ = (current_ + 1) % blocks_;
  return true;
}

void Ring::freeze() { attach_snap_filter(socket_.get(), 0); }

void Ring::read_statistics() {
  tpacket_stats_v3 now{};
  socklen_t size = sizeof now;
  // Reading sets the kernel's counters to zero. tp_packets includes those dropped.
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &now, &size) != 0) return;
  taken_ += now.tp_packets - now.tp_drops;
  drops_ += now.tp_drops;
}

bool Ring::drained() {
  read_statistics();
  return delivered_ >= taken_;
}

uint64_t Ring::drops() {
  read_statistics();
  return drops_;
}

void Ring::clear_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
}

}  // namespace hoplab::agent
