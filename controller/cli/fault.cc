// fault add|list|clear|kinds.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "controller/cli/commands.h"
#include "controller/cli/session.h"
#include "controller/cli/terminal.h"
#include "controller/fault/describe.h"
#include "controller/fault/duration.h"
#include "controller/fault/kinds.h"
#include "controller/fault/parse.h"
#include "controller/lab/agents.h"
#include "controller/report/json.h"
#include "controller/report/table.h"
#include "controller/topology/plan.h"
#include "proto/listing.pb.h"

namespace hoplab::cli {
namespace {

constexpr auto kTimeout = std::chrono::seconds(90);

struct AddOptions {
  std::string kind;
  std::string target;
  std::vector<std::string> parameters;
  std::string lease;
  std::string lab;
  std::string format = "text";
};

std::vector<v1::NodeSpec> specs_of(const lab::Paths& paths) {
  const auto plan = topology::load(paths.topology(), paths.lab());
  if (!plan) {
    throw Failure({ErrorKind::kInternal,
                   "the lab's own topology cannot be read: " + to_string(plan.error().front()),
                   ""});
  }
  std::vector<v1::NodeSpec> specs;
  for (const auto& node : plan->nodes) specs.push_back(node.spec);
  return specs;
}

std::unique_ptr<grpc::ClientContext> context() {
  auto made = std::make_unique<grpc::ClientContext>();
  made->set_wait_for_ready(true);
  made->set_deadline(std::chrono::system_clock::now() + kTimeout);
  return made;
}

std::string remaining(const v1::Fault& fault) {
  if (fault.lease_ns() == 0) return "until cleared";
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const int64_t left = std::max<int64_t>(0, fault.created_ns() + fault.lease_ns() - now);
  return fmt::format("{} s left", (left + 500'000'000) / 1'000'000'000);
}

void add(const AddOptions& options) {
  const lab::Paths paths = find_lab(options.lab);
  const auto lease = options.lease.empty()
                         ? std::chrono::nanoseconds(0)
                         : std::chrono::nanoseconds(value_of(fault::parse_duration(options.lease)));
  if (!options.lease.empty() && lease.count() == 0) {
    throw Failure({ErrorKind::kInvalid, "--for 0 would end the fault at once",
                   "leave it out: the fault then stays until it is cleared"});
  }
  const v1::Fault fault = value_of(
      fault::parse(options.kind, options.target, options.parameters, lease, specs_of(paths)));
  v1::AddFaultReply reply;
  check(controller_of(paths)->AddFault(context().get(), fault, &reply));
  if (options.format == "json") {
    check(report::print_json(reply, std::cout));
  } else {
    std::cout << reply.fault().id() << '\n';
    std::cerr << fmt::format("{} ({}), {}\n", fault::describe(reply.fault()), reply.mechanism(),
                             remaining(reply.fault()));
  }
}

void list(const std::string& lab, const std::string& format) {
  v1::ListFaultsReply reply;
  check(controller_of(find_lab(lab))->ListFaults(context().get(), {}, &reply));
  if (format == "json") {
    check(report::print_json(reply, std::cout));
    return;
  }
  if (reply.faults().empty()) {
    std::cerr << "no faults\n";
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& fault : reply.faults()) {
    rows.push_back({fault.id(), fault.node(), fault::describe(fault), remaining(fault)});
  }
  report::print_table({"ID", "NODE", "FAULT", "LEASE"}, rows,
                      {.width = static_cast<int>(terminal_size().columns)}, std::cout);
}

void clear(const std::string& lab, const std::string& id, bool all, const std::string& format) {
  if (id.empty() && !all) {
    throw Failure({ErrorKind::kInvalid, "which fault?", "an ID of `hoplab fault list`, or --all"});
  }
  v1::ClearFaultRequest request;
  request.set_id(id);
  v1::ClearFaultReply reply;
  check(controller_of(find_lab(lab))->ClearFaults(context().get(), request, &reply));
  if (format == "json") {
    check(report::print_json(reply, std::cout));
    return;
  }
  for (const auto& cleared : reply.cleared()) std::cerr << cleared << " cleared\n";
  if (reply.cleared().empty()) std::cerr << "no faults\n";
}

v1::FaultKindList kind_list() {
  v1::FaultKindList list;
  for (const auto& kind : fault::kinds()) {
    v1::FaultKind& out = *list.add_kinds();
    out.set_name(std::string(kind.word));
    out.set_layer(std::string(kind.layer));
    out.set_target(std::string(kind.targets));
    out.set_does(std::string(kind.does));
    out.set_shows(std::string(kind.shows));
    out.set_undone(std::string(kind.holder));
    out.set_example(std::string(kind.example));
    for (const auto& parameter : kind.parameters) {
      v1::FaultParameter& of_kind = *out.add_parameters();
      of_kind.set_name(std::string(parameter.name));
      of_kind.set_type(std::string(fault::type_word(parameter.type)));
      of_kind.set_preset(std::string(parameter.preset));
      of_kind.set_range(std::string(parameter.range));
      of_kind.set_meaning(std::string(parameter.meaning));
    }
  }
  return list;
}

void explain_kinds(const std::string& format) {
  if (format == "json") {
    check(report::print_json(kind_list(), std::cout));
    return;
  }
  for (const auto& kind : fault::kinds()) {
    std::cout << fmt::format(
        "{}  ({} layer)\n  target  {}\n  does    {}\n  shows   {}\n  undone  {}\n", kind.word,
        kind.layer, kind.targets, kind.does, kind.shows, kind.holder);
    for (const auto& parameter : kind.parameters) {
      std::cout << fmt::format(
          "  {}=  {}: {}{}\n", parameter.name, fault::type_word(parameter.type), parameter.meaning,
          parameter.preset.empty() ? "" : fmt::format(" (default {})", parameter.preset));
    }
    std::cout << "  example " << kind.example << "\n\n";
  }
}

}  // namespace

void add_fault(CLI::App& app, Invocation&) {
  auto* fault = app.add_subcommand("fault", "Put deliberate defects on the lab");
  fault->require_subcommand(1);
  auto lab = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");

  auto* add_command = fault->add_subcommand("add", "Add one; prints its id");
  auto options = std::make_shared<AddOptions>();
  add_command->add_option("KIND", options->kind, "See `hoplab fault kinds`")->required();
  add_command->add_option("TARGET", options->target, "NODE, NODE:INTERFACE or NODE--NODE")
      ->required();
  add_command->add_option("PARAMETER", options->parameters, "key=value");
  add_command->add_option("--for", options->lease, "Undo itself after this time")
      ->type_name("DURATION");
  add_lab_option(*add_command, options->lab);
  add_format_option(*add_command, options->format);
  add_command->callback([options] { add(*options); });

  auto* list_command = fault->add_subcommand("list", "What is on the lab now");
  add_lab_option(*list_command, *lab);
  add_format_option(*list_command, *format);
  list_command->callback([=] { list(*lab, *format); });

  auto* clear_command =
      fault->add_subcommand("clear", "Undo one, or all, and wait until the lab is ready");
  auto id = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  clear_command->add_option("ID", *id);
  clear_command->add_flag("--all", *all, "Every fault");
  add_lab_option(*clear_command, *lab);
  add_format_option(*clear_command, *format);
  clear_command->callback([=] { clear(*lab, *id, *all, *format); });

  auto* kinds_command = fault->add_subcommand(
      "kinds", "Every kind: what it does, where, and what a journey will show");
  add_format_option(*kinds_command, *format);
  kinds_command->callback([=] { explain_kinds(*format); });
}

}  // namespace hoplab::cli
