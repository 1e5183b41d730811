// Feeds the files of folders to a fuzz target: the committed corpus as a regression test, with any
// compiler. Every file is also fed with its end cut off at each length and with each byte flipped,
// as far as it is small. Usage: TARGET FOLDER…
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

constexpr size_t kSmall = 512;

// A copy of its own, so that a sanitizer sees every read behind its end.
void feed(const std::vector<uint8_t>& bytes, size_t size) {
  const std::vector<uint8_t> exact(bytes.begin(),
                                   bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

size_t feed_variations(std::vector<uint8_t> bytes) {
  for (size_t n = 0; n < bytes.size(); ++n) {
    feed(bytes, n);
    bytes[n] ^= 0xffU;
    feed(bytes, bytes.size());
    bytes[n] ^= 0xffU;
  }
  return 2 * bytes.size();
}

}  // namespace

int main(int argc, char** argv) {
  size_t files = 0;
  size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
      if (!file) {
        std::fprintf(stderr, "cannot read %s\n", entry.path().c_str());
        return EXIT_FAILURE;
      }
      feed(bytes, bytes.size());
      ++files;
      ++inputs;
      if (bytes.size() <= kSmall) inputs += feed_variations(bytes);
    }
  }
  std::printf("%zu files, %zu inputs\n", files, inputs);
  return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
