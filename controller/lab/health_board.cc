#include "controller/lab/health_board.h"

namespace hoplab::lab {

// Owns itself: lives until gRPC reports the end of its stream.
class HealthBoard::Reader final : public grpc::ClientReadReactor<v1::Health> {
 public:
  Reader(HealthBoard& board, std::string node, std::shared_ptr<Agents::Stub> stub)
      : board_(board), node_(std::move(node)), stub_(std::move(stub)) {
    context_.set_wait_for_ready(true);
    stub_->async()->WatchHealth(&context_, &request_, this);
  }
  void begin() {
    StartRead(&health_);
    StartCall();
  }
  void cancel() { context_.TryCancel(); }
  [[nodiscard]] const std::string& node() const { return node_; }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    board_.update(this, node_, &health_);
    StartRead(&health_);
  }
  void OnDone(const grpc::Status&) override {
    board_.update(this, node_, nullptr);
    board_.finished(this);
  }

 private:
  HealthBoard& board_;
  const std::string node_;
  std::shared_ptr<Agents::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchHealthRequest request_;
  v1::Health health_;
};

HealthBoard::~HealthBoard() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  for (const auto& [node, reader] : readers_) reader->cancel();
  changed_.wait(lock, [this] { return running_ == 0; });
}

void HealthBoard::follow(const std::string& node) {
  const auto stub = agents_.stub(node);
  if (!stub) return;
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  if (const auto old = readers_.find(node); old != readers_.end()) old->second->cancel();
  auto* reader = new Reader(*this, node, stub);  // NOLINT: deleted in finished()
  readers_[node] = reader;
  entries_[node].reachable = false;
  ++running_;
  reader->begin();
}

void HealthBoard::forget(const std::string& node) {
  const std::lock_guard lock(mutex_);
  if (const auto found = readers_.find(node); found != readers_.end()) {
    found->second->cancel();
    readers_.erase(found);
  }
  entries_.erase(node);
}

void HealthBoard::update(const Reader* reader, const std::string& node, const v1::Health* health) {
  const std::lock_guard lock(mutex_);
  const auto current = readers_.find(node);
  if (current == readers_.end() || current->second != reader)
    return;  // an older stream's last word
  Entry& entry = entries_[node];
  entry.reachable = health != nullptr;
  if (health != nullptr) {
    entry.health = *health;
  } else {
    entry.health.Clear();
  }
  ++versions_[node];
  changed_.notify_all();
}

// A stream that ended although nobody asked for it is opened again: with wait_for_ready it waits,
// at no cost, until the agent is back.
void HealthBoard::finished(Reader* reader) {
  const std::lock_guard lock(mutex_);
  const std::string node = reader->node();
  const auto current = readers_.find(node);
  if (current != readers_.end() && current->second == reader) {
    readers_.erase(current);
    if (const auto stub = agents_.stub(node); stub && !closing_) {
      auto* next = new Reader(*this, node, stub);  // NOLINT: deleted in finished()
      readers_[node] = next;
      ++running_;
      next->begin();
    }
  }
  --running_;
  changed_.notify_all();
  delete reader;  // NOLINT: see begin
}

HealthBoard::Entry HealthBoard::of(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(node);
  return found == entries_.end() ? Entry{} : found->second;
}

std::map<std::string, HealthBoard::Entry> HealthBoard::all() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

bool HealthBoard::wait(Clock::time_point deadline,
                       const std::function<bool(const std::map<std::string, Entry>&,
                                                const std::vector<std::string>&)>& done,
                       const std::function<bool()>& stop) {
  std::unique_lock lock(mutex_);
  std::map<std::string, uint64_t> seen;
  while (true) {
    std::vector<std::string> changed;
    for (const auto& [node, version] : versions_) {
      if (seen[node] != version) changed.push_back(node);
    }
    seen = versions_;
    const auto copy = entries_;
    lock.unlock();
    if (done(copy, changed)) return true;
    if (stop() || Clock::now() >= deadline) return false;
    lock.lock();
    // Cancellation has no event of its own: look for it four times a second.
    const auto until = std::min(deadline, Clock::now() + std::chrono::milliseconds(250));
    changed_.wait_until(lock, until, [&] { return versions_ != seen; });
  }
}

}  // namespace hoplab::lab
