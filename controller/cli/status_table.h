// What `hoplab ps` prints.
#pragma once

#include <iosfwd>

#include "proto/controller.pb.h"

namespace hoplab::cli {

void print_status(const v1::LabList& labs, std::ostream& out);

}  // namespace hoplab::cli
