// hoplab_bench_engine: how fast the journey engine is and how much memory it takes, on synthetic
// journeys from ten thousand frames up; one Markdown table. One core, no root, no containers.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <vector>

#include "controller/journey/engine.h"
#include "tests/traffic/source.h"

namespace hoplab::bench {
namespace {

// Processor time: what others do on the machine does not count.
double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double resident_mib() {
  std::ifstream in("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1U << 20U);
}

// Hands out another source's frames in pieces made beforehand, so that making them is not measured.
class Measured final : public journey::FrameSource {
 public:
  explicit Measured(traffic::TrafficSource& from) : from_(from) {}
  bool next(journey::Seen& seen) override {
    if (at_ == piece_.size()) refill();
    if (at_ == piece_.size()) return false;
    seen = piece_[at_++];
    seen.packet = journey::decode_packet(seen.packet.bytes);
    ++frames_;
    return true;
  }
  void release() override {
    const double start = cpu_seconds();
    most_mib_ = std::max(most_mib_, resident_mib());
    from_.release(frames_);
    making_ += cpu_seconds() - start;
  }
  [[nodiscard]] bool keeps_bytes() const override { return false; }
  [[nodiscard]] double making() const { return making_; }
  [[nodiscard]] uint64_t frames() const { return frames_; }
  [[nodiscard]] double most_mib() const { return most_mib_; }

 private:
  void refill() {
    constexpr size_t kPiece = 65536;
    const double start = cpu_seconds();
    most_mib_ = std::max(most_mib_, resident_mib());
    piece_.clear();
    at_ = 0;
    journey::Seen seen;
    while (piece_.size() < kPiece && from_.next(seen)) piece_.push_back(seen);
    making_ += cpu_seconds() - start;
  }
  traffic::TrafficSource& from_;
  std::vector<journey::Seen> piece_;
  size_t at_ = 0;
  uint64_t frames_ = 0;
  double making_ = 0;
  double most_mib_ = 0;
};

struct Figures {
  uint64_t frames = 0;
  double seconds = 0;
  double mib = 0;
  int trips = 0;
  uint64_t explained = 0;
  uint64_t bytes = 0;
};

Figures measure(uint64_t frames, size_t whole) {
  const traffic::TrafficShape shape{.frames = frames};
  v1::Bundle bundle = traffic::chain_lab(shape);
  bundle.set_started_ns(0);
  bundle.mutable_result()->set_http_status(200);
  const journey::Lab lab(bundle);
  traffic::TrafficSource made(shape, lab);
  Measured source(made);
  const double before = resident_mib();
  const double start = cpu_seconds();
  const v1::Journey journey = journey::build(bundle, source, whole);
  Figures f;
  f.seconds = cpu_seconds() - start - source.making();
  f.mib = std::max(source.most_mib(), resident_mib()) - before;
  f.frames = source.frames();
  f.trips = journey.trips_size();
  f.explained = journey.completeness().explained();
  f.bytes = journey.ByteSizeLong();
  return f;
}

// A short journey takes milliseconds: it is repeated, and the median told. Memory is the first
// run's, before the heap has grown.
Figures median(uint64_t frames, size_t whole) {
  constexpr uint64_t kEnough = 300'000;
  std::vector<Figures> runs;
  do runs.push_back(measure(frames, whole));
  while (runs.size() * frames < kEnough);
  const double mib = runs.front().mib;
  std::ranges::sort(runs, {}, &Figures::seconds);
  Figures f = runs[runs.size() / 2];
  f.mib = mib;
  return f;
}

void print(const Figures& f) {
  fmt::print("| {} | {:.3f} s | {:.2f} | {:.0f} MiB | {} | {:.1f} MB | {} |\n", f.frames, f.seconds,
             static_cast<double>(f.frames) / f.seconds / 1e6, f.mib, f.trips,
             static_cast<double>(f.bytes) / 1e6, f.frames - f.explained);
  std::fflush(stdout);
}

}  // namespace
}  // namespace hoplab::bench

int main(int argc, char** argv) {
  CLI::App app("Speed and memory of the journey engine on synthetic journeys. On a quiet machine.");
  std::vector<uint64_t> sizes = {10'000, 100'000, 1'000'000, 10'000'000};
  app.add_option("--frames", sizes, "Sizes of the journeys");
  size_t whole = hoplab::journey::Forest::kWhole;
  app.add_option("--whole", whole,
                 "Packets alike that are written hop by hop before further ones are counted");
  CLI11_PARSE(app, argc, argv);
  std::cout << "| frames | time | million frames/s | memory | packets written | journey | not "
               "explained |\n|---|---|---|---|---|---|---|\n"
            << std::flush;
  for (const uint64_t size : sizes) hoplab::bench::print(hoplab::bench::median(size, whole));
}
