// Loss and delay on the interfaces of one network namespace, by what the kernel has: netem, or a
// detour of the frames through this process with the same semantics.
//
// Thread-safe; every call comes from a thread in the namespace the emulator was opened in. When the
// emulator goes, every interface is as it was. Tools of its own on the way are interfaces whose
// names start with "hop-": captures leave them out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"
#include "agents/common/link_emulation/impairment.h"

namespace hoplab::link_emulation {

// One frame that took the detour, which the interface's own outgoing tap cannot see.
struct AffectedFrame {
  std::string_view interface;
  std::span<const uint8_t> bytes;  // whole, from the Ethernet header
  int64_t time_ns = 0;             // CLOCK_REALTIME when the node handed it in
  bool dropped = false;            // else it was sent
  int64_t held_ns = 0;             // how long it was held before that
};
// Called on a thread of the emulator's, in the order of sending; must be short, and must not call
// the emulator. The bytes are gone when it returns.
using Observer = std::function<void(const AffectedFrame&)>;

// How it is done; implemented by netem.cc and user_space.cc. Calls are serialised by the emulator.
class Mechanism {
 public:
  virtual ~Mechanism() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Puts the impairment on, or changes the one that is there.
  virtual Status put(const std::string& interface, const Impairment& impairment) = 0;
  // As it was before the first put. An interface that is gone is success.
  virtual Status restore(const std::string& interface) = 0;
};

enum class Aspect { kLoss, kDelay };

class LinkEmulator {
 public:
  // Picks the mechanism by trying what the kernel has.
  static Result<std::unique_ptr<LinkEmulator>> open(Observer observer);
  explicit LinkEmulator(std::unique_ptr<Mechanism> mechanism) : mechanism_(std::move(mechanism)) {}
  LinkEmulator(const LinkEmulator&) = delete;
  LinkEmulator& operator=(const LinkEmulator&) = delete;
  ~LinkEmulator();

  // Loss and delay may be on one interface together; the same kind again replaces the former.
  Status apply(const std::string& interface, const Loss& loss);
  Status apply(const std::string& interface, const Delay& delay);
  // True: it was there and is gone.
  Result<bool> clear(const std::string& interface, Aspect aspect);
  Result<bool> clear(const std::string& interface);
  // For an interface that went and came back under the same name. True: there was something to put.
  Result<bool> reapply(const std::string& interface);

  [[nodiscard]] std::string_view mechanism() const { return mechanism_->name(); }

 private:
  Status change(const std::string& interface, const Impairment& wanted);

  std::unique_ptr<Mechanism> mechanism_;
  std::mutex mutex_;
  std::map<std::string, Impairment> held_;
};

// "netem": the kernel's own. kEnvironment where it has none.
Result<std::unique_ptr<Mechanism>> open_netem();
// "user space": needs CAP_NET_ADMIN and CAP_NET_RAW, no device node.
Result<std::unique_ptr<Mechanism>> open_user_space(Observer observer);

}  // namespace hoplab::link_emulation
