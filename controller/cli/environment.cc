// doctor, version, completion: the machine and the program itself.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/completion.h"
#include "controller/cli/installation.h"
#include "controller/lab/paths.h"
#include "controller/runtime/engine.h"

namespace hoplab::cli {
namespace {

struct Finding {
  bool ok = false;
  bool needed = true;  // without it nothing works
  std::string what;
  std::string remedy;
};

Finding root() { return {::geteuid() == 0, true, "running as root", "run hoplab with sudo"}; }

Finding engine() {
  const auto runtime = runtime::Engine::connect();
  if (!runtime) return {false, true, runtime.error().what, runtime.error().remedy};
  return {true, true, "Docker Engine answers", ""};
}

Finding agent() {
  const auto path = agent_binary();
  return {std::filesystem::exists(path), true, "agent binary at " + path.string(),
          "build it: cmake --build --preset release"};
}

Finding space() {
  struct statvfs stat {};
  const bool known = ::statvfs("/var/lib", &stat) == 0;
  const double free_gb =
      known ? static_cast<double>(stat.f_bavail) * static_cast<double>(stat.f_frsize) / 1e9 : 0;
  return {free_gb > 2, true, fmt::format("{:.1f} GB free for images", free_gb),
          "2 GB are needed: make room"};
}

Finding state_folder() {
  std::error_code error;
  std::filesystem::create_directories(lab::Paths::root(), error);
  const bool ok = !error && ::access(lab::Paths::root().c_str(), W_OK) == 0;
  return {ok, true, "state folder " + lab::Paths::root().string() + " is writable",
          "run hoplab with sudo"};
}

// Kernel parts; a module that is not loaded may still be loadable.
Finding kernel_part(const std::string& name, bool needed, const std::string& without) {
  utsname system{};
  ::uname(&system);
  const std::string modules = fmt::format("/lib/modules/{}/", system.release);
  for (const std::string file : {"modules.builtin", "modules.dep"}) {
    std::ifstream in(modules + file);
    for (std::string line; std::getline(in, line);) {
      if (line.find("/" + name + ".ko") != std::string::npos)
        return {true, needed, "kernel has " + name, ""};
    }
  }
  std::ifstream loaded("/proc/modules");
  for (std::string line; std::getline(loaded, line);) {
    if (line.starts_with(name + " ")) return {true, needed, "kernel has " + name, ""};
  }
  return {false, needed, "kernel module " + name + " not found (it may be built in)", without};
}

int doctor() {
  const Finding findings[] = {
      root(),         engine(),
      agent(),        space(),
      state_folder(), kernel_part("sch_netem", false, "link faults then work in user space")};
  bool ready = true;
  for (const auto& finding : findings) {
    std::cout << (finding.ok       ? "ok    "
                  : finding.needed ? "LACKS "
                                   : "note  ")
              << finding.what << '\n';
    if (!finding.ok && !finding.remedy.empty()) std::cout << "      " << finding.remedy << '\n';
    ready = ready && (finding.ok || !finding.needed);
  }
  return ready ? 0 : 3;
}

}  // namespace

void add_environment(CLI::App& app, Invocation& invocation) {
  app.add_subcommand("doctor", "What this machine lacks for hoplab, and what to do")
      ->callback([&invocation] { invocation.exit_code = doctor(); });
  app.add_subcommand("version", "Which hoplab this is")->callback([] {
    std::cout << "hoplab " HOPLAB_VERSION "\n";
  });
  auto* completion =
      app.add_subcommand("completion", "Completion for a shell: source <(hoplab completion bash)");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell)
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([shell, &app] { print_completion(app, *shell, std::cout); });
}

}  // namespace hoplab::cli
