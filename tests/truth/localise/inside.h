// Into a node from outside the product: commands in its network namespace, signals to its programs.
#pragma once

#include <string>
#include <vector>

namespace hoplab::truth {

struct Ran {
  int status = -1;
  std::string output;  // standard output and error
};

// `sh -e` in the network namespace of that process; `kept` is its $KEPT.
Ran run_inside(int pid, const std::string& script, const std::string& kept = "");

// The processes of that name in the network namespace of that process.
std::vector<int> programs_inside(int pid, const std::string& name);

}  // namespace hoplab::truth
