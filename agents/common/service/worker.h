// One thread that does the agent's slow work in order: configuring, judging health, undoing faults.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "agents/common/supervisor/timers.h"

namespace hoplab::agent {

class Worker {
 public:
  // `idle_work` runs when it was asked for by wake(), and says when it wants to run again unasked.
  using IdleWork = std::function<std::optional<Timers::Clock::time_point>()>;

  explicit Worker(IdleWork idle_work) : idle_work_(std::move(idle_work)) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  // Thread-safe. Tasks run in order, before the idle work.
  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    news_.notify_all();
  }
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    news_.notify_all();
  }
  // What is posted but not begun is dropped.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    news_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    std::optional<Timers::Clock::time_point> again;
    while (!stopped_) {
      const auto due = [&] { return stopped_ || woken_ || !tasks_.empty(); };
      const bool news = again ? news_.wait_until(lock, *again, due) : (news_.wait(lock, due), true);
      if (stopped_) return;
      if (!tasks_.empty()) {
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = {};  // what it held goes outside the lock
        lock.lock();
      } else if (woken_ || !news) {
        woken_ = false;
        lock.unlock();
        again = idle_work_();
        lock.lock();
      }
    }
  }

  const IdleWork idle_work_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> tasks_;
  bool woken_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace hoplab::agent
