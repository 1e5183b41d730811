// Where the engine's frames come from: a bundle, or a stream too long to be held at once.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "controller/journey/correlate/frames.h"
#include "controller/journey/correlate/lab.h"

namespace hoplab::journey {

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  // The next frame, decoded, in time order; false when there is none. Its bytes stay readable until
  // release().
  virtual bool next(Seen& seen) = 0;
  // The bytes of every frame handed out so far are needed no more.
  virtual void release() = 0;
  // Whether bytes stay readable for as long as the source lives, so that nobody need copy them.
  [[nodiscard]] virtual bool keeps_bytes() const = 0;
};

// Frames and link emulator events of a lab's bundle, merged. The lab must outlive it.
class BundleSource final : public FrameSource {
 public:
  explicit BundleSource(const Lab& lab);
  bool next(Seen& seen) override;
  void release() override {}
  [[nodiscard]] bool keeps_bytes() const override { return true; }

 private:
  struct Handle {
    int64_t time;
    uint32_t node;   // kNone: one of emulated_
    uint32_t index;  // of the node's frames, or of emulated_
  };
  [[nodiscard]] Seen captured(uint32_t node, uint32_t index) const;
  void read_emulator(uint32_t node);

  const Lab& lab_;
  std::vector<Handle> order_;
  size_t at_ = 0;
  std::vector<Seen> emulated_;  // frames whose tap the emulator bypassed
  struct Treated {
    int64_t held;
    bool dropped;
  };
  std::map<std::pair<uint32_t, uint32_t>, Treated> treated_;  // captured frames it held or dropped
};

}  // namespace hoplab::journey
