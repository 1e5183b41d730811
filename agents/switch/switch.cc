#include "agents/switch/switch.h"

#include "agents/common/role/unmet.h"
#include "agents/switch/ports.h"

namespace hoplab::agent {
namespace {

constexpr const char* kSys = "/sys/class/net";

class Switch final : public Role {
 public:
  explicit Switch(const hoplab::v1::NodeSpec& spec) {
    for (const auto& interface : spec.interfaces()) ports_.push_back(interface.name());
  }

  [[nodiscard]] std::vector<ConfigFile> files() const override { return {}; }
  [[nodiscard]] std::vector<Program> programs() const override { return {}; }

  std::vector<hoplab::v1::Condition> conditions(Host&) override {
    std::vector<hoplab::v1::Condition> conditions;
    for (const std::string& port : ports_) {
      const std::string why_not = bridge::why_not_forwarding(kSys, port);
      auto& condition = conditions.emplace_back();
      condition.set_name("port " + port);
      condition.set_ok(why_not.empty());
      condition.set_detail("forwarding");
      if (!condition.ok()) {
        say_unmet(condition, "condition.port_not_forwarding", {{"port", port}, {"state", why_not}});
      }
    }
    return conditions;
  }

  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    if (state.forwarding_size() > 0) return;
    for (auto& entry : bridge::read_forwarding(kSys, ports_)) {
      *state.add_forwarding() = std::move(entry);
    }
  }

 private:
  std::vector<std::string> ports_;
};

}  // namespace

std::unique_ptr<Role> make_switch(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Switch>(spec);
}

}  // namespace hoplab::agent
