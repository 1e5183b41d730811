#include "controller/cli/completion.h"

#include <fmt/format.h>

#include <ostream>

namespace hoplab::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (const auto* command :
       app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); })) {
    shown.push_back(command);
  }
  return shown;
}

std::string options_of(const CLI::App& command) {
  std::string words;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
  }
  return words;
}

std::string names_of(const CLI::App& app) {
  std::string words;
  for (const auto* command : commands_of(app))
    words += (words.empty() ? "" : " ") + command->get_name();
  return words;
}

// What may follow a command: its options and, where it has some, its own commands.
void print_cases(const CLI::App& app, const char* variable, std::ostream& out) {
  for (const auto* command : commands_of(app)) {
    const std::string inner = names_of(*command);
    out << fmt::format("    {}) {}=\"{}{}{}\" ;;\n", command->get_name(), variable, inner,
                       inner.empty() ? "" : " ", options_of(*command));
  }
}

void print_bash(const CLI::App& app, std::ostream& out) {
  out << "_hoplab() {\n"
         "  local words current=${COMP_WORDS[COMP_CWORD]}\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      << fmt::format("    words=\"{}\"\n", names_of(app)) << "  else case ${COMP_WORDS[1]} in\n";
  print_cases(app, "words", out);
  out << "  esac; fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; compgen -f -- "
         "\"$current\")\n"
         "}\n"
         "complete -F _hoplab hoplab\n";
}

void print_zsh(const CLI::App& app, std::ostream& out) {
  out << "#compdef hoplab\n"
         "_hoplab() {\n"
         "  if (( CURRENT == 2 )); then\n"
         "    local -a commands=(\n";
  for (const auto* command : commands_of(app)) {
    std::string help = command->get_description();
    for (size_t at = 0; (at = help.find_first_of(":'", at)) != std::string::npos;)
      help.erase(at, 1);
    out << fmt::format("      '{}:{}'\n", command->get_name(), help);
  }
  out << "    )\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local options\n"
         "  case $words[2] in\n";
  print_cases(app, "options", out);
  out << "  esac\n"
         "  compadd -- ${=options}\n"
         "  _files\n"
         "}\n"
         "compdef _hoplab hoplab\n";
}

void print_fish(const CLI::App& app, std::ostream& out) {
  for (const auto* command : commands_of(app)) {
    out << fmt::format("complete -c hoplab -n __fish_use_subcommand -a {} -d \"{}\"\n",
                       command->get_name(), command->get_description());
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) {
        out << fmt::format(
            "complete -c hoplab -n \"__fish_seen_subcommand_from {}\" -l {} -d \"{}\"\n",
            command->get_name(), name, option->get_description());
      }
    }
    for (const auto* inner : commands_of(*command)) {
      out << fmt::format(
          "complete -c hoplab -n \"__fish_seen_subcommand_from {}\" -a {} -d \"{}\"\n",
          command->get_name(), inner->get_name(), inner->get_description());
    }
  }
}

}  // namespace

void print_completion(const CLI::App& app, const std::string& shell, std::ostream& out) {
  if (shell == "bash") print_bash(app, out);
  if (shell == "zsh") print_zsh(app, out);
  if (shell == "fish") print_fish(app, out);
}

}  // namespace hoplab::cli
