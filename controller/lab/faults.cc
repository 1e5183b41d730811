#include "controller/lab/faults.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "controller/lab/lease_keeper.h"

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;
constexpr Duration kTimeout = std::chrono::seconds(10);
constexpr Duration kListTimeout = std::chrono::seconds(3);  // it only reads memory

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

unsigned number_of(const std::string& id) {
  return id.size() > 1 && id[0] == 'f' ? static_cast<unsigned>(std::atoi(id.c_str() + 1)) : 0;
}

bool expired(const v1::Fault& fault) {
  return fault.lease_ns() != 0 && fault.created_ns() + fault.lease_ns() <= now_ns();
}

}  // namespace

Faults::Faults(Lab& lab) : lab_(lab) {
  std::error_code error;
  fs::create_directories(lab_.paths().faults(), error);
  for (fs::directory_iterator it(lab_.paths().faults(), error), end; !error && it != end;
       it.increment(error)) {
    v1::Fault fault;
    std::ifstream in(it->path(), std::ios::binary);
    if (fault.ParseFromIstream(&in)) stopped_[fault.id()] = fault;
  }
  std::ifstream(lab_.paths().next_fault()) >> next_id_;
  next_id_ = std::max(next_id_, 1U);
}

void Faults::watch() {
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch_leases(stop); });
}

Faults::~Faults() {
  watcher_.request_stop();
  changed_.notify_all();
}

void Faults::write(const v1::Fault& fault) const {
  const fs::path path = lab_.paths().faults() / fault.id();
  const fs::path temporary = path.string() + ".new";
  {
    std::ofstream out(temporary, std::ios::binary);
    fault.SerializeToOstream(&out);
  }
  fs::rename(temporary, path);
}

std::vector<v1::Fault> Faults::list() {
  std::vector<v1::Fault> all;
  const auto replies = lab_.agents().call_each<v1::ListFaultsRequest, v1::ListFaultsReply>(
      lab_.running(), &v1::Agent::StubInterface::async_interface::ListFaults,
      [](const std::string&) { return v1::ListFaultsRequest(); }, kListTimeout);
  for (const auto& [node, reply] : replies) {
    if (reply) all.insert(all.end(), reply->faults().begin(), reply->faults().end());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [id, fault] : stopped_) all.push_back(fault);
  std::ranges::sort(all, {}, [](const v1::Fault& fault) { return number_of(fault.id()); });
  for (const auto& fault : all) next_id_ = std::max(next_id_, number_of(fault.id()) + 1);
  const auto gone = [&](const v1::Fault& fault) {
    return std::ranges::find(all, fault.id(), &v1::Fault::id) == all.end();
  };
  if (std::ranges::any_of(known_, gone)) ended_ = Clock::now();
  known_ = all;
  return all;
}

bool Faults::ended_lately() {
  // BGP's hold time in a lab, and as long again for what follows from it.
  constexpr std::chrono::seconds kAftermath{18};
  if (!list().empty()) return false;
  const std::lock_guard lock(mutex_);
  return ended_ && Clock::now() - *ended_ < kAftermath;
}

void Faults::settled() {
  const std::lock_guard lock(mutex_);
  ended_.reset();
}

// Never one that was used before in this lab, whoever held it then.
std::string Faults::new_id() {
  const unsigned number = next_id_++;
  std::ofstream(lab_.paths().next_fault()) << next_id_ << '\n';
  return fmt::format("f{}", number);
}

std::vector<v1::Fault> Faults::known() const {
  const std::lock_guard lock(mutex_);
  std::vector<v1::Fault> live;
  std::ranges::copy_if(known_, std::back_inserter(live),
                       [](const v1::Fault& fault) { return !expired(fault); });
  return live;
}

Result<v1::AddFaultReply> Faults::add(v1::Fault fault) {
  list();  // ids of agents' faults are taken, even should the lab's folder not tell
  {
    const std::lock_guard lock(mutex_);
    fault.set_id(new_id());
  }
  fault.set_created_ns(now_ns());
  Result<v1::AddFaultReply> reply = v1::AddFaultReply();
  if (fault.has_node_stopped()) {
    {  // on disk before it is done: a controller killed in between undoes it all the same
      const std::lock_guard lock(mutex_);
      write(fault);
      stopped_[fault.id()] = fault;
    }
    if (Status stopped = lab_.stop_node(fault.node()); !stopped) {
      const std::lock_guard lock(mutex_);
      stopped_.erase(fault.id());
      fs::remove(lab_.paths().faults() / fault.id());
      return std::unexpected(stopped.error());
    }
    *reply->mutable_fault() = fault;
    reply->set_mechanism("container stopped");
    if (fault.lease_ns() != 0) keep_lease(lab_.paths(), fault.created_ns() + fault.lease_ns());
    changed_.notify_all();
  } else {
    reply = lab_.agents().call<v1::Fault, v1::AddFaultReply>(
        fault.node(), &v1::Agent::StubInterface::async_interface::AddFault, fault, kTimeout);
  }
  if (reply) list();
  return reply;
}

Status Faults::undo_stop(const std::string& id) {
  std::string node;
  {
    const std::lock_guard lock(mutex_);
    const auto found = stopped_.find(id);
    if (found == stopped_.end()) return {};
    node = found->second.node();
    // A second fault on the same node keeps it stopped.
    const auto others = std::ranges::count_if(
        stopped_, [&](const auto& entry) { return entry.second.node() == node; });
    if (others > 1) {
      fs::remove(lab_.paths().faults() / id);
      stopped_.erase(found);
      return {};
    }
  }
  if (Status started = lab_.start_node(node); !started) return started;
  const std::lock_guard lock(mutex_);
  fs::remove(lab_.paths().faults() / id);
  stopped_.erase(id);
  return {};
}

Result<v1::ClearFaultReply> Faults::clear(const std::string& id) {
  v1::ClearFaultReply reply;
  std::string problems;
  bool found = false;
  for (const auto& fault : list()) {
    if (!id.empty() && fault.id() != id) continue;
    found = true;
    Status undone;
    if (fault.has_node_stopped()) {
      undone = undo_stop(fault.id());
    } else {
      v1::ClearFaultRequest request;
      request.set_id(fault.id());
      const auto cleared = lab_.agents().call<v1::ClearFaultRequest, v1::ClearFaultReply>(
          fault.node(), &v1::Agent::StubInterface::async_interface::ClearFault, request, kTimeout);
      if (!cleared) undone = std::unexpected(cleared.error());
    }
    if (undone) {
      reply.add_cleared(fault.id());
    } else {
      problems += (problems.empty() ? "" : "; ") + fault.id() + ": " + undone.error().what;
    }
  }
  list();
  if (!problems.empty()) return fail(ErrorKind::kInternal, "not cleared: " + problems);
  if (!found && !id.empty()) {
    return fail(ErrorKind::kNotFound, "there is no fault " + id, "`hoplab fault list` shows them");
  }
  return reply;
}

bool Faults::undo_expired() {
  std::vector<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, fault] : stopped_) {
      if (expired(fault)) due.push_back(id);
    }
  }
  for (const auto& id : due) {
    if (Status undone = undo_stop(id); !undone) {
      spdlog::error("fault {} could not be undone: {}", id, undone.error().what);
    }
  }
  return !due.empty();
}

void Faults::watch_leases(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    std::vector<std::string> due;
    int64_t next = now_ns() + 3'600'000'000'000;
    for (const auto& [id, fault] : stopped_) {
      if (expired(fault)) {
        due.push_back(id);
      } else if (fault.lease_ns() != 0) {
        next = std::min(next, fault.created_ns() + fault.lease_ns());
      }
    }
    lock.unlock();
    bool failed = false;
    for (const auto& id : due) {
      if (Status undone = undo_stop(id); !undone) {
        spdlog::error("fault {} could not be undone: {}", id, undone.error().what);
        failed = true;
      }
    }
    lock.lock();
    if (!due.empty() && !failed) continue;
    const auto wait = failed ? std::chrono::nanoseconds(std::chrono::seconds(1))
                             : std::chrono::nanoseconds(next - now_ns());
    const size_t count = stopped_.size();
    changed_.wait_for(lock, stop, wait, [&] { return stopped_.size() != count; });
  }
}

}  // namespace hoplab::lab
