// doctor, version, completion: the machine and the program itself.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/completion.h"
#include "controller/cli/installation.h"
#include "controller/cli/session.h"
#include "controller/drops/drop_watch.h"
#include "controller/lab/paths.h"
#include "controller/report/json.h"
#include "controller/runtime/engine.h"
#include "proto/listing.pb.h"

namespace hoplab::cli {
namespace {

using v1::Finding;

Finding finding(bool ok, bool needed, std::string what, std::string remedy) {
  Finding made;
  made.set_ok(ok);
  made.set_needed(needed);
  made.set_what(std::move(what));
  if (!ok) made.set_remedy(std::move(remedy));
  return made;
}

Finding root() {
  return finding(::geteuid() == 0, true, "running as root", "run hoplab with sudo");
}

Finding engine() {
  const auto runtime = runtime::Engine::connect();
  if (!runtime) return finding(false, true, runtime.error().what, runtime.error().remedy);
  return finding(true, true, "Docker Engine answers", "");
}

Finding agent() {
  const auto path = agent_binary();
  return finding(std::filesystem::exists(path), true, "agent binary at " + path.string(),
                 "build it: cmake --build --preset release");
}

Finding space() {
  struct statvfs stat {};
  const bool known = ::statvfs("/var/lib", &stat) == 0;
  const double free_gb =
      known ? static_cast<double>(stat.f_bavail) * static_cast<double>(stat.f_frsize) / 1e9 : 0;
  return finding(free_gb > 2, true, fmt::format("{:.1f} GB free for images", free_gb),
                 "2 GB are needed: make room");
}

Finding state_folder() {
  std::error_code error;
  std::filesystem::create_directories(lab::Paths::root(), error);
  const bool ok = !error && ::access(lab::Paths::root().c_str(), W_OK) == 0;
  return finding(ok, true, "state folder " + lab::Paths::root().string() + " is writable",
                 "run hoplab with sudo");
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
        return finding(true, needed, "kernel has " + name, "");
    }
  }
  std::ifstream loaded("/proc/modules");
  for (std::string line; std::getline(loaded, line);) {
    if (line.starts_with(name + " ")) return finding(true, needed, "kernel has " + name, "");
  }
  return finding(false, needed, "kernel module " + name + " not found (it may be built in)",
                 without);
}

Finding drop_reasons() {
  const auto watch = drops::DropWatch::open({});
  const std::string what = "the kernel tells why it drops packets (skb:kfree_skb)";
  if (watch) return finding(true, false, what, "");
  return finding(false, false, "not: " + what + ": " + watch.error().what,
                 "lost packets are then explained by rules and counters; " + watch.error().remedy);
}

v1::Diagnosis diagnose() {
  v1::Diagnosis diagnosis;
  bool ready = true;
  std::array<Finding, 7> findings = {
      root(),         engine(),
      agent(),        space(),
      state_folder(), kernel_part("sch_netem", false, "link faults then work in user space"),
      drop_reasons()};
  for (Finding& found : findings) {
    ready = ready && (found.ok() || !found.needed());
    *diagnosis.add_findings() = std::move(found);
  }
  diagnosis.set_ready(ready);
  return diagnosis;
}

int doctor(const std::string& format) {
  const v1::Diagnosis diagnosis = diagnose();
  if (format == "json") {
    check(report::print_json(diagnosis, std::cout));
    return diagnosis.ready() ? 0 : 3;
  }
  for (const Finding& found : diagnosis.findings()) {
    std::cout << (found.ok()       ? "ok    "
                  : found.needed() ? "LACKS "
                                   : "note  ")
              << found.what() << '\n';
    if (!found.remedy().empty()) std::cout << "      " << found.remedy() << '\n';
  }
  return diagnosis.ready() ? 0 : 3;
}

}  // namespace

void add_environment(CLI::App& app, Invocation& invocation) {
  auto* doctor_command =
      app.add_subcommand("doctor", "What this machine lacks for hoplab, and what to do");
  auto format = std::make_shared<std::string>("text");
  add_format_option(*doctor_command, *format);
  doctor_command->callback([format, &invocation] { invocation.exit_code = doctor(*format); });
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
