// How a failed conversation with the container engine becomes an Error that says what to do.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "agents/common/base/error.h"

namespace hoplab::runtime {

// The socket could not be reached, broke, or took too long.
Error transport_error(std::string_view attempted, std::string_view socket,
                      const std::error_code& code);

// The engine answered with a status of 400 or more. `body` is its JSON error message.
Error engine_error(std::string_view attempted, int status, std::string_view body);

// A message of the engine that came without a status, as in the stream of an image build.
Error engine_error(std::string_view attempted, std::string_view message);

}  // namespace hoplab::runtime
