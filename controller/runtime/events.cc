#include "controller/runtime/events.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "controller/runtime/errors.h"
#include "controller/runtime/json_text.h"
#include "controller/runtime/lines.h"

namespace hoplab::runtime {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};
constexpr std::chrono::seconds kAcceptance{10};

void follow(const std::stop_token& stop, HttpClient& http, const std::string& target,
            const std::function<void(const ContainerEvent&)>& callback,
            std::promise<Status> accepted) {
  std::optional<std::promise<Status>> waiting = std::move(accepted);
  auto pause = kFirstPause;
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    Lines lines([&](std::string_view line) {
      if (const auto event = parse_event(line)) callback(*event);
    });
    std::string refusal;
    bool streaming = false;
    const auto status = http.stream({.target = target,
                                     .on_status =
                                         [&](int code) {
                                           streaming = code == 200;
                                           if (!streaming) return;
                                           pause = kFirstPause;
                                           if (waiting) waiting->set_value({});
                                           waiting.reset();
                                         },
                                     .sink =
                                         [&](std::string_view piece) {
                                           if (streaming) {
                                             lines.add(piece);
                                           } else {
                                             refusal += piece;
                                           }
                                         },
                                     .stop = stop});
    if (waiting) {  // never got through: the caller is told, and nothing is left running
      waiting->set_value(std::unexpected(status ? engine_error("watch containers", *status, refusal)
                                                : status.error()));
      return;
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, pause, [] { return false; });
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

Result<std::function<void()>> follow_events(std::shared_ptr<HttpClient> http, std::string target,
                                            std::function<void(const ContainerEvent&)> callback) {
  std::promise<Status> promise;
  auto accepted = promise.get_future();
  auto thread = std::make_shared<std::jthread>(
      [http = std::move(http), target = std::move(target), callback = std::move(callback)](
          const std::stop_token& stop, std::promise<Status> promise) {
        follow(stop, *http, target, callback, std::move(promise));
      },
      std::move(promise));
  if (accepted.wait_for(kAcceptance) != std::future_status::ready) {
    return fail(ErrorKind::kTimeout, "watch containers: Docker did not answer in time");
  }
  if (Status status = accepted.get(); !status) return std::unexpected(status.error());
  return [thread] {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  };
}

}  // namespace hoplab::runtime
