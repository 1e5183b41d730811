// Programs a test runs on the host, to their end, which comes within two minutes.
#pragma once

#include <string>
#include <vector>

namespace hoplab::router::testing {

struct Ended {
  int status = -1;     // exit status; -1 when it could not be run at all
  std::string output;  // standard output and error
};

Ended run(const std::vector<std::string>& argv);

}  // namespace hoplab::router::testing
