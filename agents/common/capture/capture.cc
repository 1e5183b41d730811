#include "agents/common/capture/capture.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "agents/common/netlink/configure.h"
#include "agents/common/netlink/snapshot.h"

namespace hoplab::agent {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kMostQueued = 64UL << 20U;
constexpr size_t kBatchBytes = 128UL << 10U;
constexpr uint64_t kStop = ~uint64_t{0};
// Daemons log a moment after they acted; their readers get this long without news.
constexpr std::chrono::milliseconds kEventQuiet{20};
constexpr std::chrono::milliseconds kDrainDeadline{500};

int64_t realtime_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::vector<std::string> lab_interfaces(const std::vector<netlink::LinkInfo>& links) {
  std::vector<std::string> names;
  for (const auto& link : links) {
    const bool wire = link.kind == "veth" || link.kind == "macvlan" || link.kind.empty();
    if (wire && link.name != "lo" && link.name != netlink::kBridge &&
        !link.name.starts_with(netlink::kOwnInterfacePrefix)) {
      names.push_back(link.name);
    }
  }
  return names;
}

Result<std::unique_ptr<Capture>> Capture::start(const hoplab::v1::CaptureRequest& request,
                                                const netlink::Netlink& netlink, EventHub& hub) {
  std::unique_ptr<Capture> capture(new Capture(netlink));
  capture->names_.assign(request.interfaces().begin(), request.interfaces().end());
  if (capture->names_.empty()) {
    const auto links = netlink.links();
    if (!links) return std::unexpected(links.error());
    capture->names_ = lab_interfaces(*links);
  }
  capture->epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  capture->stop_event_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const auto watch = [&](int fd, uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    return ::epoll_ctl(capture->epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  };
  if (!watch(capture->stop_event_.get(), kStop)) return fail_errno("capture: epoll", errno);
  if (request.events()) {
    capture->subscription_ =
        hub.subscribe([c = capture.get()](const auto& event) { c->take_event(event); });
  }
  if (auto counters = netlink.counters()) capture->before_ = std::move(*counters);
  capture->protocols_before_ = netlink::read_protocol_counters();
  for (const auto& name : capture->names_) {
    auto ring = Ring::open(name, request.snap_length(), request.ring_bytes());
    if (!ring) return std::unexpected(std::move(ring.error()));
    if (!watch(ring->fd(), capture->rings_.size())) return fail_errno("capture: epoll", errno);
    capture->rings_.push_back(std::move(*ring));
  }
  hoplab::v1::CaptureReply reply;
  for (const auto& name : capture->names_) reply.mutable_armed()->add_interfaces(name);
  reply.mutable_armed()->set_time_ns(realtime_ns());
  {
    const std::lock_guard lock(capture->mutex_);
    capture->queue_.push_front(std::move(reply));  // before any event that was quicker
  }
  capture->thread_ = std::thread([c = capture.get()] { c->run(); });
  return capture;
}

Capture::~Capture() {
  subscription_.reset();
  stop();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;  // nobody will take what is queued
  }
  room_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Capture::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_event_.get(), &one, sizeof one);
}

void Capture::count_lost_event() {
  const std::lock_guard lock(mutex_);
  ++events_lost_;
}

std::optional<hoplab::v1::CaptureReply> Capture::next(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  more_.wait_until(lock, deadline, [&] { return !queue_.empty() || ended_; });
  if (queue_.empty()) return std::nullopt;
  auto reply = std::move(queue_.front());
  queue_.pop_front();
  if (reply.has_frames()) queued_bytes_ -= std::min(queued_bytes_, reply.ByteSizeLong());
  room_.notify_all();
  return reply;
}

bool Capture::finished() const {
  const std::lock_guard lock(mutex_);
  return ended_ && queue_.empty();
}

void Capture::push(hoplab::v1::CaptureReply reply, bool wait_for_room) {
  const size_t bytes = reply.has_frames() ? reply.ByteSizeLong() : 0;
  {
    std::unique_lock lock(mutex_);
    if (wait_for_room) room_.wait(lock, [&] { return queued_bytes_ < kMostQueued || ended_; });
    queue_.push_back(std::move(reply));
    queued_bytes_ += bytes;
  }
  more_.notify_all();
}

void Capture::take_event(const hoplab::v1::DaemonEvent& event) {
  constexpr size_t kMostReplies = 100'000;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kMostReplies) {
      ++events_lost_;
      return;
    }
    *queue_.emplace_back().mutable_event() = event;
    ++events_taken_;
  }
  more_.notify_all();
}

void Capture::read_rings() {
  hoplab::v1::CaptureReply reply;
  size_t bytes = 0;
  const auto flush = [&] {
    if (bytes == 0) return;
    push(std::move(reply), true);
    reply = {};
    bytes = 0;
  };
  for (size_t i = 0; i < rings_.size(); ++i) {
    // At most once around, so that a busy interface does not starve the others.
    for (int blocks = 0; blocks < 16; ++blocks) {
      const bool read = rings_[i].read_block([&](const FrameView& view) {
        auto* frame = reply.mutable_frames()->add_frames();
        frame->set_interface(static_cast<uint32_t>(i));
        frame->set_direction(view.outgoing ? hoplab::v1::Frame::OUT : hoplab::v1::Frame::IN);
        frame->set_time_ns(view.time_ns);
        frame->set_length(view.length);
        frame->set_data(view.data.data(), view.data.size());
        bytes += view.data.size() + 32;
      });
      if (!read) break;
      if (bytes >= kBatchBytes) flush();
    }
  }
  flush();
}

void Capture::run() {
  std::array<epoll_event, 16> events{};
  while (true) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    bool stop = false;
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<size_t>(i)];
      stop = stop || event.data.u64 == kStop;
      if (event.data.u64 != kStop && (event.events & EPOLLERR) != 0) {
        rings_[event.data.u64].clear_error();
      }
    }
    read_rings();
    if (stop) break;
  }
  drain();
  summarise();
}

void Capture::drain() {
  for (auto& ring : rings_) ring.freeze();
  const auto deadline = Clock::now() + kDrainDeadline;
  std::array<epoll_event, 16> events{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stop_event_.get(), nullptr);
  while (Clock::now() < deadline) {
    read_rings();
    if (std::ranges::all_of(rings_, [](Ring& ring) { return ring.drained(); })) break;
    // The kernel finishes the open blocks within its retire time.
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(Ring::kRetireMs));
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<size_t>(i)];
      if ((event.events & EPOLLERR) != 0) rings_[event.data.u64].clear_error();
    }
  }
  if (!subscription_) return;
  std::unique_lock lock(mutex_);
  for (bool news = true; news && Clock::now() < deadline && !ended_;) {
    const uint64_t seen = events_taken_;
    news = more_.wait_for(lock, kEventQuiet, [&] { return events_taken_ > seen || ended_; });
  }
}

void Capture::summarise() {
  hoplab::v1::CaptureReply reply;
  auto& summary = *reply.mutable_summary();
  std::vector<netlink::CountersInfo> after;
  if (auto counters = netlink_.counters()) after = std::move(*counters);
  const auto of = [](const std::vector<netlink::CountersInfo>& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &netlink::CountersInfo::interface);
    return found == all.end() ? netlink::CountersInfo{} : *found;
  };
  const auto grown = [](uint64_t from, uint64_t to) { return to > from ? to - from : 0; };
  for (size_t i = 0; i < rings_.size(); ++i) {
    const auto was = of(before_, names_[i]);
    const auto is = of(after, names_[i]);
    auto* counters = summary.add_interfaces();
    counters->set_interface(names_[i]);
    counters->set_captured(rings_[i].delivered());
    counters->set_ring_drops(rings_[i].drops());
    counters->set_tx_dropped(grown(was.tx_dropped, is.tx_dropped));
    counters->set_rx_dropped(grown(was.rx_dropped, is.rx_dropped));
    counters->set_qdisc_drops(grown(was.qdisc_drops, is.qdisc_drops));
  }
  if (!protocols_before_.empty()) {
    netlink::fill_grown(protocols_before_, netlink::read_protocol_counters(),
                        *summary.mutable_kernel());
  }
  {
    const std::lock_guard lock(mutex_);
    summary.set_events_lost(events_lost_);
    queue_.push_back(std::move(reply));
    ended_ = true;
  }
  more_.notify_all();
}

}  // namespace hoplab::agent
