// What `hoplab up` shows while it works. On a terminal one small block that is redrawn in place;
// else one plain line a change. It holds no clock: the caller says how much time has passed, and
// calls again with an empty event to move the clock on. One thread.
#pragma once

#include <chrono>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "proto/controller.pb.h"

namespace hoplab::report {

struct ProgressOptions {
  bool terminal = false;
  bool colour = false;
  int width = 100;
};

class UpProgress {
 public:
  UpProgress(const ProgressOptions& options, std::ostream& out) : options_(options), out_(out) {}

  void update(const v1::UpEvent& event, std::chrono::milliseconds elapsed);
  // Takes the block away and leaves one line: "lab NAME is up: 24 nodes in 6.1 s". On failure only
  // the block goes; the error is the caller's to print.
  void finish(bool ok, std::string_view lab, std::chrono::milliseconds elapsed);

 private:
  struct Step {
    std::string name;
    uint32_t done = 0;
    uint32_t total = 0;
  };
  struct Node {
    v1::Health::State state = v1::Health::STATE_UNSPECIFIED;
    std::string waiting_for;
  };

  Step& step(const std::string& name);
  void print_changes(const v1::UpEvent& event, std::chrono::milliseconds elapsed);
  void redraw(std::chrono::milliseconds elapsed);
  void erase();
  [[nodiscard]] std::vector<std::string> block(std::chrono::milliseconds elapsed) const;

  ProgressOptions options_;
  std::ostream& out_;
  std::vector<Step> steps_;
  std::map<std::string, Node> nodes_;
  std::string detail_;
  bool changed_ = true;
  size_t drawn_ = 0;  // lines of the block on the screen
};

}  // namespace hoplab::report
