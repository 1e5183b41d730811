#include "tests/bench/lessons.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace hoplab::bench {

std::vector<LessonTime> measure_lessons(const Session& session, int rounds) {
  constexpr const char* kLab = "bench-lesson";
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(HOPLAB_SOURCE_DIR "/topologies/lessons")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<LessonTime> measured;
  for (const auto& file : files) {
    std::cerr << file.stem().string() << '\n';
    LessonTime& lesson = measured.emplace_back(file.stem().string(), Samples{});
    for (int round = 0; round < rounds; ++round) {
      throw_if_interrupted();
      lesson.up.push_back(session.up(file, kLab));
      session.down(kLab);
    }
  }
  return measured;
}

}  // namespace hoplab::bench
