// Any message as JSON: the protobuf mapping, with lowerCamelCase names, indented. Pure.
#pragma once

#include <iosfwd>

#include "agents/common/base/error.h"

namespace google::protobuf {
class Message;
}

namespace hoplab::report {

// Ends with a newline. Fields at their default are left out, as the mapping does. Fails only where
// a string field is not UTF-8.
Status print_json(const google::protobuf::Message& message, std::ostream& out);

}  // namespace hoplab::report
