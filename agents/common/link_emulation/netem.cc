// The kernel's own emulator, as an interface's root queue.
#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "agents/common/link_emulation/emulator.h"
#include "agents/common/link_emulation/traffic_control.h"

namespace hoplab::link_emulation {
namespace {

using netlink::Netlink;

class Netem : public Mechanism {
 public:
  explicit Netem(Netlink netlink) : netlink_(std::move(netlink)) {}

  std::string_view name() const override { return "netem"; }

  Status put(const std::string& interface, const Impairment& impairment) override {
    const auto link = netlink_.link(interface);
    if (!link) return std::unexpected(link.error());
    const auto there = installed_.find(interface);
    const bool change = there != installed_.end() && there->second == link->index;
    const Status done = put_netem(netlink_, link->index, impairment, change);
    if (done) installed_[interface] = link->index;
    return done;
  }

  Status restore(const std::string& interface) override {
    const auto there = installed_.find(interface);
    if (there == installed_.end()) return {};
    if (const auto done = remove_netem(netlink_, there->second); !done) {
      return std::unexpected(done.error());
    }
    installed_.erase(there);
    return {};
  }

 private:
  Netlink netlink_;
  std::map<std::string, int> installed_;  // interface, and its index at the time
};

}  // namespace

Result<std::unique_ptr<Mechanism>> open_netem() {
  auto netlink = Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  // Tried on a pair of our own: no interface of the lab sees the attempt.
  constexpr const char* kProbe = "hop-probe";
  if (const auto made = netlink->add_veth(kProbe, "hop-probe-r"); !made) {
    return std::unexpected(made.error());
  }
  Status has = {};
  if (const auto link = netlink->link(kProbe)) {
    has =
        put_netem(*netlink, link->index, {Loss{}, Delay{std::chrono::milliseconds(1), {}}}, false);
  } else {
    has = std::unexpected(link.error());
  }
  if (const auto removed = netlink->remove_link(kProbe); !removed) {
    return std::unexpected(removed.error());
  }
  if (!has) return std::unexpected(has.error());
  return std::make_unique<Netem>(*std::move(netlink));
}

}  // namespace hoplab::link_emulation
