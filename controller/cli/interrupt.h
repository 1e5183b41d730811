// Ctrl-C and SIGTERM, and a reader that goes away, as a flag and a wake-up, for as long as one of
// these lives.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "agents/common/base/file_descriptor.h"

namespace hoplab::cli {

class Interrupt {
 public:
  // `on_signal` runs once, on a thread of this object's, at the first signal, or when nobody reads
  // the pipe `output` any more (-1: none is watched).
  explicit Interrupt(std::function<void()> on_signal, int output = -1);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool raised() const { return raised_; }

 private:
  FileDescriptor signals_;
  FileDescriptor end_;
  std::atomic<bool> raised_ = false;
  std::jthread thread_;
};

// Keeps the two signals from ending the process; to be called before any other thread is made.
void block_interrupts();

}  // namespace hoplab::cli
