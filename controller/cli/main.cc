// hoplab: parse, run, one catch.
#include <fmt/format.h>

#include <iostream>
#include <span>

#include "controller/cli/commands.h"
#include "controller/cli/session.h"
#include "controller/fault/nearest.h"

namespace hoplab::cli {

void add_lab_option(CLI::App& command, std::string& lab, const std::string& help) {
  command.add_option("--lab", lab, help)
      ->type_name("NAME")
      ->check([](const std::string& name) { return name.empty() ? "it is empty" : ""; }, "");
}

void add_format_option(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "How to print it")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

namespace {

// A mistyped command is named; CLI11 would only say that one is needed.
void check_command(const CLI::App& app, std::span<char*> words) {
  if (words.empty() || words[0][0] == '-') return;
  const auto all = app.get_subcommands({});
  if (all.empty()) return;
  std::vector<std::string> commands;
  for (const auto* command : all) {
    if (command->get_name() == words[0]) return check_command(*command, words.subspan(1));
    if (!command->get_group().empty()) commands.push_back(command->get_name());
  }
  throw Failure({ErrorKind::kInvalid,
                 fmt::format("there is no command {}{}{}", app.get_parent() ? app.get_name() : "",
                             app.get_parent() ? " " : "", words[0]),
                 fault::suggestion(words[0], commands)});
}

// What was printed has arrived; a full disk shows only now.
void check_output() {
  if (std::cout.flush()) return;
  throw Failure({ErrorKind::kEnvironment, "standard output could not be written whole",
                 "is the disk full, or its reader gone?"});
}

}  // namespace
}  // namespace hoplab::cli

int main(int argc, char** argv) {
  using namespace hoplab::cli;
  CLI::App app("What happens when I type a URL and press enter: shown hop by hop, on real daemons.",
               "hoplab");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  Invocation invocation;
  add_lifecycle(app, invocation);
  add_request(app, invocation);
  add_fault(app, invocation);
  add_node(app, invocation);
  add_routes(app, invocation);
  add_topology(app, invocation);
  add_environment(app, invocation);
  try {
    check_command(app, std::span(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0));
    app.parse(argc, argv);
    check_output();
    return invocation.exit_code;
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) != 0) return 2;
    return std::cout.flush() ? 0 : 3;
  } catch (const Failure& failure) {
    std::cerr << "hoplab: " << failure.error().what << '\n';
    if (!failure.error().remedy.empty()) std::cerr << "  " << failure.error().remedy << '\n';
    return exit_code(failure.error().kind);
  } catch (const std::exception& error) {
    std::cerr << "hoplab: " << error.what() << '\n';
    return 1;
  }
}
