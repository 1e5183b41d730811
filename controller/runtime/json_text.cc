#include "controller/runtime/json_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <ctime>

namespace hoplab::runtime {
namespace {

namespace json = boost::json;

// Members that are missing or of another type read as empty: the engine leaves out what is not set.
const json::value& member(const json::value& object, std::string_view name) {
  static const json::value none;
  const auto* members = object.if_object();
  if (members == nullptr) return none;
  const auto* found = members->if_contains(name);
  return found == nullptr ? none : *found;
}

std::string text(const json::value& value) {
  const auto* string = value.if_string();
  return string == nullptr ? std::string() : std::string(string->data(), string->size());
}

std::vector<std::string> texts(const json::value& value) {
  std::vector<std::string> result;
  if (const auto* one = value.if_string()) result.emplace_back(one->data(), one->size());
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) result.push_back(text(element));
  }
  return result;
}

std::map<std::string, std::string> text_map(const json::value& value) {
  std::map<std::string, std::string> result;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, mapped] : *object) result.emplace(std::string(key), text(mapped));
  }
  return result;
}

json::array array_of(const std::vector<std::string>& strings) {
  json::array result;
  for (const auto& string : strings) result.emplace_back(string);
  return result;
}

json::object object_of(const std::map<std::string, std::string>& strings) {
  json::object result;
  for (const auto& [key, value] : strings) result[key] = value;
  return result;
}

Result<json::value> parse(std::string_view what, std::string_view text) {
  boost::system::error_code code;
  json::value value = json::parse(json::string_view(text.data(), text.size()), code);
  if (code) {
    return fail(ErrorKind::kInternal, fmt::format("read {} from Docker: {}", what, code.message()));
  }
  return value;
}

std::string without_slash(std::string name) {
  return name.starts_with('/') ? name.substr(1) : name;
}

}  // namespace

std::string create_body(const ContainerSpec& spec) {
  json::array mounts;
  for (const auto& mount : spec.mounts) {
    mounts.push_back(json::object{{"Type", "bind"},
                                  {"Source", mount.source},
                                  {"Target", mount.target},
                                  {"ReadOnly", mount.read_only}});
  }
  json::object host{
      {"NetworkMode", "none"},
      {"CapDrop", json::array{"ALL"}},
      {"CapAdd", array_of(spec.capabilities)},
      {"Privileged", false},
      {"PublishAllPorts", false},
      {"Init", false},
      {"Sysctls", object_of(spec.sysctls)},
      {"Mounts", std::move(mounts)},
      {"LogConfig", json::object{{"Type", "none"}}},
      {"RestartPolicy", json::object{{"Name", "no"}}},
  };
  if (spec.no_new_privileges) host["SecurityOpt"] = json::array{"no-new-privileges"};
  json::object body{
      {"Image", spec.image},
      {"Hostname", spec.hostname},
      {"User", "0:0"},
      {"Env", array_of(spec.environment)},
      {"Labels", object_of(spec.labels)},
      {"StopSignal", "SIGTERM"},
      {"Healthcheck", json::object{{"Test", json::array{"NONE"}}}},
      {"HostConfig", std::move(host)},
  };
  if (!spec.entrypoint.empty()) body["Entrypoint"] = array_of(spec.entrypoint);
  return json::serialize(body);
}

std::string placeholder_body(const std::string& image) {
  return json::serialize(json::object{
      {"Image", image},
      {"Cmd", json::array{"true"}},
      {"Labels", json::object{{"hoplab.lab", ""}}},
      {"HostConfig", json::object{{"NetworkMode", "none"}}},
  });
}

std::string filters(const std::vector<std::pair<std::string, std::vector<std::string>>>& all) {
  json::object object;
  for (const auto& [key, values] : all) object[key] = array_of(values);
  return json::serialize(object);
}

Result<Container> parse_container(std::string_view inspect) {
  const auto value = parse("the state of a container", inspect);
  if (!value) return std::unexpected(value.error());
  const auto& state = member(*value, "State");
  const auto& config = member(*value, "Config");
  Container container;
  container.id = text(member(*value, "Id"));
  container.name = without_slash(text(member(*value, "Name")));
  container.image = text(member(config, "Image"));
  container.state = text(member(state, "Status"));
  if (const auto* pid = member(state, "Pid").if_int64()) container.pid = static_cast<int>(*pid);
  container.started_ns = parse_time(text(member(state, "StartedAt")));
  container.labels = text_map(member(config, "Labels"));
  if (container.id.empty()) {
    return fail(ErrorKind::kInternal, "read the state of a container from Docker: it has no id");
  }
  return container;
}

int exit_code(std::string_view inspect) {
  const auto value = parse("the state of a container", inspect);
  if (!value) return -1;
  const auto* code = member(member(*value, "State"), "ExitCode").if_int64();
  return code == nullptr ? -1 : static_cast<int>(*code);
}

Result<std::vector<Container>> parse_container_list(std::string_view list) {
  const auto value = parse("the list of containers", list);
  if (!value) return std::unexpected(value.error());
  std::vector<Container> containers;
  const auto* array = value->if_array();
  if (array == nullptr) {
    return fail(ErrorKind::kInternal, "read the list of containers from Docker: it is no list");
  }
  for (const auto& element : *array) {
    Container container;
    container.id = text(member(element, "Id"));
    const auto names = texts(member(element, "Names"));
    if (!names.empty()) container.name = without_slash(names.front());
    container.image = text(member(element, "Image"));
    container.state = text(member(element, "State"));
    container.labels = text_map(member(element, "Labels"));
    containers.push_back(std::move(container));
  }
  return containers;
}

Result<ImageConfig> parse_image(std::string_view inspect) {
  const auto value = parse("an image's configuration", inspect);
  if (!value) return std::unexpected(value.error());
  const auto& config = member(*value, "Config");
  ImageConfig image;
  image.command = texts(member(config, "Entrypoint"));
  for (auto& word : texts(member(config, "Cmd"))) image.command.push_back(std::move(word));
  image.environment = texts(member(config, "Env"));
  image.working_directory = text(member(config, "WorkingDir"));
  image.user = text(member(config, "User"));
  return image;
}

Result<ContainerEvent> parse_event(std::string_view event) {
  const auto value = parse("an event", event);
  if (!value) return std::unexpected(value.error());
  const auto& actor = member(*value, "Actor");
  return ContainerEvent{.id = text(member(actor, "ID")),
                        .name = text(member(member(actor, "Attributes"), "name")),
                        .action = text(member(*value, "Action"))};
}

std::string json_object(const std::map<std::string, std::string>& members) {
  return json::serialize(object_of(members));
}

Result<std::map<std::string, std::string>> parse_image_references(std::string_view list) {
  const auto value = parse("the list of images", list);
  if (!value) return std::unexpected(value.error());
  std::map<std::string, std::string> references;
  if (const auto* array = value->if_array()) {
    for (const auto& element : *array) {
      const std::string id = text(member(element, "Id"));
      for (const auto& tag : texts(member(element, "RepoTags"))) references[tag] = id;
      references[id] = id;
    }
  }
  return references;
}

Result<ImageStep> parse_image_step(std::string_view line) {
  const auto value = parse("the progress of an image", line);
  if (!value) return std::unexpected(value.error());
  ImageStep step;
  step.text = text(member(*value, "stream"));
  if (step.text.empty()) {
    step.text = text(member(*value, "status"));
    const std::string layer = text(member(*value, "id"));
    if (!step.text.empty() && !layer.empty()) step.text = layer + ": " + step.text;
    if (!step.text.empty()) step.text += '\n';
  }
  step.error = text(member(*value, "error"));
  return step;
}

std::string json_member(std::string_view object, std::string_view name) {
  const auto value = parse("a message", object);
  return value ? text(member(*value, name)) : std::string();
}

int64_t parse_time(std::string_view rfc3339) {
  std::tm parts{};
  const std::string copy(rfc3339);
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  const std::time_t seconds = ::timegm(&parts);
  if (seconds <= 0) return 0;
  int64_t nanoseconds = 0;
  if (*rest == '.') {
    int64_t unit = 100'000'000;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10)
      nanoseconds += (*rest - '0') * unit;
  }
  return static_cast<int64_t>(seconds) * 1'000'000'000 + nanoseconds;  // Docker writes UTC
}

}  // namespace hoplab::runtime
