#include "controller/cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

namespace hoplab::cli {
namespace {

sigset_t interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_interrupts() {
  const sigset_t set = interrupts();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Interrupt::Interrupt(std::function<void()> on_signal, int output) {
  block_interrupts();
  const sigset_t set = interrupts();
  signals_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
  end_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  thread_ = std::jthread([this, on_signal = std::move(on_signal), output] {
    // No event is asked of the output: POLLERR is told unasked.
    pollfd waits[] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = end_.get(), .events = POLLIN, .revents = 0},
                      {.fd = output, .events = 0, .revents = 0}};
    while (::poll(waits, 3, -1) < 0) {
    }
    if ((waits[1].revents & POLLIN) != 0) return;
    raised_ = true;
    on_signal();
  });
}

Interrupt::~Interrupt() {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(end_.get(), &one, sizeof one);
}

}  // namespace hoplab::cli
