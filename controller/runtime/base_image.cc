#include "controller/runtime/base_image.h"

#include <fmt/format.h>
#include <signal.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <boost/process/pipe.hpp>
#include <boost/process/search_path.hpp>
#include <deque>
#include <filesystem>
#include <thread>

#include "controller/runtime/errors.h"
#include "controller/runtime/json_text.h"
#include "controller/runtime/lines.h"

namespace hoplab::runtime {
namespace {

namespace bp = boost::process;

constexpr const char* kMakeable = "debian:bookworm-slim";
constexpr std::size_t kTail = 20;             // lines of output in an error
constexpr std::chrono::minutes kSilence{10};  // a build step may be quiet for long
constexpr std::chrono::seconds kPullSilence{60};

// The last lines that were said, for an error message.
class Tail {
 public:
  void add(std::string_view line) {
    lines_.emplace_back(line);
    if (lines_.size() > kTail) lines_.pop_front();
  }
  [[nodiscard]] std::string text() const {
    std::string result;
    for (const auto& line : lines_) result += "\n  " + line;
    return result;
  }

 private:
  std::deque<std::string> lines_;
};

std::vector<std::string> mmdebstrap_arguments() {
  std::vector<std::string> arguments{"--variant=minbase"};
  // Without these two, mmdebstrap pulls in perl to merge /usr: 48 MB more.
  const std::string hook = "/usr/share/mmdebstrap/hooks/merged-usr";
  if (std::filesystem::exists(hook)) {
    arguments.push_back("--hook-dir=" + hook);
    arguments.emplace_back("--include=usr-is-merged");
  }
  for (const char* part : {"doc", "man", "info", "locale", "lintian"}) {
    arguments.push_back(fmt::format("--dpkgopt=path-exclude=/usr/share/{}/*", part));
  }
  arguments.emplace_back("bookworm");
  arguments.emplace_back("-");
  return arguments;
}

Status pull(Engine& engine, const std::string& reference, const ImageProgress& progress,
            const std::stop_token& stop) {
  const auto colon = reference.rfind(':');
  HttpStream exchange{
      .method = "POST",
      .target = engine.path(fmt::format("/images/create?fromImage={}&tag={}",
                                        percent_encode(reference.substr(0, colon)),
                                        percent_encode(reference.substr(colon + 1)))),
      .patience = kPullSilence,
      .stop = stop};
  return follow_image(engine, std::move(exchange), "pull image " + reference,
                      [&](const std::string& line) { progress(reference, line); });
}

Status make(Engine& engine, const std::string& reference, const ImageProgress& progress,
            const std::stop_token& stop) {
  const auto program = bp::search_path("mmdebstrap");
  if (program.empty()) {
    return fail(
        ErrorKind::kEnvironment,
        fmt::format("make image {}: no registry answers, and there is no mmdebstrap", reference),
        "apt-get install mmdebstrap");
  }
  progress(reference, "no registry answers; making it from Debian's packages with mmdebstrap");
  bp::pipe archive;
  bp::ipstream messages;
  std::error_code code;
  bp::child child(program, bp::args(mmdebstrap_arguments()),
                  bp::std_in<bp::null, bp::std_out> archive, bp::std_err > messages, code);
  if (code) {
    return fail(ErrorKind::kInternal, fmt::format("run {}: {}", program.string(), code.message()));
  }
  // An interrupt lets it unmount and delete what it has made so far; a kill would not.
  const std::stop_callback on_stop(stop, [pid = child.id()] { ::kill(pid, SIGINT); });
  Tail tail;
  std::jthread listener([&] {
    for (std::string line; std::getline(messages, line);) {
      line.erase(0, line.rfind('\r') + 1);
      tail.add(line);
      progress(reference, line);
    }
  });

  HttpStream exchange{
      .method = "POST",
      .target = engine.path("/images/create?fromSrc=-&repo=debian&tag=bookworm-slim&changes=" +
                            percent_encode("CMD [\"bash\"]")),
      .content_type = "application/x-tar",
      .source = [&](std::span<char> room) -> Result<std::size_t> {
        const int got = archive.read(room.data(), static_cast<int>(room.size()));
        if (got > 0) return static_cast<std::size_t>(got);
        // The end of the archive counts only if its maker is content with it.
        child.wait();
        listener.join();
        if (child.exit_code() == 0) return std::size_t{0};
        return fail(stop.stop_requested() ? ErrorKind::kInterrupted : ErrorKind::kEnvironment,
                    fmt::format("make image {}: mmdebstrap failed{}", reference, tail.text()),
                    "it downloads Debian's packages: can this machine reach deb.debian.org?");
      },
      .patience = kSilence,
      .stop = stop};
  const Status imported = follow_image(engine, std::move(exchange), "import image " + reference,
                                       [&](const std::string& line) { progress(reference, line); });
  if (child.running()) ::kill(child.id(), SIGINT);  // the engine gave up first
  archive.close();
  child.wait();
  return imported;
}

}  // namespace

Status follow_image(Engine& engine, HttpStream exchange, const std::string& attempted,
                    const std::function<void(const std::string& line)>& each_line) {
  Tail tail;
  std::string error;
  std::string refusal;
  bool accepted = false;
  Lines text([&](std::string_view line) {
    tail.add(line);
    each_line(std::string(line));
  });
  Lines steps([&](std::string_view line) {
    const auto step = parse_image_step(line);
    if (!step) return;
    text.add(step->text);
    if (!step->error.empty()) error = step->error;
  });
  exchange.on_status = [&](int status) { accepted = status == 200; };
  exchange.sink = [&](std::string_view piece) {
    if (accepted) {
      steps.add(piece);
    } else {
      refusal += piece;
    }
  };
  const auto status = engine.http().stream(exchange);
  if (!status) return std::unexpected(status.error());
  if (!accepted) return std::unexpected(engine_error(attempted, *status, refusal));
  steps.finish();
  text.finish();
  if (error.empty()) return {};
  Error failed = engine_error(attempted, error);
  failed.what += tail.text();
  return std::unexpected(std::move(failed));
}

Status ensure_base_image(Engine& engine, const std::string& reference,
                         const ImageProgress& progress, const std::stop_token& stop) {
  const auto there = engine.image(reference);
  if (there) return {};
  if (there.error().kind != ErrorKind::kNotFound) return std::unexpected(there.error());
  Status pulled = pull(engine, reference, progress, stop);
  if (pulled || reference != kMakeable || stop.stop_requested()) return pulled;
  return make(engine, reference, progress, stop);
}

}  // namespace hoplab::runtime
