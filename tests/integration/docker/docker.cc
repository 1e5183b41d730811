#include "tests/integration/docker/docker.h"

#include <array>
#include <cstdio>

namespace hoplab::test {

std::string shell(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  for (size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), got);
  }
  ::pclose(pipe);
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

std::string missing(const std::vector<std::string>& images) {
  if (shell("docker version >/dev/null 2>&1 && echo yes") != "yes") {
    return "no Docker Engine answers";
  }
  for (const auto& image : images) {
    if (shell("docker image inspect " + image + " >/dev/null 2>&1 && echo yes") != "yes") {
      return "image " + image + " is not built";
    }
  }
  return {};
}

}  // namespace hoplab::test
