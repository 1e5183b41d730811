// What starts containers. Docker Engine first (engine.h); nothing outside this folder knows it.
// Every verb is idempotent, thread-safe and blocks its caller until done or failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::runtime {

struct Mount {
  std::string source;  // host path
  std::string target;  // path in the container
  bool read_only = false;
};

struct ContainerSpec {
  std::string name = {};   // "hoplab-LAB-NODE"
  std::string image = {};  // "hoplab/router:TAG"
  std::string hostname = {};
  std::vector<std::string> entrypoint = {};    // replaces the image's
  std::vector<std::string> environment = {};   // NAME=value
  std::vector<std::string> capabilities = {};  // all others are dropped: "NET_ADMIN"
  bool no_new_privileges = true;
  std::vector<Mount> mounts = {};
  std::map<std::string, std::string> sysctls = {};  // net.*, of the container's own namespace
  std::map<std::string, std::string> labels = {};   // owner mark: "hoplab.lab" = lab name
};

struct Container {
  std::string id;
  std::string name = {};
  std::string image = {};
  std::string state;  // "created", "running", "paused", "exited", …
  int pid = 0;        // in the host's pid namespace; 0 when neither running nor paused
  int64_t started_ns = 0;
  std::map<std::string, std::string> labels = {};
};

struct ImageConfig {                 // what an image would start by itself
  std::vector<std::string> command;  // entrypoint and cmd
  std::vector<std::string> environment = {};
  std::string working_directory;
  std::string user;
};

struct ContainerEvent {
  std::string id;
  std::string name = {};
  std::string action;  // "die", "start", "pause", "unpause", "destroy"
};

class Runtime {
 public:
  virtual ~Runtime() = default;
  // Creates and starts; an existing container of that name is an error of kind kInvalid.
  virtual Result<Container> create_and_start(const ContainerSpec& spec) = 0;
  virtual Result<Container> start(const std::string& name) = 0;   // an existing, stopped one
  virtual Result<Container> resume(const std::string& name) = 0;  // a paused one goes on
  virtual Status stop(const std::string& name, std::chrono::milliseconds grace) = 0;
  // Ends and deletes; a container that is not there is success.
  virtual Status remove(const std::string& name) = 0;
  // For a name whose creator was killed: when this returns, no container of ours has that name and
  // none will appear from a create that was under way. A container without the label "hoplab.lab"
  // is somebody else's and stays.
  virtual Status settle(const std::string& name) = 0;
  virtual Result<Container> inspect(const std::string& name) = 0;
  // Containers that carry the label, in any state; value "" means any value. pid is not filled in.
  virtual Result<std::vector<Container>> list(const std::string& label,
                                              const std::string& value) = 0;
  // kNotFound when the image is not there.
  virtual Result<ImageConfig> image(const std::string& reference) = 0;
  // Calls back for each event of containers with the label, on a thread of the runtime's, until the
  // returned function is called.
  virtual Result<std::function<void()>> watch(
      const std::string& label, const std::string& value,
      std::function<void(const ContainerEvent&)> callback) = 0;
};

}  // namespace hoplab::runtime
