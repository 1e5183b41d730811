#include "agents/common/supervisor/line_reader.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

namespace hoplab::agent {
namespace {

class LineReader {
 public:
  LineReader(EventLoop& loop, FileDescriptor pipe, OutputLog& log, std::string source)
      : loop_(loop), pipe_(std::move(pipe)), log_(log), source_(std::move(source)) {}

  [[nodiscard]] int fd() const { return pipe_.get(); }

  void read_what_is_there() {
    std::array<char, 4096> buffer;
    while (pipe_) {
      const ssize_t got = ::read(pipe_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        take({buffer.data(), static_cast<size_t>(got)});
        continue;
      }
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (!rest_.empty()) log_.append(source_, rest_);
      loop_.unwatch(pipe_.get());
      pipe_.reset();
    }
  }

 private:
  void take(std::string_view text) {
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      rest_ += text.substr(0, end);
      if (rest_.ends_with('\r')) rest_.pop_back();
      if (!rest_.empty()) log_.append(source_, rest_);
      rest_.clear();
      text.remove_prefix(end + 1);
    }
    rest_ += text;
    if (rest_.size() > OutputLog::kLongestLine) {
      log_.append(source_, rest_);
      rest_.clear();
    }
  }

  EventLoop& loop_;
  FileDescriptor pipe_;
  OutputLog& log_;
  const std::string source_;
  std::string rest_;
};

}  // namespace

void log_lines(EventLoop& loop, FileDescriptor pipe, OutputLog& log, std::string source) {
  auto reader = std::make_shared<LineReader>(loop, std::move(pipe), log, std::move(source));
  loop.watch(reader->fd(), [reader] { reader->read_what_is_there(); });
}

}  // namespace hoplab::agent
