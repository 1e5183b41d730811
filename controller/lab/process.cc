#include "controller/lab/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "controller/lab/controller_lock.h"
#include "controller/lab/service.h"
#include "controller/lab/teardown.h"
#include "controller/runtime/engine.h"
#include "controller/wiring/veth.h"

namespace hoplab::lab {
namespace {

class ReadyLine {
 public:
  explicit ReadyLine(int fd) : fd_(fd) {}
  void say(const std::string& line) {
    if (!fd_) return;
    const std::string text = line + "\n";
    if (::write(fd_.get(), text.data(), text.size()) < 0) spdlog::warn("nobody waits for me");
    fd_.reset();
  }

 private:
  FileDescriptor fd_;
};

// Why the main thread was woken.
enum class Wish { kNone, kEnd, kAbandon };

int serve(Lab& lab, runtime::Runtime& runtime, const Paths& paths, const FileDescriptor& signals,
          ReadyLine& ready) {
  const FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  std::atomic<Wish> wish = Wish::kNone;
  const auto wake_with = [&](Wish what) {
    wish = what;
    const uint64_t one = 1;
    if (::write(wake.get(), &one, sizeof one) < 0) spdlog::error("cannot wake the main thread");
  };
  Faults faults(lab);
  if (faults.undo_expired()) {  // whoever started us finds the lab as it should be
    if (Status calm = lab.wait_ready(std::chrono::seconds(15), [] { return false; }); !calm) {
      spdlog::warn("after a lease ran out: {}", calm.error().what);
    }
  }
  faults.watch();
  ControllerService service(
      lab, faults, [&] { wake_with(Wish::kEnd); }, [&] { wake_with(Wish::kAbandon); });
  grpc::ServerBuilder builder;
  builder.AddListeningPort(paths.controller_target(), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  builder.SetMaxSendMessageSize(-1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) {
    ready.say("cannot listen on " + paths.socket().string());
    return 1;
  }
  ready.say("ok");

  pollfd waits[] = {{.fd = signals.get(), .events = POLLIN, .revents = 0},
                    {.fd = wake.get(), .events = POLLIN, .revents = 0}};
  while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
  }
  service.interrupt();
  // Calls under way get a moment to answer: the one that asked for the end, or a failing `up`.
  server->Shutdown(deadline_in(std::chrono::seconds(2)));
  if (wish != Wish::kAbandon) return 0;
  const TeardownReport report = remove_everything(runtime, paths);
  for (const auto& problem : report.problems) spdlog::error("{}", problem);
  return report.problems.empty() ? 0 : 1;
}

// A lab that was taken down while its controller started: the log and the lock would make its
// folder again. A folder with anything else in it is somebody's who brings the lab up.
void leave_no_folder(const Paths& paths) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::directory_iterator it(paths.directory(), error), end; !error && it != end;
       it.increment(error)) {
    if (it->path() != paths.log() && it->path() != paths.lock()) return;
  }
  fs::remove_all(paths.directory(), error);
  fs::remove(paths.root(), error);  // only when no other lab is left in it
}

}  // namespace

int run_controller(const Paths& paths, const std::string& agent, int ready_fd) {
  ReadyLine ready(ready_fd);
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);  // before any thread is made
  ::signal(SIGPIPE, SIG_IGN);
  const auto is_gone = [&] {
    std::error_code error;
    return !std::filesystem::exists(paths.topology(), error);
  };
  const std::string gone = "lab " + paths.lab() + " is not there any more";
  if (is_gone()) {
    ready.say(gone);
    return 1;
  }
  const FileDescriptor signals(::signalfd(-1, &mask, SFD_CLOEXEC));
  spdlog::set_default_logger(spdlog::basic_logger_mt("controller", paths.log().string()));
  spdlog::flush_on(spdlog::level::info);

  auto lock = ControllerLock::try_acquire(paths);
  if (!lock) {
    ready.say(lock.error().what);
    return 1;
  }
  if (!*lock) {  // two commands asked for a controller at once: the other one has it
    ready.say("ok");
    return 0;
  }
  if (is_gone()) {
    ready.say(gone);
    leave_no_folder(paths);
    return 1;
  }
  auto plan = topology::load(paths.topology(), paths.lab());
  if (!plan) {
    ready.say(to_string(plan.error().front()));
    return 2;
  }
  auto runtime = runtime::Engine::connect();
  if (!runtime) {
    ready.say(runtime.error().what);
    return 3;
  }
  auto wiring = wiring::VethWiring::open();
  if (!wiring) {
    ready.say(wiring.error().what);
    return 3;
  }
  auto lab = Lab::open(std::move(*plan), paths, agent, **runtime, **wiring);
  if (!lab) {
    ready.say(lab.error().what);
    return 1;
  }
  if (Status adopted = (*lab)->adopt(); !adopted) {
    ready.say(adopted.error().what);
    return 1;
  }
  return serve(**lab, **runtime, paths, signals, ready);
}

}  // namespace hoplab::lab
