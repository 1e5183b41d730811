// validate, render, graph: the topology, without starting anything.
#include <fmt/format.h>

#include <iostream>
#include <map>

#include "controller/cli/commands.h"
#include "controller/cli/installation.h"
#include "controller/cli/session.h"
#include "controller/report/json.h"
#include "controller/topology/plan.h"
#include "proto/journey.pb.h"

namespace hoplab::cli {
namespace {

// Every problem on standard error, one a line, as editors like it.
topology::Plan load_or_complain(const std::string& name) {
  auto plan = topology::load(find_topology(name), "");
  if (plan) return std::move(*plan);
  for (const auto& problem : plan.error()) std::cerr << to_string(problem) << '\n';
  throw Failure({ErrorKind::kInvalid,
                 fmt::format("{} problem{} in {}", plan.error().size(),
                             plan.error().size() == 1 ? "" : "s", name),
                 ""});
}

void render(const std::string& name, const std::string& format) {
  const topology::Plan plan = load_or_complain(name);
  if (format == "text") {
    topology::render(plan, std::cout);
    return;
  }
  v1::Bundle lab;
  lab.set_lab(plan.lab);
  for (const auto& node : plan.nodes) *lab.add_specs() = node.spec;
  check(report::print_json(lab, std::cout));
}

// Graphviz: `hoplab graph | dot -Tsvg`.
void graph(const std::string& name) {
  const topology::Plan plan = load_or_complain(name);
  std::cout << "graph \"" << plan.lab << "\" {\n  node [shape=box, style=rounded];\n";
  std::map<std::string, std::vector<const topology::NodePlan*>> systems;
  for (const auto& node : plan.nodes) systems[node.system].push_back(&node);
  for (const auto& [system, nodes] : systems) {
    std::cout << fmt::format(
        "  subgraph \"cluster_{}\" {{\n    label=\"{}{}\";\n", system, system,
        nodes.front()->asn != 0 ? fmt::format(" (AS {})", nodes.front()->asn) : "");
    for (const auto* node : nodes) {
      std::cout << fmt::format("    \"{}\" [label=\"{}\\n{}\"];\n", node->name, node->name,
                               v1::Role_Name(node->role));
    }
    std::cout << "  }\n";
  }
  for (const auto& link : plan.links) {
    std::cout << fmt::format("  \"{}\" -- \"{}\" [taillabel=\"{}\", headlabel=\"{}\"];\n",
                             link.node_a, link.node_b, link.interface_a, link.interface_b);
  }
  std::cout << "}\n";
}

}  // namespace

void add_topology(CLI::App& app, Invocation&) {
  auto name = std::make_shared<std::string>("naver");
  auto format = std::make_shared<std::string>("text");
  const auto add = [&](const char* command, const char* help) {
    auto* added = app.add_subcommand(command, help);
    added->add_option("TOPOLOGY", *name, "A file, or the name of one that ships")
        ->capture_default_str();
    return added;
  };
  add("validate", "Every problem of a topology, with file:line:column")->callback([=] {
    const auto plan = load_or_complain(*name);
    std::cout << fmt::format("{}: {} nodes, {} links, no problems\n", *name, plan.nodes.size(),
                             plan.links.size());
  });
  auto* render_command = add("render", "What is derived from a topology: addresses, routes, zones");
  add_format_option(*render_command, *format);
  render_command->callback([=] { render(*name, *format); });
  add("graph", "The topology for Graphviz")->callback([=] { graph(*name); });
}

}  // namespace hoplab::cli
