// A node's table and a router's BGP paths for reading: one line an entry, its reasons under it.
// Pure.
#pragma once

#include <iosfwd>

#include "controller/report/catalogue.h"
#include "controller/report/paint.h"
#include "proto/listing.pb.h"

namespace hoplab::report {

void print_routes(const v1::RouteTable& table, Language language, const Paint& paint,
                  std::ostream& out);
void print_looking_glass(const v1::LookingGlass& glass, Language language, const Paint& paint,
                         std::ostream& out);

}  // namespace hoplab::report
