// A tar archive of one file, the form in which the engine takes the context of a build.
#pragma once

#include <string>
#include <string_view>

#include "agents/common/base/error.h"

namespace hoplab::runtime {

Result<std::string> tar_of(const std::string& name, std::string_view content);

}  // namespace hoplab::runtime
