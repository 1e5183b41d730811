#include "controller/journey/exchanges/http_turns.h"

#include <algorithm>
#include <utility>

#include "controller/journey/decode/http.h"

namespace hoplab::journey {
namespace {

// The events of the server that are about this flow, as `read` finds them, by time.
template <typename Read>
std::vector<LoggedRequest> read_log(const v1::NodeCapture& capture, Read read) {
  std::vector<std::pair<int64_t, LoggedRequest>> found;
  for (const auto& event : capture.events()) {
    if (auto request = read(event)) found.emplace_back(event.time_ns(), *std::move(request));
  }
  std::ranges::stable_sort(found, {}, [](const auto& f) { return f.first; });
  std::vector<LoggedRequest> requests;
  for (auto& [time, request] : found) requests.push_back(std::move(request));
  return requests;
}

// Trips in order, cut before each that `begins` a turn; the first turn begins with the first trip.
template <typename Begins>
std::vector<Turn> cut(const std::vector<uint32_t>& data, Begins begins) {
  std::vector<Turn> turns(1);
  for (const uint32_t t : data) {
    if (begins(t)) turns.emplace_back();
    turns.back().push_back(t);
  }
  return turns;
}

}  // namespace

std::vector<LoggedRequest> logged_requests(const Story& story, const Flow& flow) {
  if (flow.server == kNone || story.lab.nodes[flow.server].capture == nullptr) return {};
  const v1::NodeCapture& capture = *story.lab.nodes[flow.server].capture;
  const Endpoint& client = flow.outer.source;
  auto of_proxy = read_log(capture, [&](const v1::DaemonEvent& e) -> std::optional<LoggedRequest> {
    const v1::ProxyEvent& p = e.proxy();
    if (!e.has_proxy() || p.client_port() != client.port) return std::nullopt;
    if (address_of(p.client_address()) != client.address) return std::nullopt;
    return LoggedRequest{p.method(), p.path(), p.host(), static_cast<int>(p.status())};
  });
  if (!of_proxy.empty()) return of_proxy;
  return read_log(capture, [&](const v1::DaemonEvent& e) -> std::optional<LoggedRequest> {
    const v1::HttpEvent& h = e.http();
    if (!e.has_http() || h.client_port() != client.port) return std::nullopt;
    return LoggedRequest{h.method(), h.path(), h.host(), static_cast<int>(h.status())};
  });
}

std::vector<Turn> split_turns(const Story& story, const Flow& flow,
                              const std::vector<uint32_t>& data) {
  bool asked = false;
  return cut(data, [&](uint32_t t) {
    const TripTree& trip = story.forest.trips[t];
    if (trip.origin != flow.client || trip.retransmission || trip.copy) return false;
    const auto head = decode_http(story.forest.packet(t).payload_bytes());
    return head && head->request && std::exchange(asked, true);
  });
}

std::vector<Turn> split_sealed_turns(const Story& story, const Flow& flow,
                                     const std::vector<uint32_t>& data, size_t expected) {
  bool asked = false;
  bool answered = false;
  auto turns = cut(data, [&](uint32_t t) {
    const TripTree& trip = story.forest.trips[t];
    if (story.forest.packet(t).payload_size() == 0 || trip.retransmission || trip.copy) {
      return false;
    }
    if (trip.origin != flow.client) {
      answered = asked;  // what comes before any request are the session's tickets
      return false;
    }
    const bool next = answered;
    asked = true;
    answered = false;
    return next;
  });
  if (turns.size() != expected) turns = {data};
  return turns;
}

}  // namespace hoplab::journey
