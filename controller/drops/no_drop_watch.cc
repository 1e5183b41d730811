// Built where there is no clang or no libbpf.
#include "controller/drops/drop_watch.h"

namespace hoplab::drops {

Result<std::unique_ptr<DropWatch>> DropWatch::open(const std::vector<Network>&) {
  return fail(ErrorKind::kEnvironment, "hoplab was built without clang or libbpf",
              "install clang and libbpf-dev, and build again");
}

}  // namespace hoplab::drops
