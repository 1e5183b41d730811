#include "controller/report/json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <ostream>
#include <string>

namespace hoplab::report {

Status print_json(const google::protobuf::Message& message, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  const auto done = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!done.ok()) {
    return fail(ErrorKind::kInternal,
                "write " + message.GetTypeName() + " as JSON: " + std::string{done.message()});
  }
  out << text;
  if (!text.ends_with('\n')) out << '\n';
  return {};
}

}  // namespace hoplab::report
