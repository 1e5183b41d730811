// Colour for terminals, or none: whether there is any is the caller's decision. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hoplab::report {

class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  [[nodiscard]] std::string bold(std::string_view text) const { return with("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return with("2", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return with("1;31", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return with("32", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return with("33", text); }
  [[nodiscard]] std::string cyan(std::string_view text) const { return with("36", text); }

 private:
  [[nodiscard]] std::string with(std::string_view code, std::string_view text) const {
    if (!on_ || text.empty()) return std::string{text};
    return "\x1b[" + std::string{code} + "m" + std::string{text} + "\x1b[0m";
  }
  bool on_;
};

}  // namespace hoplab::report
