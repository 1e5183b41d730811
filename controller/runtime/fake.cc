#include "controller/runtime/fake.h"

namespace hoplab::runtime {
namespace {

bool carries(const Container& container, const std::string& label, const std::string& value) {
  const auto found = container.labels.find(label);
  return found != container.labels.end() && (value.empty() || found->second == value);
}

std::unexpected<Error> missing(const std::string& name) {
  return fail(ErrorKind::kNotFound, "No such container: " + name);
}

}  // namespace

Status FakeRuntime::enter(const std::string& verb, const std::string& name) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(verb + " " + name);
  for (const auto& key : {name, std::string()}) {
    if (const auto found = failures_.find({verb, key}); found != failures_.end()) {
      return std::unexpected(found->second);
    }
  }
  return {};
}

Result<Container> FakeRuntime::run(Entry& entry) {
  entry.container.state = "running";
  entry.container.pid = pid_ != 0 ? pid_ : 100'000 + next_;
  entry.container.started_ns = next_++;
  return entry.container;
}

void FakeRuntime::announce(const Container& container, const std::string& action) {
  std::vector<std::function<void(const ContainerEvent&)>> callbacks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, watcher] : watchers_) {
      if (carries(container, watcher.label, watcher.value)) callbacks.push_back(watcher.callback);
    }
  }
  for (const auto& callback : callbacks) callback({container.id, container.name, action});
}

Result<Container> FakeRuntime::create_and_start(const ContainerSpec& spec) {
  if (Status status = enter("create_and_start", spec.name); !status) {
    return std::unexpected(status.error());
  }
  Result<Container> result = fail(ErrorKind::kInternal, "");
  {
    const std::lock_guard lock(mutex_);
    if (containers_.contains(spec.name)) {
      return fail(ErrorKind::kInvalid, "create container " + spec.name + ": name is in use");
    }
    if (!images_.empty() && !images_.contains(spec.image)) {
      return fail(ErrorKind::kNotFound, "create container " + spec.name + ": No such image");
    }
    Entry& entry = containers_[spec.name];
    entry.spec = spec;
    entry.container.id = "fake-" + std::to_string(next_);
    entry.container.name = spec.name;
    entry.container.image = spec.image;
    entry.container.labels = spec.labels;
    result = run(entry);
  }
  announce(*result, "start");
  return result;
}

Result<Container> FakeRuntime::start(const std::string& name) {
  if (Status status = enter("start", name); !status) return std::unexpected(status.error());
  Result<Container> result = fail(ErrorKind::kInternal, "");
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end()) return missing(name);
    if (found->second.container.pid != 0) return found->second.container;
    result = run(found->second);
  }
  announce(*result, "start");
  return result;
}

void FakeRuntime::pause(const std::string& name) {
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end() || found->second.container.state != "running") return;
    found->second.container.state = "paused";
    container = found->second.container;
  }
  announce(container, "pause");
}

Result<Container> FakeRuntime::resume(const std::string& name) {
  if (Status status = enter("resume", name); !status) return std::unexpected(status.error());
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end()) return missing(name);
    if (found->second.container.state != "paused") {
      return fail(ErrorKind::kInvalid, "resume container " + name + ": it is not paused");
    }
    found->second.container.state = "running";
    container = found->second.container;
  }
  announce(container, "unpause");
  return container;
}

Status FakeRuntime::stop(const std::string& name, std::chrono::milliseconds) {
  if (Status status = enter("stop", name); !status) return status;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end()) return missing(name);
    if (found->second.container.pid == 0) return {};
  }
  die(name);
  return {};
}

void FakeRuntime::die(const std::string& name) {
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end()) return;
    found->second.container.state = "exited";
    found->second.container.pid = 0;
    container = found->second.container;
  }
  announce(container, "die");
}

Status FakeRuntime::remove(const std::string& name) {
  if (Status status = enter("remove", name); !status) return status;
  Container container;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(name);
    if (found == containers_.end()) return {};
    container = found->second.container;
    containers_.erase(found);
  }
  if (container.pid != 0) announce(container, "die");
  announce(container, "destroy");
  return {};
}

Status FakeRuntime::settle(const std::string& name) {
  if (Status status = enter("settle", name); !status) return status;
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(name);
  if (found != containers_.end() && found->second.container.labels.contains("hoplab.lab")) {
    containers_.erase(found);
  }
  return {};
}

Result<Container> FakeRuntime::inspect(const std::string& name) {
  if (Status status = enter("inspect", name); !status) return std::unexpected(status.error());
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(name);
  if (found == containers_.end()) return missing(name);
  return found->second.container;
}

Result<std::vector<Container>> FakeRuntime::list(const std::string& label,
                                                 const std::string& value) {
  if (Status status = enter("list", value); !status) return std::unexpected(status.error());
  const std::lock_guard lock(mutex_);
  std::vector<Container> result;
  for (const auto& [name, entry] : containers_) {
    if (!carries(entry.container, label, value)) continue;
    result.push_back(entry.container);
    result.back().pid = 0;
  }
  return result;
}

Result<ImageConfig> FakeRuntime::image(const std::string& reference) {
  if (Status status = enter("image", reference); !status) return std::unexpected(status.error());
  const std::lock_guard lock(mutex_);
  const auto found = images_.find(reference);
  if (found != images_.end()) return found->second;
  if (images_.empty()) return ImageConfig{};
  return fail(ErrorKind::kNotFound, "inspect image " + reference + ": No such image");
}

Result<std::function<void()>> FakeRuntime::watch(
    const std::string& label, const std::string& value,
    std::function<void(const ContainerEvent&)> callback) {
  if (Status status = enter("watch", value); !status) return std::unexpected(status.error());
  const std::lock_guard lock(mutex_);
  const int id = next_++;
  watchers_[id] = {label, value, std::move(callback)};
  return [this, id] {
    const std::lock_guard lock(mutex_);
    watchers_.erase(id);
  };
}

void FakeRuntime::fail_on(const std::string& verb, const std::string& name, Error error) {
  const std::lock_guard lock(mutex_);
  failures_[{verb, name}] = std::move(error);
}

void FakeRuntime::forgive() {
  const std::lock_guard lock(mutex_);
  failures_.clear();
}

void FakeRuntime::add_image(const std::string& reference, ImageConfig config) {
  const std::lock_guard lock(mutex_);
  images_[reference] = std::move(config);
}

void FakeRuntime::use_pid(int pid) {
  const std::lock_guard lock(mutex_);
  pid_ = pid;
}

std::vector<std::string> FakeRuntime::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::map<std::string, ContainerSpec> FakeRuntime::specs() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, ContainerSpec> result;
  for (const auto& [name, entry] : containers_) result[name] = entry.spec;
  return result;
}

}  // namespace hoplab::runtime
