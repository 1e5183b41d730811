#include "controller/journey/verdict/verdict.h"

#include <algorithm>

#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

bool did_work(const v1::Bundle& bundle) {
  const v1::RequestResult& r = bundle.result();
  if (r.exit_code() != 0 || !r.dhcp_error().empty()) return false;
  const bool web = split_url(bundle.url()).port != 0;
  return !web || (r.http_status() >= 200 && r.http_status() < 400);
}

// The phase a request failed in.
v1::Fact failure_of(const Story& story, const v1::Journey& journey) {
  const v1::RequestResult& r = journey.result();
  const auto phase = [&](v1::Phase::Kind kind) -> const v1::Phase* {
    for (const auto& p : journey.phases()) {
      if (p.kind() == kind) return &p;
    }
    return nullptr;
  };
  const auto failed = [&](v1::Phase::Kind kind) {
    const v1::Phase* p = phase(kind);
    return p != nullptr && p->status() == v1::Exchange::FAILED;
  };
  const Url url = split_url(journey.url());
  // The server of the exchange that decides the phase; by its address when no node has that.
  const auto server_of = [&](v1::Phase::Kind kind, std::string_view exchange) {
    if (const v1::Phase* p = phase(kind)) {
      for (const auto& e : p->exchanges()) {
        if (e.kind() == exchange && !e.server().empty()) return e.server();
      }
    }
    return url.host.empty() ? std::string("?") : url.host;
  };
  if (!r.dhcp_error().empty() || failed(v1::Phase::ADDRESS)) {
    return fact("verdict.failed_address", {{"client", journey.client()}});
  }
  if (r.http_status() >= 400) {
    return fact("verdict.failed_page", {{"status", std::to_string(r.http_status())}});
  }
  if (failed(v1::Phase::NAME)) {
    const v1::Fact& summary = phase(v1::Phase::NAME)->summary();
    const auto rcode = summary.args().find("rcode");
    return fact("verdict.failed_name",
                {{"name", url.host},
                 {"rcode", rcode == summary.args().end() ? "no answer" : rcode->second}});
  }
  if (failed(v1::Phase::CONNECTION)) {
    return fact("verdict.failed_connection",
                {{"server", server_of(v1::Phase::CONNECTION, "tcp handshake")}});
  }
  if (failed(v1::Phase::SECURITY)) {
    return fact("verdict.failed_security",
                {{"server", server_of(v1::Phase::SECURITY, "tls handshake")}});
  }
  if (failed(v1::Phase::PAGE)) {
    return fact("verdict.failed_no_answer", {{"server", server_of(v1::Phase::PAGE, "http")}});
  }
  (void)story;
  if (!r.error().empty()) return fact("verdict.failed_other", {{"error", r.error()}});
  return fact("verdict.failed_command", {{"status", std::to_string(r.exit_code())}});
}

v1::Fact success_of(const v1::Journey& journey, int problems) {
  const v1::RequestResult& r = journey.result();
  const std::string status = r.http_status() != 0 ? std::to_string(r.http_status()) : "OK";
  const int64_t total =
      r.total_us() > 0 ? r.total_us() * 1000 : journey.ended_ns() - journey.started_ns();
  if (problems == 0) {
    return fact("verdict.ok", {{"url", journey.url()},
                               {"status", status},
                               {"time", duration_text(std::max<int64_t>(total, 0))}});
  }
  return fact("verdict.degraded", {{"url", journey.url()},
                                   {"status", status},
                                   {"time", duration_text(std::max<int64_t>(total, 0))},
                                   {"problems", std::to_string(problems)}});
}

}  // namespace

Case::Case(const Story& s, const std::vector<uint32_t>& trip_ids)
    : story(s),
      lab(s.lab),
      decider(s),
      worked(did_work(s.lab.bundle)),
      decisive(worked ? std::vector<bool>(s.drafts.size(), true) : decisive_exchanges(s)),
      visited(s.lab.nodes.size()),
      ended(s.lab.nodes.size()),
      torn(s.forest.trips.size()),
      trip_ids_(trip_ids) {
  const Forest& forest = s.forest;
  for (uint32_t t = 0; t < forest.trips.size(); ++t) {
    const TripTree& trip = forest.trips[t];
    if (trip.exchange == kNone) continue;
    forest.walk(trip.root, [&](uint32_t i) {
      const Seen& seen = forest.frames[i];
      const uint32_t node = forest.node_of(seen);
      if (node == kNone) return;
      if (seen.first_child == kNone && !seen.out && judge_end(lab, seen) == End::kIgnored) return;
      visited[node] = true;
    });
    if (!counts(t)) continue;
    if (trip.outcome == End::kDelivered || trip.outcome == End::kIgnored) continue;
    const Seen& last = forest.last(trip);
    if (last.interface == kNone) continue;
    ended[forest.node_of(last)] = true;
    const uint32_t peer = lab.interfaces[last.interface].peer;
    if (last.out && peer != kNone) ended[lab.interfaces[peer].node] = true;
  }
  for (uint32_t i = 0; i < s.drafts.size(); ++i) {
    const Draft& d = s.drafts[i];
    if (d.status != v1::Exchange::FAILED || !decisive[i]) continue;
    if (d.server != kNone) ended[d.server] = true;
    if (d.asks_for_mac() && d.client != kNone) ended[d.client] = true;
  }
}

Suspect& Case::add(Rank rank, uint32_t node, const char* layer, v1::Fact cause) {
  Suspect& s = suspects.emplace_back();
  s.rank = rank;
  s.node = node;
  s.culprit.set_node(lab.name(node));
  s.culprit.set_layer(layer);
  *s.culprit.mutable_cause() = std::move(cause);
  return s;
}

Suspect& Case::add_link(Rank rank, uint32_t interface, const char* layer, v1::Fact cause) {
  const Interface& here = lab.interfaces[interface];
  Suspect& s = add(rank, here.node, layer, std::move(cause));
  s.interface = interface;
  s.culprit.set_interface(here.name);
  if (here.peer != kNone) {
    const Interface& there = lab.interfaces[here.peer];
    s.peer = there.node;
    s.culprit.set_peer_node(lab.nodes[there.node].name);
    s.culprit.set_peer_interface(there.name);
  }
  return s;
}

Suspect* Case::find_link(uint32_t interface, Rank from, Rank to) {
  for (Suspect& s : suspects) {
    if (s.interface == kNone || s.rank < from || s.rank > to) continue;
    if (s.interface == interface || lab.interfaces[s.interface].peer == interface) return &s;
  }
  return nullptr;
}

Suspect* Case::find_node(uint32_t node, Rank from, Rank to) {
  for (Suspect& s : suspects) {
    if (s.node == node && s.rank >= from && s.rank <= to) return &s;
  }
  return nullptr;
}

Suspect* Case::find_cause(uint32_t node, std::string_view key) {
  for (Suspect& s : suspects) {
    if (s.node == node && s.culprit.cause().key() == key) return &s;
  }
  return nullptr;
}

void Case::prove(Suspect& suspect, v1::Fact f, uint32_t trip, uint32_t frame) const {
  v1::Evidence& e = *suspect.culprit.add_evidence();
  *e.mutable_fact() = std::move(f);
  if (trip != kNone) {
    e.set_trip(trip_ids_[trip]);
    suspect.trips.push_back(trip);
  }
  const auto it = story.hop_of_frame.find(frame);
  if (it != story.hop_of_frame.end()) e.set_hop(it->second);
}

v1::Verdict judge(const Story& story, const std::vector<uint32_t>& trip_ids,
                  const v1::Journey& journey) {
  Case c(story, trip_ids);
  suspect_links(c);
  suspect_nodes(c);
  suspect_rewrites(c);
  suspect_translation(c);
  suspect_endings(c);
  suspect_unanswered(c);
  suspect_redirects(c);
  suspect_services(c);
  suspect_false_names(c);
  v1::Verdict verdict;
  rank_suspects(c, verdict);
  if (!c.worked) {
    verdict.set_result(v1::Verdict::FAILED);
    *verdict.mutable_summary() = failure_of(story, journey);
    return verdict;
  }
  verdict.set_result(verdict.culprits().empty() ? v1::Verdict::OK : v1::Verdict::DEGRADED);
  *verdict.mutable_summary() = success_of(journey, verdict.culprits_size());
  return verdict;
}

}  // namespace hoplab::journey
