// The commands, one file a group. Each adds itself to the command line; what it returns through
// `Invocation::exit_code` is the program's exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace hoplab::cli {

struct Invocation {
  int exit_code = 0;
};

void add_lifecycle(CLI::App& app, Invocation& invocation);    // up, down, ps, controller
void add_request(CLI::App& app, Invocation& invocation);      // request, trace
void add_fault(CLI::App& app, Invocation& invocation);        // fault add|list|clear|kinds
void add_node(CLI::App& app, Invocation& invocation);         // exec, shell, logs, capture
void add_routes(CLI::App& app, Invocation& invocation);       // routes, looking-glass
void add_topology(CLI::App& app, Invocation& invocation);     // validate, render, graph
void add_environment(CLI::App& app, Invocation& invocation);  // doctor, version, completion

// The option every command about a running lab has.
void add_lab_option(CLI::App& command, std::string& lab,
                    const std::string& help = "Which lab; may be left out when only one runs");
// "--format text|json".
void add_format_option(CLI::App& command, std::string& format);

}  // namespace hoplab::cli
