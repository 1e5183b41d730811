// Cuts a stream that arrives in pieces into lines. Of a line that a program wrote over and over, as
// progress displays do with carriage returns, what stood there last is told.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace hoplab::runtime {

class Lines {
 public:
  explicit Lines(std::function<void(std::string_view)> each) : each_(std::move(each)) {}

  void add(std::string_view piece) {
    rest_ += piece;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      emit(std::string_view(rest_).substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }
  // The last line may have no end.
  void finish() {
    emit(rest_);
    rest_.clear();
  }

 private:
  void emit(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(line.rfind('\r') + 1);
    if (!line.empty()) each_(line);
  }

  std::function<void(std::string_view)> each_;
  std::string rest_;
};

}  // namespace hoplab::runtime
