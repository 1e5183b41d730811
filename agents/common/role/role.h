// What a role is to the agent: it renders its daemon's configuration, says which programs to run,
// judges their health, reads their state and applies their faults. One folder a role implements
// this; agents/registry.cc names them all.
//
// Threads: the agent calls every method of a role from one thread at a time (its own lock); a role
// may keep threads of its own (readers of daemon events) that only touch the Host.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"
#include "proto/node.pb.h"

namespace hoplab::agent {

struct ConfigFile {
  std::filesystem::path path;  // absolute, in the container; parent folders are made
  std::string content;
  mode_t mode = 0644;
  std::string owner = {};  // user name in the image; empty: root
};

struct Program {
  std::string name;                      // "bgpd"
  std::vector<std::string> argv;         // argv[0] an absolute path
  std::vector<std::string> environment;  // NAME=value, added to the agent's
  bool restart = true;                   // with back-off when it ends by itself
  std::vector<std::string> after;        // programs that must be running first
  std::filesystem::path ready_file;      // when set: counts as running once this (a socket) exists
  std::string user;                      // "name", "uid:gid", as an image says it; empty: root
  std::filesystem::path directory;       // it starts in; empty: /
};

struct CommandResult {
  int exit_code = -1;  // 128+n when ended by signal n
  std::string output;
  std::string error_output;
};

// What the agent offers a role. Thread-safe.
class Host {
 public:
  virtual ~Host() = default;
  // Runs a program to its end, within the deadline.
  virtual Result<CommandResult> run(const std::vector<std::string>& argv,
                                    std::chrono::milliseconds timeout) = 0;
  // Ends a supervised program and keeps it down until release_program, 15 s at most; or sends it a
  // signal.
  virtual Status hold_program(std::string_view name, int signal) = 0;
  virtual Status release_program(std::string_view name) = 0;
  virtual Status signal_program(std::string_view name, int signal) = 0;
  virtual bool program_running(std::string_view name) const = 0;
  // Writes one file of the role again (a changed configuration).
  virtual Status write(const ConfigFile& file) = 0;
  // Delivered to the running capture, if there is one.
  virtual void emit(hoplab::v1::DaemonEvent event) = 0;
  // Asks for health to be judged again now.
  virtual void recheck() = 0;
};

class Role {
 public:
  virtual ~Role() = default;

  // Everything the daemons read, rendered from the spec; pure, so that it can be shown and tested.
  [[nodiscard]] virtual std::vector<ConfigFile> files() const = 0;
  [[nodiscard]] virtual std::vector<Program> programs() const = 0;

  // Called once, after interfaces are configured and files written, before programs start.
  virtual Status prepare(Host&) { return {}; }
  // All that must hold for the node to be ready, each with its reason; cheap: called on each change
  // and, until ready, every 50 to 250 ms.
  virtual std::vector<hoplab::v1::Condition> conditions(Host&) { return {}; }
  // What holds now and may not stay so, left over from something that is past: a session whose hold
  // timer runs down although its link is mended. Empty when all is settled. Asked when the lab is
  // to be as before a fault.
  virtual std::vector<hoplab::v1::Condition> unsettled(Host&) { return {}; }
  // Adds what this role knows beyond the kernel's state (which the agent has filled in already).
  virtual void snapshot(Host&, const hoplab::v1::SnapshotRequest&, hoplab::v1::NodeState&) {}
  virtual Status forget(Host&, const hoplab::v1::ForgetRequest&) { return {}; }
  // When a capture ends, before its tail is sent: makes daemons hand over the events they still
  // keep back (name servers hold dnstap messages for up to a second). At most 200 ms.
  virtual void flush_events(Host&) {}
  // Interfaces were made anew under the same names (a wire was cut off and laid again): daemons
  // with raw sockets on the old ones hear nothing any more. Called before health is judged again.
  virtual void interfaces_replaced(Host&) {}
  // The role's own faults; the mechanism in words. Link faults and killed daemons are the agent's.
  virtual Result<std::string> apply(Host&, const hoplab::v1::Fault&) {
    return fail(ErrorKind::kInvalid, "this role has no such fault");
  }
  virtual Status undo(Host&, const hoplab::v1::Fault&) { return {}; }
  // Client only.
  virtual Result<hoplab::v1::RequestResult> request(Host&, const hoplab::v1::RequestSpec&) {
    return fail(ErrorKind::kInvalid,
                "this node is not a client: it has no program to make requests with");
  }
};

using RoleFactory = std::unique_ptr<Role> (*)(const hoplab::v1::NodeSpec&);

// The role a spec asks for; an error when the spec has none. Defined in agents/registry.cc.
Result<std::unique_ptr<Role>> make_role(const hoplab::v1::NodeSpec& spec);

}  // namespace hoplab::agent
