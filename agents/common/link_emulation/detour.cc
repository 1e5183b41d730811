#include "agents/common/link_emulation/detour.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <tuple>

#include "agents/common/link_emulation/traffic_control.h"

namespace hoplab::link_emulation {
namespace {
constexpr uint32_t kLargestMtu = 65535;
}

Detour::Detour(const netlink::Netlink& netlink, int index)
    : netlink_(netlink),
      index_(index),
      entry_name_(fmt::format("hop-{}", index)),
      reader_name_(fmt::format("hop-{}r", index)),
      sink_name_(fmt::format("hop-{}s", index)) {}

Result<std::unique_ptr<Detour>> Detour::prepare(const netlink::Netlink& netlink,
                                                const netlink::LinkInfo& link) {
  std::unique_ptr<Detour> detour(new Detour(netlink, link.index));
  const auto& [entry, reader, sink] =
      std::tie(detour->entry_name_, detour->reader_name_, detour->sink_name_);
  // Left over by an agent that was killed: made anew.
  if (const Status removed = detour->remove(); !removed) return std::unexpected(removed.error());
  Status done;
  const auto step = [&](auto&& verb) {
    if (!done) return;
    if (const auto result = verb(); !result) done = std::unexpected(result.error());
  };
  step([&] { return netlink.add_veth(entry, reader); });
  step([&] { return netlink.add_bridge(sink); });
  step([&] { return netlink.enslave(reader, sink); });
  // The stack leaves large segments and checksums to the last device before the wire, which is now
  // this one: what is read is what the wire would carry.
  step([&] { return netlink.set_offload(entry, false); });
  for (const std::string& name : {entry, reader}) {
    step([&] { return netlink.set_mtu(name, kLargestMtu); });
    step([&] { return netlink.set_up(name, true); });
  }
  step([&] {
    auto made = netlink.link(entry);
    if (made) detour->entry_ = made->index;
    if (made) detour->entry_mac_ = made->mac;
    return made;
  });
  step([&] {
    auto made = netlink.link(reader);
    if (made) detour->reader_ = made->index;
    return made;
  });
  if (!done) return std::unexpected(done.error());
  return detour;
}

Status Detour::open_to_traffic() {
  const auto hook = add_hook(netlink_, index_);
  if (!hook) return std::unexpected(hook.error());
  made_hook_ = *hook;
  if (!made_hook_) {  // a filter of an agent that was killed would lead nowhere
    if (const auto stale = remove_filter(netlink_, index_); !stale) {
      return std::unexpected(stale.error());
    }
  }
  open_ = true;
  return add_redirect(netlink_, index_, entry_);
}

Status Detour::close_to_traffic() {
  if (!open_) return {};
  const auto closed = remove_filter(netlink_, index_);
  if (!closed) return std::unexpected(closed.error());
  open_ = false;
  if (!made_hook_) return {};
  const auto hook = remove_hook(netlink_, index_);
  if (!hook) return std::unexpected(hook.error());
  made_hook_ = false;
  return {};
}

Status Detour::remove() {
  Status result = close_to_traffic();
  for (const std::string& name : {entry_name_, sink_name_}) {  // the entry takes the reader with it
    const auto removed = netlink_.remove_link(name);
    if (!removed && result) result = std::unexpected(removed.error());
  }
  return result;
}

Detour::~Detour() {
  if (const Status removed = remove(); !removed) {
    spdlog::error("remove {}: {}", entry_name_, removed.error().what);
  }
}

}  // namespace hoplab::link_emulation
