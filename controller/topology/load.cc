// From a file to its plan: read, parse, resolve, plan.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "agents/common/base/read_file.h"
#include "controller/topology/parse.h"
#include "controller/topology/plan_parts.h"
#include "controller/topology/ranges.h"

namespace hoplab::topology {
namespace {

constexpr std::uintmax_t kLargestFile = 1U << 20U;

}  // namespace

std::expected<Plan, std::vector<Problem>> load_text(const std::string& text,
                                                    const std::string& file,
                                                    std::string_view lab_name) {
  Problems problems(file);
  if (!lab_name.empty() && !valid_label(lab_name, kLongestLab)) {
    const std::string better = as_label(lab_name, kLongestLab);
    problems.add(
        {},
        fmt::format("lab name {} must have a-z, 0-9 and inner hyphens, at most {}",
                    in_quotes(lab_name), kLongestLab),
        better.empty() ? "choose another" : fmt::format("for example {}", in_quotes(better)));
  }
  if (text.size() > kLargestFile) {
    problems.add({}, fmt::format("larger than {} bytes", kLargestFile), "split the topology");
    return std::unexpected(problems.take());
  }
  const auto tree = read_yaml(text, problems);
  if (!tree) return std::unexpected(problems.take());
  const Source source = parse(*tree, problems);
  Model model;
  model.source = &source;
  model.lab = lab_name.empty() ? source.name.value : std::string(lab_name);
  connect(model, problems);
  carve_subnets(model, problems);
  serve_leases(model, problems);
  assign_addresses(model, problems);
  carve_subnets6(model, problems);
  serve_leases6(model, problems);
  assign_addresses6(model, problems);
  build_zones(model, problems);
  Plan plan = make_plan(model, problems);
  if (!problems.empty()) return std::unexpected(problems.take());
  return plan;
}

std::expected<Plan, std::vector<Problem>> load(const std::filesystem::path& file,
                                               std::string_view lab_name) {
  const auto refuse = [&](std::string message, std::string suggestion) {
    return std::unexpected(
        std::vector<Problem>{{file.string(), 1, 1, std::move(message), std::move(suggestion)}});
  };
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    return refuse("cannot read: no such file", "check the path");
  }
  if (!std::filesystem::is_regular_file(status)) {
    return refuse("cannot read: not a file",
                  "give the path of a topology, such as topologies/lan.yaml");
  }
  if (std::filesystem::file_size(file, error) > kLargestFile) {
    return refuse(fmt::format("larger than {} bytes", kLargestFile), "split the topology");
  }
  const auto text = read_file(file, kLargestFile);
  if (!text) return refuse("cannot read: " + text.error().what, "check its permissions");
  return load_text(*text, file.string(), lab_name);
}

}  // namespace hoplab::topology
