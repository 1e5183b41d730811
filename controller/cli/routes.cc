// routes, looking-glass: what a node's table holds and why, asked of its agent.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>

#include "agents/common/net/ip_address.h"
#include "controller/cli/commands.h"
#include "controller/cli/session.h"
#include "controller/journey/decisions/route_choices.h"
#include "controller/report/json.h"
#include "controller/report/route_tables.h"

namespace hoplab::cli {
namespace {

struct Options {
  std::string lab;
  std::string node;
  std::string asked;
  std::string format = "text";
  std::string language = "en";
};

bool colour_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

v1::NodeState snapshot_of(const Options& options) {
  if (!options.asked.empty() && !net::parse_ip_prefix(options.asked) &&
      !net::parse_ip(options.asked)) {
    throw Failure({ErrorKind::kInvalid,
                   fmt::format("{} is neither an IP address nor a prefix", options.asked),
                   "such as 203.0.113.10, 203.0.113.0/24 or 2001:db8::/48"});
  }
  const auto agent = agent_of(find_lab(options.lab), options.node);
  grpc::ClientContext context;
  v1::SnapshotRequest request;
  request.set_routes(true);
  request.set_candidates(true);
  v1::NodeState state;
  check(agent->Snapshot(&context, request, &state));
  return state;
}

// Address → node, as far as the lab's controller and the router's sessions tell.
std::map<std::string, std::string> names_in(const Options& options, const v1::NodeState& state) {
  std::map<std::string, std::string> names;
  const auto controller = controller_of(find_lab(options.lab));
  grpc::ClientContext context;
  v1::LabStatus status;
  check(controller->Status(&context, {}, &status));
  for (const auto& node : status.nodes()) {
    for (const auto& address : node.addresses()) {
      names.emplace(address.substr(0, address.find('/')), node.node());
    }
  }
  for (const auto& peer : state.bgp_peers()) names.emplace(peer.address(), peer.node());
  return names;
}

void routes(const Options& options) {
  const v1::NodeState state = snapshot_of(options);
  const auto names = names_in(options, state);
  const auto table =
      journey::route_table(options.node, state, options.asked, [&](const std::string& address) {
        const auto found = names.find(address);
        return found == names.end() ? address : found->second;
      });
  if (options.format == "json") {
    check(report::print_json(table, std::cout));
    return;
  }
  if (table.routes().empty()) {
    std::cout << fmt::format("{} has no route{}\n", options.node,
                             options.asked.empty() ? "" : " to " + options.asked);
  }
  report::print_routes(table, *report::parse_language(options.language),
                       report::Paint(colour_wanted()), std::cout);
}

void looking_glass(const Options& options) {
  const v1::NodeState state = snapshot_of(options);
  const auto glass = journey::looking_glass(options.node, state, options.asked);
  if (options.format == "json") {
    check(report::print_json(glass, std::cout));
    return;
  }
  if (glass.paths().empty()) {
    std::cout << (state.bgp_peers().empty()
                      ? fmt::format("{} speaks no BGP\n", options.node)
                      : fmt::format("{} knows no BGP path to {}\n", options.node, options.asked));
  }
  report::print_looking_glass(glass, *report::parse_language(options.language),
                              report::Paint(colour_wanted()), std::cout);
}

CLI::App* add_command(CLI::App& app, const char* name, const char* help, const char* node,
                      const std::shared_ptr<Options>& options) {
  auto* command = app.add_subcommand(name, help);
  command->add_option(node, options->node)->required();
  command->add_option("PREFIX|ADDRESS", options->asked, "Only what concerns it");
  add_lab_option(*command, options->lab);
  add_format_option(*command, options->format);
  command->add_option("--lang", options->language, "Language of the reasons")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  return command;
}

}  // namespace

void add_routes(CLI::App& app, Invocation&) {
  auto table = std::make_shared<Options>();
  add_command(app, "routes", "A node's routes, each with the reason for it", "NODE", table)
      ->callback([table] { routes(*table); });
  auto glass = std::make_shared<Options>();
  add_command(app, "looking-glass", "A router's BGP paths, which is best, and why", "ROUTER", glass)
      ->callback([glass] { looking_glass(*glass); });
}

}  // namespace hoplab::cli
