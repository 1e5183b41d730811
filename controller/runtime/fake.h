// A Runtime in memory, for tests: behaves as the engine does towards its callers, records what it
// was asked, and fails where it is told to. Thread-safe; events are delivered on the thread that
// caused them.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "controller/runtime/runtime.h"

namespace hoplab::runtime {

class FakeRuntime : public Runtime {
 public:
  Result<Container> create_and_start(const ContainerSpec& spec) override;
  Result<Container> start(const std::string& name) override;
  Result<Container> resume(const std::string& name) override;
  Status stop(const std::string& name, std::chrono::milliseconds grace) override;
  Status remove(const std::string& name) override;
  Status settle(const std::string& name) override;
  Result<Container> inspect(const std::string& name) override;
  Result<std::vector<Container>> list(const std::string& label, const std::string& value) override;
  Result<ImageConfig> image(const std::string& reference) override;
  Result<std::function<void()>> watch(const std::string& label, const std::string& value,
                                      std::function<void(const ContainerEvent&)> callback) override;

  // Every later call of that verb on that name (a container or image; "" means any) fails.
  void fail_on(const std::string& verb, const std::string& name, Error error);
  void forgive();  // no failures any more
  void add_image(const std::string& reference, ImageConfig config);
  // Images are all there, with an empty configuration, until the first add_image.

  // The container ends by itself, as when its first process was killed.
  void die(const std::string& name);
  void pause(const std::string& name);  // as `docker pause` does
  // From now on, start and create give containers this pid (of a namespace the test holds open).
  void use_pid(int pid);

  [[nodiscard]] std::vector<std::string> calls() const;  // "create_and_start hoplab-a-b"
  [[nodiscard]] std::map<std::string, ContainerSpec> specs() const;  // of what exists

 private:
  struct Entry {
    ContainerSpec spec;
    Container container;
  };
  struct Watcher {
    std::string label;
    std::string value;
    std::function<void(const ContainerEvent&)> callback;
  };
  Status enter(const std::string& verb, const std::string& name);
  Result<Container> run(Entry& entry);
  void announce(const Container& container, const std::string& action);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> containers_;
  std::map<std::string, ImageConfig> images_;
  std::map<std::pair<std::string, std::string>, Error> failures_;
  std::map<int, Watcher> watchers_;
  std::vector<std::string> calls_;
  int next_ = 1;
  int pid_ = 0;
};

}  // namespace hoplab::runtime
