// The user's terminal in raw mode for as long as one of these lives: keys go through as they are.
#pragma once

#include <termios.h>

namespace hoplab::cli {

class RawTerminal {
 public:
  RawTerminal();   // does nothing when standard input is no terminal
  ~RawTerminal();  // as it was before
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  bool active_ = false;
  termios before_{};
};

struct TerminalSize {
  unsigned columns = 80;
  unsigned rows = 24;
};
TerminalSize terminal_size();

}  // namespace hoplab::cli
