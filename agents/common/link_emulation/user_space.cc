// The detour's other half: one thread reads frames, holds or drops them, and sends them on.
#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <thread>

#include "agents/common/link_emulation/delay_line.h"
#include "agents/common/link_emulation/detour.h"
#include "agents/common/link_emulation/emulator.h"
#include "agents/common/link_emulation/packet_port.h"

namespace hoplab::link_emulation {
namespace {

using netlink::Netlink;

constexpr int kBatch =
    64;  // frames read from one interface before others and timers have their turn

int64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// One interface under impairment. Times inside are CLOCK_MONOTONIC: a step of the wall clock delays
// nothing. Member order is set-up order; the detour is removed last.
struct Lane {
  std::string interface;
  std::unique_ptr<Detour> detour;
  PacketReader reader;
  PacketWriter writer;
  DelayLine line;
};

class UserSpace : public Mechanism {
 public:
  UserSpace(Netlink netlink, Observer observer, FileDescriptor epoll, FileDescriptor timer,
            FileDescriptor stop)
      : netlink_(std::move(netlink)),
        observer_(std::move(observer)),
        epoll_(std::move(epoll)),
        timer_(std::move(timer)),
        stop_(std::move(stop)),
        thread_([this] { loop(); }) {}

  ~UserSpace() override {
    const uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof(one));
    thread_.join();
  }

  std::string_view name() const override { return "user space"; }

  // The kernel's part takes milliseconds and is done without the lock, so that frames of other
  // lanes are not late for it. Only put and restore change lanes_, and the emulator serialises
  // them.
  Status put(const std::string& interface, const Impairment& impairment) override {
    const auto link = netlink_.link(interface);
    if (!link) return std::unexpected(link.error());
    if (Lane* const lane = find(interface); lane != nullptr) {
      if (lane->detour->index() == link->index) {
        const std::lock_guard lock(mutex_);
        while (read_some(*lane) > 0) {
        }  // frames handed in before the change are judged by the former rule
        lane->line.change(impairment);
        return {};
      }
      // The interface of that name is another one now: what was in the old one's helpers is lost.
      if (const Status gone = restore(interface); !gone) return gone;
    }
    auto detour = Detour::prepare(netlink_, *link);
    if (!detour) return std::unexpected(detour.error());
    auto reader = PacketReader::open((*detour)->reader_index());
    if (!reader) return std::unexpected(reader.error());
    auto writer = PacketWriter::open(link->index);
    if (!writer) return std::unexpected(writer.error());
    const int fd = reader->fd();
    Detour& way = **detour;
    {
      const std::lock_guard lock(mutex_);
      lanes_.emplace(fd, Lane{interface, *std::move(detour), *std::move(reader), *std::move(writer),
                              DelayLine(impairment)});
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    Status done;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      done = fail_errno("watch packet socket", errno);
    } else {
      done = way.open_to_traffic();
    }
    if (!done) (void)restore(interface);
    return done;
  }

  Status restore(const std::string& interface) override {
    Lane* const lane = find(interface);
    if (lane == nullptr) return {};
    const Status closed = lane->detour->close_to_traffic();
    std::unique_ptr<Detour> detour;
    {
      const std::lock_guard lock(mutex_);
      // Nothing that was on its way is lost: it goes out at once.
      while (read_some(*lane) > 0) {
      }
      send_due(*lane, DelayLine::kNever);
      if (const uint64_t lost = lane->reader.overflows(); lost > 0) {
        spdlog::warn("{}: {} frames came faster than they could be handled and were lost",
                     interface, lost);
      }
      detour = std::move(lane->detour);
      const int fd = lane->reader.fd();
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
      lanes_.erase(fd);
    }
    const Status removed = detour->remove();
    if (!closed) return closed;
    return removed;
  }

 private:
  Lane* find(const std::string& interface) {
    for (auto& [fd, lane] : lanes_) {
      if (lane.interface == interface) return &lane;
    }
    return nullptr;
  }

  void report(const Lane& lane, std::span<const uint8_t> bytes, int64_t arrived_ns, bool dropped) {
    if (!observer_) return;
    const int64_t now = clock_ns(CLOCK_MONOTONIC);
    const int64_t to_wall = clock_ns(CLOCK_REALTIME) - now;
    observer_({lane.interface, bytes, arrived_ns + to_wall, dropped, now - arrived_ns});
  }

  // Says how many frames were read.
  int read_some(Lane& lane) {
    const int64_t to_monotonic = clock_ns(CLOCK_MONOTONIC) - clock_ns(CLOCK_REALTIME);
    int count = 0;
    for (; count < kBatch; ++count) {
      auto frame = lane.reader.read();
      if (!frame) break;
      // What the helper interface says by itself (IPv6 noise) is not the node's.
      const auto source = std::span(frame->bytes).subspan(6, 6);
      if (std::ranges::equal(source, lane.detour->entry_mac().bytes)) continue;
      const int64_t arrived = frame->time_ns + to_monotonic;
      if (!lane.line.accept(frame->bytes, arrived)) report(lane, frame->bytes, arrived, true);
    }
    return count;
  }

  void send_due(Lane& lane, int64_t now) {
    lane.line.release(now, [&](DelayLine::Frame& frame) {
      const bool sent = lane.writer.write(frame.bytes);
      report(lane, frame.bytes, frame.arrived_ns, !sent);
    });
  }

  void arm(int64_t due) {
    if (due == armed_) return;
    armed_ = due;
    itimerspec when{};  // zero: disarmed
    if (due != DelayLine::kNever) {
      const int64_t at = std::max<int64_t>(due, 1);
      when.it_value = {at / 1'000'000'000, at % 1'000'000'000};
    }
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }

  void loop() {
    std::array<epoll_event, 16> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      if (count < 0 && errno != EINTR) {
        spdlog::error("link emulation ends: epoll: {}", std::strerror(errno));
        return;
      }
      const std::lock_guard lock(mutex_);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == stop_.get()) return;
        if (fd == timer_.get()) {
          uint64_t ticks = 0;
          (void)!::read(fd, &ticks, sizeof(ticks));
          armed_ = DelayLine::kNever;
        } else if (const auto lane = lanes_.find(fd); lane != lanes_.end()) {
          read_some(lane->second);
        }
      }
      int64_t next = DelayLine::kNever;
      for (auto& [fd, lane] : lanes_) {
        send_due(lane, clock_ns(CLOCK_MONOTONIC));
        next = std::min(next, lane.line.next_due_ns());
      }
      arm(next);
    }
  }

  Netlink netlink_;
  Observer observer_;
  FileDescriptor epoll_;
  FileDescriptor timer_;
  FileDescriptor stop_;
  std::mutex mutex_;
  std::map<int, Lane> lanes_;  // by the reader's descriptor
  int64_t armed_ = DelayLine::kNever;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Mechanism>> open_user_space(Observer observer) {
  auto netlink = Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  FileDescriptor stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll || !timer || !stop) return fail_errno("prepare link emulation", errno);
  for (const FileDescriptor* fd : {&timer, &stop}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd->get();
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd->get(), &event) != 0) {
      return fail_errno("prepare link emulation", errno);
    }
  }
  return std::make_unique<UserSpace>(*std::move(netlink), std::move(observer), std::move(epoll),
                                     std::move(timer), std::move(stop));
}

}  // namespace hoplab::link_emulation
