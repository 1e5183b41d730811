// hoplab_build_images DIRECTORY: makes every image that has a folder there, as `hoplab up` would.
#include <fmt/format.h>

#include <cstdio>

#include "controller/runtime/images.h"

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  namespace runtime = hoplab::runtime;
  if (argc != 2 || !fs::is_directory(argv[1])) {
    fmt::print(stderr, "usage: {} docker/\n", argv[0]);
    return 2;
  }
  const fs::path directory = argv[1];
  std::set<std::string> roles;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (fs::exists(entry.path() / "Dockerfile")) roles.insert(entry.path().filename());
  }
  const auto failed = [](const hoplab::Error& error) {
    fmt::print(stderr, "{}\n{}\n", error.what, error.remedy);
    return 3;
  };
  const auto engine = runtime::Engine::connect();
  if (!engine) return failed(engine.error());
  const auto made = runtime::ensure_images(**engine, directory, roles,
                                           [](const std::string& image, const std::string& line) {
                                             fmt::print(stderr, "{}: {}\n", image, line);
                                           });
  if (!made) return failed(made.error());
  for (const auto& [role, reference] : *made) fmt::print("{}\n", reference);
  return 0;
}
