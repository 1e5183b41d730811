#include "controller/lab/complete_plan.h"

#include "controller/lab/certificates.h"
#include "controller/lab/zone_keys.h"

namespace hoplab::lab {
namespace {

// The plan with the lab's certificates in it.
Status certify(topology::Plan& plan, const Paths& paths) {
  const auto authority = CertificateAuthority::open(paths.certificate("").parent_path(), plan.lab);
  if (!authority) return std::unexpected(authority.error());
  for (auto& node : plan.nodes) {
    node.spec.set_ca_certificate(authority->certificate());
    const auto certify_role = [&](auto* role) -> Status {
      if (role->names().empty()) return {};
      const auto issued = authority->issue(node.name, {role->names().begin(), role->names().end()});
      if (!issued) return std::unexpected(issued.error());
      role->set_certificate(issued->certificate);
      role->set_private_key(issued->private_key);
      return {};
    };
    Status status;
    if (node.spec.has_load_balancer()) status = certify_role(node.spec.mutable_load_balancer());
    if (node.spec.has_web_server()) status = certify_role(node.spec.mutable_web_server());
    if (!status) return status;
  }
  return sign_zones(plan, paths.certificate("").parent_path());
}

// A user's image runs what it would run by itself, unless the topology says otherwise.
Status take_over_commands(topology::Plan& plan, runtime::Runtime& runtime) {
  for (auto& node : plan.nodes) {
    if (!node.spec.has_container()) continue;
    auto image = runtime.image(node.image);
    if (!image) return std::unexpected(image.error());
    v1::ContainerSpec& container = *node.spec.mutable_container();
    if (container.command().empty()) {
      for (const auto& word : image->command) container.add_command(word);
    }
    // The image's variables first, so that the topology's win.
    const auto own = container.environment();
    container.clear_environment();
    for (const auto& variable : image->environment) container.add_environment(variable);
    for (const auto& variable : own) container.add_environment(variable);
    if (container.working_directory().empty()) {
      container.set_working_directory(image->working_directory);
    }
    if (container.user().empty()) container.set_user(image->user);
  }
  return {};
}

}  // namespace

Status complete_plan(topology::Plan& plan, const Paths& paths, runtime::Runtime& runtime) {
  if (Status certified = certify(plan, paths); !certified) return certified;
  return take_over_commands(plan, runtime);
}

}  // namespace hoplab::lab
