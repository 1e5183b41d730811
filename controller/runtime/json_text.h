// The engine's JSON, to and from typed values. Pure functions; keeps Boost.JSON out of headers.
// Malformed text is an Error of kind kInternal.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/runtime/runtime.h"

namespace hoplab::runtime {

std::string create_body(const ContainerSpec& spec);
// A container that is made only to hold a name, and never started.
std::string placeholder_body(const std::string& image);
// {"label":["a=b"],"event":["die"]}, the form of the query parameter "filters".
std::string filters(const std::vector<std::pair<std::string, std::vector<std::string>>>& all);

Result<Container> parse_container(std::string_view inspect);
// Of a container that has ended, for the message that says so.
int exit_code(std::string_view inspect);
Result<std::vector<Container>> parse_container_list(std::string_view list);
Result<ImageConfig> parse_image(std::string_view inspect);
Result<ContainerEvent> parse_event(std::string_view event);
std::string json_object(const std::map<std::string, std::string>& members);

// From the answer to GET /images/json: every "name:tag" with the id of its image, and every id.
Result<std::map<std::string, std::string>> parse_image_references(std::string_view list);

// One line of the progress of a build, pull or import.
struct ImageStep {
  std::string text;   // what happens; may end with a line break
  std::string error;  // not empty: it failed
};
Result<ImageStep> parse_image_step(std::string_view line);

// The text of one member of an object; empty when it is not there or the text is no object.
std::string json_member(std::string_view object, std::string_view name);

// "2026-11-23T14:05:23.123456789Z" as nanoseconds since 1970; 0 for the zero time and for nonsense.
int64_t parse_time(std::string_view rfc3339);

}  // namespace hoplab::runtime
