// Shell completion, written from the command line's own description.
#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>

namespace hoplab::cli {

// shell: "bash", "zsh" or "fish".
void print_completion(const CLI::App& app, const std::string& shell, std::ostream& out);

}  // namespace hoplab::cli
