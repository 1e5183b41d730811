// hoplab: parse, run, one catch.
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/session.h"

namespace hoplab::cli {

void add_lab_option(CLI::App& command, std::string& lab) {
  command.add_option("--lab", lab, "Which lab; may be left out when only one runs")
      ->type_name("NAME");
}

void add_format_option(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "How to print it")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

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
  add_topology(app, invocation);
  add_environment(app, invocation);
  try {
    app.parse(argc, argv);
    return invocation.exit_code;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const Failure& failure) {
    std::cerr << "hoplab: " << failure.error().what << '\n';
    if (!failure.error().remedy.empty()) std::cerr << "  " << failure.error().remedy << '\n';
    return exit_code(failure.error().kind);
  } catch (const std::exception& error) {
    std::cerr << "hoplab: " << error.what() << '\n';
    return 1;
  }
}
