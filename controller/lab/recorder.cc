#include "controller/lab/recorder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace hoplab::lab {

class Recorder::Stream final : public grpc::ClientReadReactor<v1::CaptureReply> {
 public:
  Stream(std::shared_ptr<Agents::Stub> stub, const std::string& node, const std::string& id)
      : stub_(std::move(stub)) {
    capture_.set_node(node);
    request_.set_capture_id(id);
    request_.set_events(true);
    stub_->async()->Capture(&context_, &request_, this);
    StartRead(&reply_);
    StartCall();
  }
  ~Stream() override {
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      const std::lock_guard lock(mutex_);
      take(reply_);
    }
    changed_.notify_all();
    StartRead(&reply_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    done_ = true;
    if (status.ok() && !asked_to_end_) {
      capture_.set_unreachable("the capture ended before the request did: the node went away");
    }
    if (!status.ok()) capture_.set_unreachable("the capture ended: " + status.error_message());
    changed_.notify_all();
  }

  bool wait_armed(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return armed_ || done_; });
    return armed_ && !done_;
  }
  void wait_quiet(Duration quiet, Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    for (bool news = true; news && !done_ && Clock::now() < deadline;) {
      const int seen = capture_.frames_size();
      news = changed_.wait_until(lock, std::min(deadline, Clock::now() + quiet),
                                 [&] { return done_ || capture_.frames_size() > seen; });
    }
  }
  void will_end() {
    const std::lock_guard lock(mutex_);
    asked_to_end_ = true;
  }
  v1::NodeCapture wait_done(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [this] { return done_; })) {
      context_.TryCancel();
      changed_.wait(lock, [this] { return done_; });
      capture_.set_unreachable("the capture did not end in time");
    }
    return std::move(capture_);
  }

 private:
  void take(v1::CaptureReply& reply) {
    switch (reply.what_case()) {
      case v1::CaptureReply::kArmed:
        *capture_.mutable_interfaces() = reply.armed().interfaces();
        armed_ = true;
        break;
      case v1::CaptureReply::kFrames:
        for (auto& frame : *reply.mutable_frames()->mutable_frames()) {
          *capture_.add_frames() = std::move(frame);
        }
        break;
      case v1::CaptureReply::kEvent:
        *capture_.add_events() = std::move(*reply.mutable_event());
        break;
      case v1::CaptureReply::kSummary:
        *capture_.mutable_summary() = std::move(*reply.mutable_summary());
        break;
      case v1::CaptureReply::WHAT_NOT_SET:
        break;
    }
  }

  std::shared_ptr<Agents::Stub> stub_;
  grpc::ClientContext context_;
  v1::CaptureRequest request_;
  v1::CaptureReply reply_;
  std::mutex mutex_;
  std::condition_variable changed_;
  v1::NodeCapture capture_;
  bool armed_ = false;
  bool done_ = false;
  bool asked_to_end_ = false;
};

namespace {

std::string unique_id() {
  static std::atomic<uint64_t> counter = 0;
  return fmt::format("{}-{}", ::getpid(), ++counter);
}

}  // namespace

Recorder::Recorder(const Agents& agents, std::vector<std::string> nodes)
    : agents_(agents), nodes_(std::move(nodes)), id_(unique_id()) {}
Recorder::~Recorder() = default;

void Recorder::begin(Duration timeout) {
  const auto deadline = Clock::now() + timeout;
  for (const auto& node : nodes_) {
    const auto stub = agents_.stub(node);
    streams_.push_back(stub ? std::make_unique<Stream>(stub, node, id_) : nullptr);
  }
  for (const auto& stream : streams_) {
    if (stream) stream->wait_armed(deadline);
  }
}

void Recorder::wait_quiet(const std::string& node, Duration quiet, Clock::time_point deadline) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i] == node && streams_[i]) streams_[i]->wait_quiet(quiet, deadline);
  }
}

std::vector<v1::NodeCapture> Recorder::finish(Duration timeout) {
  const auto deadline = Clock::now() + timeout;
  for (const auto& stream : streams_) {
    if (stream) stream->will_end();
  }
  agents_.call_each<v1::StopCaptureRequest, v1::StopCaptureReply>(
      nodes_, &v1::Agent::StubInterface::async_interface::StopCapture,
      [this](const std::string&) {
        v1::StopCaptureRequest request;
        request.set_capture_id(id_);
        return request;
      },
      timeout);
  std::vector<v1::NodeCapture> captures;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    v1::NodeCapture capture;
    if (streams_[i]) {
      capture = streams_[i]->wait_done(deadline);
    } else {
      capture.set_unreachable("no agent is known");
    }
    capture.set_node(nodes_[i]);
    captures.push_back(std::move(capture));
  }
  return captures;
}

}  // namespace hoplab::lab
