// The client's own connections to the URL's port: handshake, TLS, the request and its answer,
// close.
#include <algorithm>
#include <array>

#include "controller/journey/decode/http.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/decode/tls.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/http_turns.h"

namespace hoplab::journey {
namespace {

// The shortest encrypted Finished: 4 + 32 bytes, content type and tag (RFC 8446, 4.4.4 and 5.2). An
// encrypted alert has 19.
constexpr size_t kShortestFinished = 53;

// Where the stream position lies behind the Finished message: the record after ChangeCipherSpec.
size_t finished_at(const TlsStream& tls) {
  bool changed = false;
  for (const TlsRecord& r : tls.records) {
    if (r.type == 23 && r.length < kShortestFinished) return SIZE_MAX;
    if (r.type == 23 || (changed && r.type != 20)) return r.whole ? r.at + 5 + r.length : SIZE_MAX;
    if (r.type == 20) changed = true;
  }
  return SIZE_MAX;
}

// curl's exit codes for a server whose certificate it does not accept: CURLE_SSL_CACERT_BADFILE,
// CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
// CURLE_SSL_INVALIDCERTSTATUS; 51 is what older ones said.
bool client_rejects(const v1::RequestResult& result) {
  static constexpr std::array kCodes = {51, 60, 77, 83, 90, 91};
  return std::ranges::find(kCodes, result.exit_code()) != kCodes.end();
}

size_t position_in(const Stream& stream, uint32_t trip) {
  for (const StreamPart& part : stream.parts) {
    if (part.trip == trip) return part.at;
  }
  return SIZE_MAX;
}

// Trips of a TLS connection up to both Finished messages, and those after them.
struct TlsSplit {
  std::vector<uint32_t> handshake;
  std::vector<uint32_t> data;
  Stream out;
  Stream back;
  TlsStream client;
  TlsStream server;
  bool finished = false;
};

TlsSplit split_tls(const Story& story, const Flow& flow, const std::vector<uint32_t>& trips) {
  TlsSplit split;
  split.out = gather_stream(story, trips, flow.client);
  split.back = gather_stream(story, trips, flow.server);
  split.client = decode_tls(split.out.bytes);
  split.server = decode_tls(split.back.bytes);
  const size_t client_end = finished_at(split.client);
  const bool tls13 = split.server.has_server_hello && split.server.server_hello.version == 0x0304;
  const size_t server_end = tls13 ? 0 : finished_at(split.server);
  int64_t finish_time = INT64_MAX;
  for (const StreamPart& part : split.out.parts) {
    if (client_end != SIZE_MAX && part.at + part.size >= client_end) {
      finish_time = story.forest.trips[part.trip].start;
      split.finished = true;
      break;
    }
  }
  for (const uint32_t t : trips) {
    const TripTree& trip = story.forest.trips[t];
    bool handshake = trip.start <= finish_time;
    if (!handshake && trip.origin == flow.server && server_end != 0 && server_end != SIZE_MAX) {
      handshake = position_in(split.back, t) < server_end;
    }
    (handshake ? split.handshake : split.data).push_back(t);
  }
  return split;
}

const v1::ProxyEvent* proxy_event(const Story& story, const Flow& flow) {
  if (flow.server == kNone || story.lab.nodes[flow.server].capture == nullptr) return nullptr;
  const v1::ProxyEvent* best = nullptr;
  for (const auto& event : story.lab.nodes[flow.server].capture->events()) {
    if (!event.has_proxy() || event.proxy().client_port() != flow.outer.source.port) continue;
    if (address_of(event.proxy().client_address()) != flow.outer.source.address) continue;
    best = &event.proxy();
  }
  return best;
}

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) append_item(text, item);
  return text.empty() ? "none" : text;
}

void describe_tls(const Story& story, const Flow& flow, const TlsSplit& split, Draft& d) {
  const v1::RequestResult& result = story.lab.bundle.result();
  if (split.client.has_client_hello) {
    const TlsHello& hello = split.client.client_hello;
    d.name = hello.server_name;
    d.facts.push_back(fact("fact.tls_client_hello",
                           {{"name", hello.server_name.empty() ? "none" : hello.server_name},
                            {"versions", tls_version_name(hello.version)},
                            {"alpn", listed(hello.alpn)}}));
  }
  if (split.server.has_server_hello) {
    const TlsHello& hello = split.server.server_hello;
    d.facts.push_back(
        fact("fact.tls_server_hello", {{"version", tls_version_name(hello.version)},
                                       {"cipher", tls_cipher_name(hello.ciphers.front())}}));
  }
  if (const auto* event = proxy_event(story, flow); event && !event->tls_version().empty()) {
    d.facts.push_back(fact("fact.tls_proxy",
                           {{"version", event->tls_version()}, {"cipher", event->tls_cipher()}}));
  }
  const std::string subject = result.certificate_subject().empty()
                                  ? split.server.certificate_subject
                                  : result.certificate_subject();
  const std::string issuer = result.certificate_issuer().empty() ? split.server.certificate_issuer
                                                                 : result.certificate_issuer();
  if (!subject.empty()) {
    d.facts.push_back(fact("fact.tls_certificate", {{"subject", subject}, {"issuer", issuer}}));
  }
  if (split.finished && result.exit_code() == 0 && !issuer.empty()) {
    d.facts.push_back(fact("fact.tls_trusted", {{"issuer", issuer}}));
  }
  const std::pair<const TlsStream*, uint32_t> sides[] = {{&split.client, flow.client},
                                                         {&split.server, flow.server}};
  for (const auto& [stream, node] : sides) {
    if (stream->alert <= 0) continue;
    d.status = v1::Exchange::FAILED;
    d.facts.push_back(fact("fact.tls_alert", {{"by", story.lab.name(node)},
                                              {"alert", tls_alert_name(stream->alert)}}));
  }
  if (!split.finished) d.status = v1::Exchange::FAILED;
  // The name is only looked at when the handshake is over, so that one may have ended well.
  if (client_rejects(result)) {
    d.status = v1::Exchange::FAILED;
    d.facts.push_back(fact("fact.tls_rejected",
                           {{"client", story.lab.name(flow.client)}, {"reason", result.error()}}));
  }
}

// In the clear on the wire, else from the log of the server that ended the TLS session.
LoggedRequest find_request(const Story& story, const Flow& flow, const Turn& turn,
                           const LoggedRequest* logged) {
  LoggedRequest r;
  for (const uint32_t t : turn) {
    const auto head = decode_http(story.forest.packet(t).payload_bytes());
    if (!head) continue;
    if (!head->request) {
      r.status = head->status;
    } else if (story.forest.trips[t].origin == flow.client && r.method.empty()) {
      r = {head->method, head->path, head->host, r.status};
    }
  }
  if (logged == nullptr) return r;
  if (r.method.empty()) r = {logged->method, logged->path, logged->host, r.status};
  if (r.status == 0) r.status = logged->status;
  return r;
}

// Of application data, those that begin in a turn's trips.
size_t records_in(const Turn& turn, const Stream& stream, const TlsStream& tls) {
  size_t count = 0;
  for (const StreamPart& part : stream.parts) {
    if (std::ranges::find(turn, part.trip) == turn.end()) continue;
    count += static_cast<size_t>(std::ranges::count_if(tls.records, [&](const TlsRecord& r) {
      return r.type == 23 && r.at >= part.at && r.at < part.at + part.size;
    }));
  }
  return count;
}

// What was asked and answered, one after another.
void tell_requests(const std::vector<LoggedRequest>& requests, const std::string& server,
                   Draft& d) {
  for (const LoggedRequest& r : requests) {
    if (!r.method.empty()) {
      d.facts.push_back(
          fact("fact.http_request", {{"method", r.method}, {"path", r.path}, {"host", r.host}}));
    }
    if (r.status != 0) {
      d.facts.push_back(
          fact("fact.http_status", {{"status", std::to_string(r.status)}, {"server", server}}));
    } else {
      d.facts.push_back(fact("fact.http_silent", {{"server", server}}));
    }
  }
}

// Usually one request; several where their packets cannot be told apart (HTTP/2 sends them side by
// side). only: nothing else was asked for in this journey.
void add_request(Story& story, const Flow& flow, Turn turn, std::vector<LoggedRequest> requests,
                 const TlsSplit* tls, bool only) {
  const v1::RequestResult& result = story.lab.bundle.result();
  const std::string client = story.lab.name(flow.client);
  const std::string server = story.lab.name(flow.server);
  if (only && requests.size() == 1 && requests.front().status == 0) {
    requests.front().status = static_cast<int>(result.http_status());
  }
  // The one that went worst: no answer, else the highest status.
  const auto rank = [](const LoggedRequest& r) { return r.status == 0 ? 1000 : r.status; };
  const LoggedRequest& worst = *std::ranges::max_element(requests, {}, rank);
  Draft d;
  d.kind = "http";
  d.phase = v1::Phase::PAGE;
  d.client = flow.client;
  d.server = flow.server;
  d.name = worst.path;
  d.http_status = worst.status;
  d.title = requests.size() > 1 || worst.method.empty()
                ? fact("exchange.http_encrypted", {{"client", client}, {"server", server}})
                : fact("exchange.http", {{"client", client},
                                         {"server", server},
                                         {"method", worst.method},
                                         {"path", worst.path}});
  tell_requests(requests, server, d);
  if (tls != nullptr) {
    d.facts.push_back(
        fact("fact.http_records",
             {{"sent", std::to_string(records_in(turn, tls->out, tls->client))},
              {"received", std::to_string(records_in(turn, tls->back, tls->server))}}));
  }
  if (only && result.body_bytes() > 0) {
    d.facts.push_back(fact("fact.http_bytes", {{"bytes", std::to_string(result.body_bytes())}}));
  }
  const auto again = [&](uint32_t t) { return story.forest.trips[t].retransmission; };
  const auto retransmissions = std::ranges::count_if(turn, again);
  if (retransmissions > 0) {
    d.facts.push_back(
        fact("fact.tcp_retransmissions", {{"count", std::to_string(retransmissions)}}));
  }
  d.status = d.http_status == 0 || d.http_status >= 400 ? v1::Exchange::FAILED
             : retransmissions > 0                      ? v1::Exchange::DEGRADED
                                                        : v1::Exchange::OK;
  d.trips = std::move(turn);
  story.add(std::move(d));
}

void add_requests(Story& story, const Flow& flow, const std::vector<uint32_t>& data,
                  const TlsSplit* tls, bool only) {
  const auto logged = logged_requests(story, flow);
  auto turns = tls != nullptr ? split_sealed_turns(story, flow, data, logged.size())
                              : split_turns(story, flow, data);
  const bool single = turns.size() == 1;
  for (size_t i = 0; i < turns.size(); ++i) {
    std::vector<LoggedRequest> requests;
    if (single && tls != nullptr && logged.size() > 1) {
      requests = logged;
    } else {
      requests.push_back(
          find_request(story, flow, turns[i], i < logged.size() ? &logged[i] : nullptr));
    }
    add_request(story, flow, std::move(turns[i]), std::move(requests), tls, only && single);
  }
}

// What a traced command says to a server in a protocol that is not read here.
void add_talk(Story& story, const Flow& flow, std::vector<uint32_t> data) {
  Draft d;
  d.kind = "tcp";
  d.client = flow.client;
  d.server = flow.server;
  d.trips = std::move(data);
  d.status = flow.retransmissions > 0 ? v1::Exchange::DEGRADED : v1::Exchange::OK;
  d.title = fact("exchange.tcp_data", {{"client", story.lab.name(flow.client)},
                                       {"server", story.lab.name(flow.server)},
                                       {"port", std::to_string(flow.tuple.destination.port)}});
  story.add(std::move(d));
}

// traced: by any command, so that the flow may be of any kind.
void read_flow(Story& story, Flow& flow, bool only, bool traced) {
  flow.claimed = true;
  std::vector<uint32_t> rest =
      split_flow(story, flow, v1::Phase::CONNECTION, v1::Phase::CLOSE, kNone);
  if (rest.empty()) return;
  const Stream out = gather_stream(story, rest, flow.client);
  if (!looks_like_tls(out.bytes)) {
    if (traced && !decode_http(out.bytes)) {
      add_talk(story, flow, std::move(rest));
    } else {
      add_requests(story, flow, rest, nullptr, only);
    }
    return;
  }
  TlsSplit split = split_tls(story, flow, rest);
  if (client_rejects(story.lab.bundle.result())) {
    // What follows only ends the session.
    split.handshake.insert(split.handshake.end(), split.data.begin(), split.data.end());
    split.data.clear();
  }
  Draft d;
  d.kind = "tls handshake";
  d.phase = v1::Phase::SECURITY;
  d.client = flow.client;
  d.server = flow.server;
  d.trips = split.handshake;
  describe_tls(story, flow, split, d);
  d.title = fact("exchange.tls_handshake", {{"client", story.lab.name(flow.client)},
                                            {"server", story.lab.name(flow.server)},
                                            {"name", d.name.empty() ? "?" : d.name}});
  story.add(std::move(d));
  if (split.data.empty()) return;
  if (traced && logged_requests(story, flow).empty()) {
    add_talk(story, flow, split.data);
  } else {
    add_requests(story, flow, split.data, &split, only);
  }
}

}  // namespace

void find_page(Story& story) {
  if (story.lab.client == kNone) return;
  const Url url = split_url(story.lab.bundle.url());
  const bool traced = url.port == 0;
  const auto is_ours = [&](const Flow& flow) {
    return !flow.claimed && !flow.earlier && flow.client == story.lab.client &&
           (traced || flow.tuple.destination.port == url.port) && !is_health_check(story, flow);
  };
  const bool only = std::ranges::count_if(story.flows, is_ours) == 1;
  for (Flow& flow : story.flows) {
    if (is_ours(flow)) read_flow(story, flow, only, traced);
  }
}

}  // namespace hoplab::journey
