// The load balancer's second connections: its log joins the client's port with its own. Without a
// log line the request itself tells, by the client's address it carries on.
#include <algorithm>
#include <map>

#include "controller/journey/decode/http.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/http_turns.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kTurnAroundNs = 1'000'000'000;
constexpr int64_t kTryNs = 200'000'000;

class BackendFinder {
 public:
  explicit BackendFinder(Story& story) : story_(story), lab_(story.lab) {
    for (uint32_t d = 0; d < story.drafts.size(); ++d) {
      const Draft& draft = story.drafts[d];
      if (draft.kind != "http" && draft.kind != "tls handshake") continue;
      const uint32_t flow = draft.trips.empty() ? kNone : story.flow_of_trip[draft.trips.front()];
      std::vector<uint32_t>& pages = pages_[flow];
      // The session's handshake stands in where no request came about.
      const bool stands_in = !pages.empty() && story.drafts[pages.front()].kind != "http";
      if (draft.kind == "http" && stands_in) pages.clear();
      if (draft.kind == "http" || pages.empty()) pages.push_back(d);
    }
    for (uint32_t f = 0; f < story.flows.size(); ++f) {
      const Flow& flow = story.flows[f];
      if (flow.claimed && flow.server != kNone &&
          lab_.nodes[flow.server].role == v1::LOAD_BALANCER) {
        fronts_[digest(flow.outer.source)] = f;
      } else if (!flow.claimed && flow.client != kNone &&
                 lab_.nodes[flow.client].role == v1::LOAD_BALANCER) {
        backs_[digest(flow.tuple.source)].push_back(f);
      }
    }
  }

  void run() {
    if (fronts_.empty()) return;
    for (const Node& node : lab_.nodes) {
      if (node.role != v1::LOAD_BALANCER || node.capture == nullptr) continue;
      for (const auto& event : node.capture->events()) {
        if (event.has_proxy()) read_event(node, event.proxy());
      }
    }
    for (const auto& [f, pages] : kept_) {
      if (!story_.flows[f].claimed) read_back(f, pages);
    }
    for (const auto& [endpoint, flows] : backs_) {
      for (const uint32_t f : flows) {
        if (!story_.flows[f].claimed) guess(f);
      }
    }
  }

 private:
  // Of a client's connection the http exchange that the log tells of next; the last where it tells
  // of more than were seen; kNone when there is none.
  uint32_t next_page(uint32_t front) {
    const auto it = pages_.find(front);
    if (it == pages_.end()) return kNone;
    const size_t nth = told_[front]++;
    return it->second[std::min(nth, it->second.size() - 1)];
  }
  // The one that was waiting at that time.
  uint32_t page_at(uint32_t front, int64_t time) const {
    const auto it = pages_.find(front);
    if (it == pages_.end()) return kNone;
    uint32_t page = it->second.front();
    for (const uint32_t d : it->second) {
      if (story_.start_of(story_.drafts[d]) <= time) page = d;
    }
    return page;
  }

  void read_event(const Node& balancer, const v1::ProxyEvent& event) {
    const auto front = fronts_.find(
        digest({address_of(event.client_address()), static_cast<uint16_t>(event.client_port())}));
    if (front == fronts_.end()) return;
    const uint32_t page = next_page(front->second);
    explain_choice(balancer, event, front->second, page);
    const auto back = backs_.find(
        digest({address_of(event.source_address()), static_cast<uint16_t>(event.source_port())}));
    if (back == backs_.end()) return;
    if (event.retries() > 0) claim_tries(front->second, page, event.retries());
    for (const uint32_t f : back->second) {
      if (!story_.flows[f].claimed) kept_[f].push_back(page);
    }
  }

  // The log names the server that answered; those tried before refused or kept silent, the first as
  // soon as the request was there, each further one a second later (HAProxy's turn-around). A
  // health check in just that moment cannot be told from them.
  void claim_tries(uint32_t front, uint32_t page, uint32_t count) {
    const std::vector<uint32_t>& trips =
        page == kNone ? story_.flows[front].trips : story_.drafts[page].trips;
    int64_t due = INT64_MAX;  // when the first try was due
    for (const uint32_t t : trips) {
      const TripTree& trip = story_.forest.trips[t];
      const bool asks =
          trip.origin == story_.flows[front].client && story_.forest.packet(t).payload_size() > 0;
      if (asks) due = std::min(due, trip.end);
    }
    for (uint32_t n = 0; n < count && due != INT64_MAX; ++n, due += kTurnAroundNs) {
      uint32_t best = kNone;
      int64_t nearest = kTryNs;
      for (const auto& [endpoint, flows] : backs_) {
        for (const uint32_t f : flows) {
          const Flow& flow = story_.flows[f];
          const int64_t late = story_.forest.trips[flow.trips.front()].start - due;
          if (flow.claimed || late < 0 || late > nearest || !failed(flow)) continue;
          nearest = late;
          best = f;
        }
      }
      if (best != kNone) read_back(best, {page});
    }
  }

  // No connection came about: no answer reached the balancer.
  [[nodiscard]] bool failed(const Flow& flow) const {
    return std::ranges::none_of(flow.trips, [&](uint32_t t) {
      const Packet& p = story_.forest.packet(t);
      const bool answers = (p.flags & (kSyn | kAck)) == (kSyn | kAck) &&
                           story_.forest.trips[t].outcome == End::kDelivered;
      return p.payload_size() > 0 || answers;
    });
  }

  // Without the log: a request that carries the client's address, while the client waits.
  void guess(uint32_t f) {
    const Flow& flow = story_.flows[f];
    std::vector<uint32_t> pages;
    for (const uint32_t t : flow.trips) {
      const auto head = decode_http(story_.forest.packet(t).payload_bytes());
      if (!head || !head->request || story_.forest.trips[t].retransmission) continue;
      const uint32_t front = waiting_client(flow, *head, story_.forest.trips[t].start);
      if (front == kNone) continue;
      const uint32_t page = page_at(front, story_.forest.trips[t].start);
      if (page != kNone && !told_.contains(front)) {
        story_.decide(story_.forest.trips[t].root, explain({}, fact("lb.unknown")));
      }
      pages.push_back(page);
    }
    if (!pages.empty()) read_back(f, pages);
  }
  // The client's connection a request of the balancer's own was made for.
  uint32_t waiting_client(const Flow& flow, const HttpHead& head, int64_t time) const {
    if (head.forwarded_for.empty()) return kNone;
    for (const auto& [endpoint, front] : fronts_) {
      const Flow& client = story_.flows[front];
      if (client.server == flow.client &&
          head.forwarded_for == address_text(client.outer.source.address) &&
          story_.forest.trips[client.trips.front()].start <= time) {
        return front;
      }
    }
    return kNone;
  }

  void explain_choice(const Node& balancer, const v1::ProxyEvent& event, uint32_t front,
                      uint32_t page) {
    std::string algorithm = "roundrobin";
    if (balancer.spec != nullptr && !balancer.spec->load_balancer().algorithm().empty()) {
      algorithm = balancer.spec->load_balancer().algorithm();
    }
    // Where the request arrived at the balancer.
    const Flow& flow = story_.flows[front];
    uint32_t at = kNone;
    const std::vector<uint32_t>& trips = page == kNone ? flow.trips : story_.drafts[page].trips;
    for (const uint32_t t : trips) {
      const TripTree& trip = story_.forest.trips[t];
      if (trip.origin == flow.client && trip.outcome == End::kDelivered) {
        at = trip.last;
        if (story_.forest.packet(t).payload_size() > 0) break;
      }
    }
    if (at == kNone) return;
    const bool picked = !event.server().empty() && event.server() != "<NOSRV>";
    v1::Fact check =
        fact("lb.accept",
             {{"frontend", event.frontend()},
              {"client", event.client_address() + ":" + std::to_string(event.client_port())}});
    v1::Fact result = picked ? fact("lb.pick", {{"backend", event.backend()},
                                                {"server", event.server()},
                                                {"algorithm", algorithm}})
                             : fact("lb.none", {{"backend", event.backend()}});
    v1::Fact then;
    if (picked && event.source_port() != 0) {
      then = fact(
          "lb.connect",
          {{"source", event.source_address() + ":" + std::to_string(event.source_port())},
           {"server_address", event.server_address() + ":" + std::to_string(event.server_port())}});
    }
    story_.decide(at, explain(std::move(check), std::move(result), std::move(then)));
    if (event.retries() > 0) {
      story_.decide(at,
                    explain({}, fact("lb.retry", {{"count", std::to_string(event.retries())}})));
    }
    explain_down(balancer, at);
    if (page != kNone && picked) {
      story_.drafts[page].facts.push_back(
          fact("fact.backend", {{"server", event.server()}, {"algorithm", algorithm}}));
    }
  }

  void explain_down(const Node& balancer, uint32_t at) {
    std::string down;
    for (const auto& backend : balancer.capture->before().backends()) {
      if (backend.status().starts_with("DOWN")) {
        append_item(down, backend.node() + " (" + backend.check() + ")");
      }
    }
    if (!down.empty()) story_.decide(at, explain({}, fact("lb.down", {{"servers", down}})));
  }

  // One connection of the balancer's, which it may use for several requests; `pages` in their
  // order.
  void read_back(uint32_t f, const std::vector<uint32_t>& pages) {
    Flow& flow = story_.flows[f];
    flow.claimed = true;
    const auto rest = split_flow(story_, flow, v1::Phase::PAGE, v1::Phase::PAGE, pages.front());
    if (rest.empty()) return;
    auto turns = split_turns(story_, flow, rest);
    for (size_t i = 0; i < turns.size(); ++i) {
      add_answer(flow, std::move(turns[i]), pages[std::min(i, pages.size() - 1)]);
    }
  }

  void add_answer(const Flow& flow, Turn turn, uint32_t page) {
    Draft d;
    d.kind = "http";
    d.phase = v1::Phase::PAGE;
    d.parent = page;
    d.client = flow.client;
    d.server = flow.server;
    const std::string server = lab_.name(flow.server);
    std::string method;
    uint32_t answer_root = kNone;
    for (const uint32_t t : turn) {
      const auto head = decode_http(story_.forest.packet(t).payload_bytes());
      if (!head) continue;
      if (head->request) {
        method = head->method;
        d.name = head->path;
        d.facts.push_back(
            fact("fact.http_request",
                 {{"method", head->method}, {"path", head->path}, {"host", head->host}}));
      } else {
        d.http_status = head->status;
        answer_root = story_.forest.trips[t].root;
        d.facts.push_back(fact("fact.http_status",
                               {{"status", std::to_string(head->status)}, {"server", server}}));
      }
    }
    if (answer_root != kNone && !method.empty()) {
      story_.decide(answer_root,
                    explain({}, fact("web.answer", {{"method", method},
                                                    {"path", d.name},
                                                    {"status", std::to_string(d.http_status)}})));
    }
    if (d.http_status == 0) d.facts.push_back(fact("fact.http_silent", {{"server", server}}));
    d.status = d.http_status == 0 || d.http_status >= 400 ? v1::Exchange::FAILED
               : flow.retransmissions > 0                 ? v1::Exchange::DEGRADED
                                                          : v1::Exchange::OK;
    d.title = method.empty() ? fact("exchange.http_encrypted",
                                    {{"client", lab_.name(flow.client)}, {"server", server}})
                             : fact("exchange.http", {{"client", lab_.name(flow.client)},
                                                      {"server", server},
                                                      {"method", method},
                                                      {"path", d.name}});
    d.trips = std::move(turn);
    story_.add(std::move(d));
  }

  Story& story_;
  const Lab& lab_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> pages_;  // flow → its http exchanges
  std::unordered_map<uint32_t, size_t> told_;                  // flow → events read
  std::map<uint32_t, std::vector<uint32_t>> kept_;             // balancer's flow → http exchanges
  std::unordered_map<uint64_t, uint32_t> fronts_;              // client's endpoint → its flow
  std::map<uint64_t, std::vector<uint32_t>> backs_;            // balancer's endpoint → its flows
};

}  // namespace

void find_backends(Story& story) { BackendFinder(story).run(); }

}  // namespace hoplab::journey
