// The docker command, for tests that start single containers.
#pragma once

#include <string>
#include <vector>

namespace hoplab::test {

// Output of a command line run by the shell, both streams; trailing newlines removed.
std::string shell(const std::string& command);
// Why tests that need Docker and these images cannot run here; empty when they can.
std::string missing(const std::vector<std::string>& images);

}  // namespace hoplab::test
