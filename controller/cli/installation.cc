#include "controller/cli/installation.h"

namespace hoplab::cli {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

// PREFIX/bin/hoplab has its files in PREFIX/share/hoplab; a build tree has the sources.
fs::path data(const char* name) {
  const fs::path installed = own_folder().parent_path() / "share" / "hoplab" / name;
  return fs::exists(installed) ? installed : fs::path(HOPLAB_SOURCE_DIR) / name;
}

}  // namespace

fs::path agent_binary() {
  const fs::path installed = own_folder().parent_path() / "libexec" / "hoplab" / "agent";
  return fs::exists(installed) ? installed : fs::path(HOPLAB_AGENT_BINARY);
}

fs::path image_directory() { return data("docker"); }
fs::path topology_directory() { return data("topologies"); }

fs::path find_topology(const std::string& name) {
  if (fs::exists(name) || name.find('/') != std::string::npos) return name;
  for (const auto& folder : {topology_directory(), topology_directory() / "lessons"}) {
    const fs::path shipped = folder / (name + ".yaml");
    if (fs::exists(shipped)) return shipped;
  }
  return name;
}

}  // namespace hoplab::cli
