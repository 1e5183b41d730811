// Receives what a name server reports about its questions and answers: dnstap messages in Frame
// Streams over a Unix socket (dnstap.info), decoded into DnsEvents.
//
// Threads: one that accepts and one a connection, all joined by the destructor; the sink is called
// on the latter and must not block for long. Failure: a connection that sends what cannot be
// decoded is closed; the daemon connects again by itself. Messages the node exchanged with itself
// (health probes) are not handed to the sink.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"
#include "proto/agent.pb.h"

namespace hoplab::agent {

// Nothing when the bytes are not a dnstap message.
std::optional<hoplab::v1::DaemonEvent> decode_dnstap(std::string_view frame,
                                                     const std::string& daemon);

class DnstapReceiver {
 public:
  using Sink = std::function<void(hoplab::v1::DaemonEvent)>;

  // Replaces a socket that an earlier process left there.
  static Result<std::unique_ptr<DnstapReceiver>> listen(const std::filesystem::path& socket,
                                                        std::string daemon, Sink sink);
  ~DnstapReceiver();
  DnstapReceiver(const DnstapReceiver&) = delete;
  DnstapReceiver& operator=(const DnstapReceiver&) = delete;

  // Daemons keep messages back for up to a second, unless there are many (dnstap_flush.h).
  // This makes them come now: `ask_self` sends the daemon that many questions from the
  // node itself and returns the port it sent them from; the first report about one of them arrives
  // behind everything reported before. False when none did in time.
  bool flush(const std::function<std::optional<uint16_t>()>& ask_self,
             std::chrono::milliseconds timeout);

 private:
  struct Impl;
  explicit DnstapReceiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hoplab::agent
