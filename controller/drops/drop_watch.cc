#include "controller/drops/drop_watch.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <thread>

#include "agents/common/base/file_descriptor.h"
#include "controller/drops/kfree_skb.h"

namespace hoplab::drops {

extern const unsigned char kObject[];  // made from kfree_skb.bpf.c
extern const size_t kObjectSize;

namespace {

constexpr size_t kMostEvents = 100'000;
constexpr std::string_view kPrefix = "SKB_DROP_REASON_";
constexpr const char* kNoReasons = "the kernel does not tell why it drops packets";

struct Close {  // handles of libbpf
  void operator()(bpf_object* object) const noexcept { bpf_object__close(object); }
  void operator()(bpf_link* link) const noexcept { bpf_link__destroy(link); }
  void operator()(ring_buffer* ring) const noexcept { ring_buffer__free(ring); }
  void operator()(btf* types) const noexcept { btf__free(types); }
};
template <typename T>
using Held = std::unique_ptr<T, Close>;

int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The running kernel's own names: their numbers differ from one version to the next.
Result<std::map<uint32_t, std::string>> reason_names() {
  const Held<btf> types(btf__load_vmlinux_btf());
  if (!types) {
    return fail(ErrorKind::kEnvironment, "the kernel has no type information (BTF)",
                "a kernel with CONFIG_DEBUG_INFO_BTF");
  }
  const int id = btf__find_by_name_kind(types.get(), "skb_drop_reason", BTF_KIND_ENUM);
  const btf_type* type = id < 0 ? nullptr : btf__type_by_id(types.get(), static_cast<uint32_t>(id));
  if (type == nullptr) return fail(ErrorKind::kEnvironment, kNoReasons, "Linux 5.17 or later");
  std::map<uint32_t, std::string> names;
  const struct btf_enum* values = btf_enum(type);
  for (uint16_t i = 0; i < btf_vlen(type); ++i) {
    std::string_view name = btf__name_by_offset(types.get(), values[i].name_off);
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    names.emplace(static_cast<uint32_t>(values[i].val), name);
  }
  return names;
}

class BpfDropWatch final : public DropWatch {
 public:
  ~BpfDropWatch() override { stop(); }

  Status start(const std::vector<Network>& networks) {
    libbpf_set_print(nullptr);  // its failures are told by our own words
    auto names = reason_names();
    if (!names) return std::unexpected(names.error());
    names_ = std::move(*names);
    const auto failed = [](const char* what, int error) -> std::unexpected<Error> {
      const bool forbidden = error == EPERM || error == EACCES;
      return fail(ErrorKind::kEnvironment, fmt::format("{}: {}", what, std::strerror(error)),
                  forbidden ? "run as root on the host: it needs CAP_BPF and CAP_PERFMON"
                            : "Linux 5.17 or later, with BPF and BTF");
    };
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "hoplab_drops");
    object_.reset(bpf_object__open_mem(kObject, kObjectSize, &options));
    if (!object_) return failed("read the BPF program", errno);
    if (const int error = bpf_object__load(object_.get()); error != 0) {
      return failed("load the BPF program", -error);
    }
    const int wanted = bpf_object__find_map_fd_by_name(object_.get(), "networks");
    for (const Network network : networks) {
      const auto key = static_cast<uint32_t>(network);
      const uint8_t value = 1;
      if (bpf_map_update_elem(wanted, &key, &value, BPF_ANY) != 0) {
        return failed("name the network namespaces", errno);
      }
    }
    ring_.reset(ring_buffer__new(bpf_object__find_map_fd_by_name(object_.get(), "drops"), &take,
                                 this, nullptr));
    if (!ring_) return failed("open the ring buffer", errno);
    stop_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (!stop_) return failed("eventfd", errno);
    to_realtime_ = nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC);
    link_.reset(
        bpf_program__attach(bpf_object__find_program_by_name(object_.get(), "on_kfree_skb")));
    if (!link_) return failed("attach to skb:kfree_skb", errno);
    reader_ = std::thread([this] { read(); });
    return {};
  }

  Heard finish() override {
    link_.reset();  // first, so that the ring is emptied for good
    stop();
    if (ring_) (void)ring_buffer__consume(ring_.get());
    size_t size = 0;
    const bpf_map* counters = bpf_object__find_map_by_name(object_.get(), ".bss");
    const void* lost = counters == nullptr
                           ? nullptr
                           : bpf_map__initial_value(const_cast<bpf_map*>(counters), &size);
    if (lost != nullptr && size >= sizeof(uint64_t)) {
      uint64_t count = 0;
      std::memcpy(&count, lost, sizeof count);
      heard_.lost += count;
    }
    return std::move(heard_);
  }

 private:
  static int take(void* self, void* data, size_t size) {
    if (size >= sizeof(hoplab_drop)) {
      static_cast<BpfDropWatch*>(self)->add(*static_cast<const hoplab_drop*>(data));
    }
    return 0;
  }

  void add(const hoplab_drop& drop) {
    if (taken_++ >= kMostEvents) {
      ++heard_.lost;
      return;
    }
    v1::DaemonEvent& event = heard_.events[drop.network].emplace_back();
    event.set_time_ns(static_cast<int64_t>(drop.time_ns) + to_realtime_);
    event.set_daemon("kernel");
    v1::DropEvent& out = *event.mutable_drop();
    const auto text = [](const auto& array) {
      return std::string(array, ::strnlen(array, sizeof array));
    };
    out.set_interface(text(drop.device));
    const auto name = names_.find(drop.reason);
    out.set_reason(name != names_.end() ? name->second : fmt::format("{:#x}", drop.reason));
    out.set_location(text(drop.location));
    out.set_ether_type(drop.protocol);
    out.set_length(drop.length);
    out.set_packet(drop.head, std::min<size_t>(drop.head_length, sizeof drop.head));
  }

  void read() {
    std::array<pollfd, 2> waits{
        {{ring_buffer__epoll_fd(ring_.get()), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    while (true) {
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
      if (waits[1].revents != 0) return;
      (void)ring_buffer__consume(ring_.get());
    }
  }

  void stop() {
    if (!reader_.joinable()) return;
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
    reader_.join();
  }

  std::map<uint32_t, std::string> names_;
  Held<bpf_object> object_;
  Held<ring_buffer> ring_;
  Held<bpf_link> link_;
  FileDescriptor stop_;
  int64_t to_realtime_ = 0;
  Heard heard_;
  size_t taken_ = 0;
  std::thread reader_;
};

}  // namespace

Result<std::unique_ptr<DropWatch>> DropWatch::open(const std::vector<Network>& networks) {
  auto watch = std::make_unique<BpfDropWatch>();
  if (auto started = watch->start(networks); !started) return std::unexpected(started.error());
  return watch;
}

}  // namespace hoplab::drops
