// From a stream of frames to finished trips. Frames are held only while something may still follow
// from them, so memory goes with the packets under way, not with the length of the capture.
// One thread; reads the source to its end.
#pragma once

#include <functional>

#include "controller/journey/correlate/forest.h"
#include "controller/journey/correlate/source.h"
#include "controller/journey/correlate/trips.h"

namespace hoplab::journey {

class Correlator {
 public:
  // Takes a finished trip; its frames are valid for the call, and so are their bytes.
  // Trips come as they end: nearly, not strictly, in the order they began.
  using Take = std::function<void(const Frames& frames, const TripTree& trip)>;
  // Called when the frames given to `take` are no longer valid, nor their numbers.
  using Taken = std::function<void()>;

  Correlator(const Lab& lab, Take take, Taken taken)
      : lab_(lab), take_(std::move(take)), taken_(std::move(taken)), joiner_(lab) {}
  void run(FrameSource& source);

  // The most frames ever held at once.
  [[nodiscard]] size_t most_held() const { return most_held_; }

 private:
  void join();
  // Hands over what has ended by the time of the newest frame; all of it when `last`.
  void settle(FrameSource& source, bool last);
  [[nodiscard]] TripTree measure(uint32_t root) const;
  [[nodiscard]] bool may_go_on(uint32_t leaf) const;
  // Trips whose packets were put together end together.
  void wait_for_each_other();
  [[nodiscard]] uint32_t root_of(uint32_t frame) const;
  // Takes the bytes of the frames held into our own keeping.
  void own_bytes();

  const Lab& lab_;
  Take take_;
  Taken taken_;

  Joiner joiner_;
  Frames frames_;
  Frames held_;
  std::vector<bool> keep_;
  std::vector<bool> reached_;
  std::vector<TripTree> trees_;
  std::vector<bool> ended_;     // of trees_
  std::vector<uint8_t> bytes_;  // of frames held longer than their source keeps them
  std::vector<uint8_t> old_bytes_;
  size_t most_held_ = 0;
};

}  // namespace hoplab::journey
