#include "agents/common/service/health.h"

#include <algorithm>

namespace hoplab::agent {

using hoplab::v1::Condition;
using hoplab::v1::Health;

std::vector<Condition> interface_conditions(const hoplab::v1::NodeSpec& spec,
                                            const std::vector<netlink::LinkInfo>& links) {
  std::vector<Condition> all;
  for (const auto& wanted : spec.interfaces()) {
    auto& condition = all.emplace_back();
    condition.set_name("interface " + wanted.name());
    const auto link = std::ranges::find(links, wanted.name(), &netlink::LinkInfo::name);
    if (link == links.end()) {
      condition.set_detail("the wire to " + wanted.peer_node() + " is not there yet");
    } else if (!link->admin_up) {
      condition.set_detail("it is down");
    } else if (!link->carrier) {
      condition.set_detail("no carrier: the other end, at " + wanted.peer_node() + ", is not up");
    } else {
      condition.set_ok(true);
    }
  }
  return all;
}

Health judge(bool started, bool was_ready, std::vector<Condition> conditions,
             std::vector<hoplab::v1::DaemonStatus> daemons) {
  Health health;
  const auto unmet = std::ranges::find_if(conditions, [](const Condition& c) { return !c.ok(); });
  if (!started) {
    health.set_state(Health::WAITING);
  } else if (unmet == conditions.end()) {
    health.set_state(Health::READY);
  } else {
    health.set_state(was_ready ? Health::DEGRADED : Health::STARTING);
  }
  if (unmet != conditions.end()) {
    health.set_waiting_for(unmet->detail().empty() ? unmet->name()
                                                   : unmet->name() + ": " + unmet->detail());
  }
  for (auto& condition : conditions) *health.add_conditions() = std::move(condition);
  for (auto& daemon : daemons) *health.add_daemons() = std::move(daemon);
  return health;
}

bool HealthBoard::publish(Health health) {
  {
    const std::lock_guard lock(mutex_);
    if (version_ != 0 && health.SerializeAsString() == health_.SerializeAsString()) return false;
    health_ = std::move(health);
    ++version_;
  }
  changed_.notify_all();
  return true;
}

Health HealthBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

HealthBoard::Seen HealthBoard::after(uint64_t version,
                                     std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return version_ > version; });
  return {version_, health_};
}

}  // namespace hoplab::agent
