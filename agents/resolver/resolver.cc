#include "agents/resolver/resolver.h"

#include "agents/resolver/unbound.h"

namespace hoplab::agent {
namespace {

class Resolver final : public Role {
 public:
  explicit Resolver(const hoplab::v1::NodeSpec& spec) : unbound_(spec.resolver()) {}

  [[nodiscard]] std::vector<ConfigFile> files() const override { return unbound_.files(); }
  [[nodiscard]] std::vector<Program> programs() const override { return {Unbound::program()}; }
  Status prepare(Host& host) override { return unbound_.prepare(host); }
  std::vector<hoplab::v1::Condition> conditions(Host&) override { return {unbound_.condition()}; }
  void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState& state) override {
    unbound_.snapshot(state);
  }
  Status forget(Host& host, const hoplab::v1::ForgetRequest& request) override {
    return unbound_.forget(host, request);
  }
  void flush_events(Host&) override { unbound_.flush_events(); }
  Result<std::string> apply(Host& host, const hoplab::v1::Fault& fault) override {
    return unbound_.apply(host, fault);
  }
  Status undo(Host& host, const hoplab::v1::Fault& fault) override {
    return unbound_.undo(host, fault);
  }

 private:
  Unbound unbound_;
};

}  // namespace

std::unique_ptr<Role> make_resolver(const hoplab::v1::NodeSpec& spec) {
  return std::make_unique<Resolver>(spec);
}

}  // namespace hoplab::agent
