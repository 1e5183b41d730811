// up, down, ps, and the controller process itself.
#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <set>

#include "agents/common/base/read_file.h"
#include "controller/cli/commands.h"
#include "controller/cli/installation.h"
#include "controller/cli/interrupt.h"
#include "controller/cli/session.h"
#include "controller/cli/status_table.h"
#include "controller/cli/terminal.h"
#include "controller/lab/agents.h"
#include "controller/lab/controller_lock.h"
#include "controller/lab/lease_keeper.h"
#include "controller/lab/process.h"
#include "controller/lab/teardown.h"
#include "controller/report/json.h"
#include "controller/report/progress.h"
#include "controller/runtime/engine.h"
#include "controller/runtime/images.h"
#include "controller/topology/plan.h"

namespace hoplab::cli {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

struct UpOptions {
  std::string topology = "naver";
  std::string lab;
  std::string timeout = "120s";
};

topology::Plan load_plan(const fs::path& file, const std::string& lab) {
  auto plan = topology::load(file, lab);
  if (plan) return std::move(*plan);
  std::string text;
  for (const auto& problem : plan.error()) text += to_string(problem) + "\n";
  throw Failure({ErrorKind::kInvalid,
                 fmt::format("{} problem{} in the topology\n{}", plan.error().size(),
                             plan.error().size() == 1 ? "" : "s", text),
                 "nothing was created"});
}

// The progress display with the clock it lacks.
class TimedProgress {
 public:
  TimedProgress()
      : display_({.terminal = ::isatty(STDERR_FILENO) == 1,
                  .colour = ::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr,
                  .width = static_cast<int>(terminal_size().columns)},
                 std::cerr) {}
  void show(const v1::UpEvent& event) { display_.update(event, elapsed()); }
  void finish(bool ok, const std::string& lab) { display_.finish(ok, lab, elapsed()); }

 private:
  [[nodiscard]] std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(lab::Clock::now() - began_);
  }
  const lab::Clock::time_point began_ = lab::Clock::now();
  report::UpProgress display_;
};

void ensure_images(runtime::Engine& engine, const topology::Plan& plan, TimedProgress& progress) {
  std::set<std::string> roles;
  for (const auto& node : plan.nodes) {
    if (node.role != v1::CONTAINER) roles.insert(lower(v1::Role_Name(node.role)));
  }
  const auto images = runtime::ensure_images(
      engine, image_directory(), roles, [&](const std::string& image, const std::string& line) {
        v1::UpEvent event;
        event.set_step("images");
        event.set_detail(image + ": " + line);
        progress.show(event);
      });
  if (!images) throw Failure(images.error());
}

// The lab's folder with the topology in it. The folder is what makes the name taken.
void make_folder(const lab::Paths& paths, const fs::path& topology) {
  std::error_code error;
  fs::create_directories(paths.directory() / "nodes", error);
  if (!error)
    fs::copy_file(topology, paths.topology(), fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Failure({ErrorKind::kEnvironment,
                   "write " + paths.directory().string() + ": " + error.message(),
                   "is there room, and is the folder writable?"});
  }
  std::ofstream(paths.topology_origin()) << fs::absolute(topology).string() << '\n';
}

void print_teardown_problems(const lab::TeardownReport& report) {
  for (const auto& problem : report.problems) std::cerr << "  left: " << problem << '\n';
}

// The agents' sockets stand in the state folder, and a socket's path has 107 characters at most
// (unix(7)).
void check_path_lengths(const lab::Paths& paths, const topology::Plan& plan) {
  for (const auto& node : plan.nodes) {
    const size_t length = paths.agent_socket(node.name).native().size();
    if (length < sizeof(sockaddr_un{}.sun_path)) continue;
    throw Failure({ErrorKind::kEnvironment,
                   fmt::format("{} is too long for a socket's path: {} characters",
                               paths.agent_socket(node.name).string(), length),
                   "a shorter HOPLAB_STATE, lab name or node name"});
  }
}

bool same_text(const fs::path& a, const fs::path& b) {
  return read_file(a).value_or("") == read_file(b).value_or("");
}

int up(const UpOptions& options) {
  const fs::path file = find_topology(options.topology);
  const topology::Plan plan = load_plan(file, options.lab);
  require_root();
  const auto timeout = milliseconds_of(options.timeout);
  block_interrupts();
  const auto runtime = value_of(runtime::Engine::connect());
  const lab::Paths paths(plan.lab);
  check_path_lengths(paths, plan);
  const bool exists = fs::exists(paths.topology());
  if (exists && !same_text(file, paths.topology())) {
    throw Failure({ErrorKind::kEnvironment,
                   fmt::format("a lab called {} runs already, from another topology", plan.lab),
                   fmt::format("`hoplab down {}` first, or another name with --lab", plan.lab)});
  }
  TimedProgress progress;
  ensure_images(*runtime, plan, progress);
  if (!exists) make_folder(paths, file);

  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  Interrupt interrupt([&] { context.TryCancel(); });
  const auto give_up = [&] {
    progress.finish(false, plan.lab);
    print_teardown_problems(lab::tear_down(*runtime, paths));
  };
  grpc::Status status;
  bool changed = false;
  try {
    const auto controller = controller_of(paths);
    v1::UpRequest request;
    request.set_timeout_ms(timeout);
    const auto stream = controller->Up(&context, request);
    for (v1::UpEvent event; stream->Read(&event);) {
      progress.show(event);
      changed = event.changed();
    }
    status = stream->Finish();
  } catch (const Failure&) {
    if (!exists) give_up();
    throw;
  }
  if (interrupt.raised()) {
    if (!exists) give_up();
    std::cerr << (exists ? "interrupted; the lab was there before and stays\n"
                         : "interrupted; everything made so far was removed\n");
    return 130;
  }
  if (!status.ok()) {
    if (!exists) give_up();
    check(status);
  }
  progress.finish(true, plan.lab);
  if (!changed) std::cerr << "it was up already: nothing was changed\n";
  return 0;
}

int down_one(runtime::Runtime& runtime, const std::string& name) {
  const lab::TeardownReport report = lab::tear_down(runtime, lab::Paths(name));
  if (!report.problems.empty()) {
    std::cerr << "hoplab: lab " << name << " is not gone\n";
    print_teardown_problems(report);
    return 1;
  }
  if (report.existed) {
    std::cerr << fmt::format("lab {} is down: {} containers removed\n", name, report.containers);
  } else {
    std::cerr << fmt::format("lab {} is down: its controller had removed it already\n", name);
  }
  return 0;
}

int down(const std::string& name, bool all) {
  require_root();
  const auto runtime = value_of(runtime::Engine::connect());
  std::set<std::string> labs;
  for (const auto& lab : lab::Paths::labs()) labs.insert(lab);
  for (const auto& container : value_of(runtime->list(lab::kLabLabel, ""))) {
    labs.insert(container.labels.at(lab::kLabLabel));
  }
  if (!name.empty()) {
    if (!labs.contains(name)) {
      std::cerr << "lab " << name << " is not there: nothing to do\n";
      return 0;
    }
    return down_one(*runtime, name);
  }
  if (labs.empty()) {
    std::cerr << "no lab is there: nothing to do\n";
    return 0;
  }
  if (labs.size() > 1 && !all) {
    throw Failure({ErrorKind::kInvalid, fmt::format("there are {} labs", labs.size()),
                   "`hoplab down NAME`, or --all"});
  }
  int worst = 0;
  for (const auto& lab : labs) worst = std::max(worst, down_one(*runtime, lab));
  return worst;
}

int ps(const std::string& name, const std::string& format) {
  require_root();
  v1::LabList list;
  const auto labs = name.empty() ? lab::Paths::labs() : std::vector{find_lab(name).lab()};
  for (const auto& lab : labs) {
    const auto controller = controller_of(lab::Paths(lab));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(lab::deadline_in(std::chrono::seconds(15)));
    check(controller->Status(&context, {}, list.add_labs()));
  }
  if (format == "json") {
    check(report::print_json(list, std::cout));
  } else {
    print_status(list, std::cout);
  }
  return 0;
}

}  // namespace

void add_lifecycle(CLI::App& app, Invocation& invocation) {
  auto* up_command = app.add_subcommand("up", "Start a lab, or repair the one that runs");
  auto up_options = std::make_shared<UpOptions>();
  up_command->add_option("TOPOLOGY", up_options->topology, "A file, or the name of one that ships")
      ->capture_default_str();
  add_lab_option(*up_command, up_options->lab, "The lab's name; default: the topology's");
  up_command->add_option("--timeout", up_options->timeout, "How long to wait until all is ready")
      ->capture_default_str()
      ->type_name("DURATION");
  up_command->callback([up_options, &invocation] { invocation.exit_code = up(*up_options); });

  auto* down_command = app.add_subcommand("down", "Take a lab away, and look that nothing is left");
  auto down_lab = std::make_shared<std::string>();
  auto down_all = std::make_shared<bool>(false);
  down_command->add_option("LAB,--lab", *down_lab, "May be left out when there is only one");
  down_command->add_flag("--all", *down_all, "Every lab");
  down_command->callback(
      [down_lab, down_all, &invocation] { invocation.exit_code = down(*down_lab, *down_all); });

  auto* ps_command = app.add_subcommand("ps", "Labs and their nodes: health, daemons, addresses");
  auto ps_lab = std::make_shared<std::string>();
  auto ps_format = std::make_shared<std::string>("text");
  ps_command->add_option("LAB,--lab", *ps_lab, "Only this lab");
  add_format_option(*ps_command, *ps_format);
  ps_command->callback(
      [ps_lab, ps_format, &invocation] { invocation.exit_code = ps(*ps_lab, *ps_format); });

  auto* controller = app.add_subcommand("controller", "The process that owns a lab")->group("");
  auto lab = std::make_shared<std::string>();
  auto ready_fd = std::make_shared<int>(-1);
  controller->add_option("--lab", *lab)->required();
  auto after = std::make_shared<int64_t>(0);
  controller->add_option("--ready-fd", *ready_fd);
  controller->add_option("--after", *after, "Only then, and only if there is none (ns)");
  controller->callback([lab, ready_fd, after, &invocation] {
    const lab::Paths paths(*lab);
    invocation.exit_code = *after != 0 ? lab::wait_for_lease(paths, *after, agent_binary())
                                       : lab::run_controller(paths, agent_binary(), *ready_fd);
  });
}

}  // namespace hoplab::cli
