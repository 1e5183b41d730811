// TCP trips as connections, and what can be said of any connection: handshake, stream, close.
#include <fmt/format.h>

#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

constexpr size_t kStreamLimit = 1U << 20U;

class FlowFinder {
 public:
  explicit FlowFinder(Story& story) : story_(story) {
    story_.flow_of_trip.assign(story.forest.trips.size(), kNone);
  }

  void add(uint32_t t) {
    const TripTree& trip = story_.forest.trips[t];
    const Packet& p = story_.forest.packet(t);
    const std::vector<Tuple> tuples = tuples_of(story_.forest, trip);
    const bool syn = (p.flags & (kSyn | kAck)) == kSyn;
    uint32_t number = kNone;
    for (const Tuple& tuple : tuples) {
      const uint32_t found = by_tuple_.find(tuple_key(tuple));
      if (found == kNone) continue;
      const Flow& flow = story_.flows[found];
      // The same ports again: another connection, unless it is the same SYN again.
      if (syn && flow.has_syn && flow.syn_sequence != p.sequence) continue;
      if (syn && !flow.has_syn) continue;
      number = found;
      break;
    }
    if (number == kNone) number = open(trip, p, tuples, syn);
    for (const Tuple& tuple : tuples) by_tuple_.set(tuple_key(tuple), number);
    append(number, t, p, tuples);
  }

 private:
  uint32_t open(const TripTree& trip, const Packet& p, const std::vector<Tuple>& tuples, bool syn) {
    Flow flow;
    // Begun before the capture: the higher port is taken to be the client's.
    const bool from_client =
        syn || ((p.flags & kSyn) == 0 && p.tuple.source.port >= p.tuple.destination.port);
    flow.tuple = from_client ? tuples.front() : tuples.back().reversed();
    flow.outer = from_client ? tuples.back() : tuples.front().reversed();
    flow.client = from_client ? trip.origin : trip.destination;
    flow.server = from_client ? trip.destination : trip.origin;
    flow.has_syn = syn;
    flow.syn_sequence = p.sequence;
    story_.flows.push_back(std::move(flow));
    return static_cast<uint32_t>(story_.flows.size() - 1);
  }

  void append(uint32_t number, uint32_t t, const Packet& p, const std::vector<Tuple>& tuples) {
    Flow& flow = story_.flows[number];
    TripTree& trip = story_.forest.trips[t];
    // A reply tells what the server saw even where the first SYN was lost behind the NAT.
    if (trip.origin == flow.server && trip.origin != kNone) flow.outer = tuples.front().reversed();
    if (trip.origin == flow.client && trip.outcome == End::kDelivered) flow.outer = tuples.back();
    if (p.payload_size() > 0 || (p.flags & (kSyn | kFin)) != 0) {
      const uint64_t what =
          mix(mix(number, trip.origin), static_cast<uint64_t>(p.sequence) << 32U |
                                            p.payload_size() << 8U | (p.flags & (kSyn | kFin)));
      trip.retransmission = !trip.copy && (trip.retransmission || sent_.find(what) != kNone);
      if (trip.retransmission) ++flow.retransmissions;
      sent_.set(what, t);
    }
    if ((p.flags & kSyn) != 0) {
      const uint16_t mss = tcp_options(p).mss;
      if (mss != 0) flow.mss = flow.mss == 0 ? mss : std::min(flow.mss, mss);
    }
    flow.closing = flow.closing || (p.flags & (kFin | kRst)) != 0;
    flow.trips.push_back(t);
    story_.flow_of_trip[t] = number;
  }

  Story& story_;
  FlatMap by_tuple_;
  FlatMap sent_;
};

// The side whose name a packet carries, unless somebody between made it: a filter that resets. A
// packet first seen in the middle of its way (the taps before it were closed) keeps its sender.
uint32_t sender_of(const Story& story, const Flow& flow, uint32_t t) {
  const Packet& p = story.forest.packet(t);
  const uint32_t origin = story.forest.trips[t].origin;
  const bool out = p.tuple.source == flow.tuple.source || p.tuple.source == flow.outer.source;
  const uint32_t side = out ? flow.client : flow.server;
  return origin != kNone && origin != side && is_initial_ttl(p.ttl) ? origin : side;
}

std::string scale_text(int scale) { return scale < 0 ? "none" : std::to_string(scale); }

void describe_handshake(Story& story, const Flow& flow, Draft& d) {
  const Forest& forest = story.forest;
  uint32_t syns = 0;
  uint32_t syn = kNone;
  uint32_t answer = kNone;
  for (const uint32_t t : d.trips) {
    const Packet& p = forest.packet(t);
    if ((p.flags & kRst) != 0) d.refused = true;
    if ((p.flags & (kSyn | kAck)) == kSyn) {
      ++syns;
      if (syn == kNone || forest.trips[t].outcome == End::kDelivered) syn = t;
    } else if ((p.flags & kSyn) != 0 && forest.trips[t].outcome == End::kDelivered) {
      answer = t;
    }
  }
  uint32_t lost = 0;
  for (const uint32_t t : d.trips) lost += is_lost(forest.trips[t].outcome) ? 1U : 0U;
  if (answer != kNone && syn != kNone) {
    const TcpOptions a = tcp_options(forest.packet(syn));
    const TcpOptions b = tcp_options(forest.packet(answer));
    d.facts.push_back(fact("fact.tcp_options",
                           {{"mss", std::to_string(a.mss == 0 ? b.mss : std::min(a.mss, b.mss))},
                            {"window_scale", scale_text(b.window_scale)},
                            {"sack", a.sack_permitted && b.sack_permitted ? "yes" : "no"}}));
    d.facts.push_back(
        fact("fact.tcp_hops", {{"out", std::to_string(forest.trips[syn].crossings)},
                               {"back", std::to_string(forest.trips[answer].crossings)},
                               {"lost", std::to_string(lost)}}));
    d.facts.push_back(
        fact("fact.tcp_round_trip",
             {{"time", duration_text(forest.trips[answer].end - forest.trips[syn].start)}}));
    d.status = lost > 0 || syns > 1 ? v1::Exchange::DEGRADED : v1::Exchange::OK;
  } else {
    d.status = v1::Exchange::FAILED;
    d.facts.push_back(d.refused ? fact("fact.tcp_refused",
                                       {{"server", story.lab.name(d.server)},
                                        {"port", std::to_string(flow.tuple.destination.port)}})
                                : fact("fact.tcp_silent", {{"tries", std::to_string(syns)}}));
  }
}

constexpr uint8_t kAlert = 21;
constexpr uint8_t kApplicationData = 23;

// One TLS record that holds an encrypted alert and nothing more: of TLS 1.2 by its type, of TLS 1.3
// by its length, which is 2 bytes, their type and the tag (RFC 8446, section 6).
bool is_sealed_alert(const Packet& p) {
  constexpr size_t kHeader = 5;
  constexpr size_t kClearAlert = 2;
  constexpr size_t kSealedAlert = 2 + 1 + 16;
  const auto bytes = p.payload_bytes();
  if (bytes.size() < kHeader || bytes[1] != 3) return false;
  const size_t length = bytes[3] * 256U + bytes[4];
  if (bytes.size() != kHeader + length) return false;
  return (bytes[0] == kAlert && length != kClearAlert) ||
         (bytes[0] == kApplicationData && length == kSealedAlert);
}

// The trips by which a side says that it has said all (close_notify): an alert after its
// application data, and the last it sends. One before that is part of the handshake that failed.
std::vector<uint32_t> find_close_notifies(const Story& story, const Flow& flow) {
  struct Side {
    bool talked = false;
    uint32_t alert = kNone;
  };
  Side client;
  Side server;
  for (const uint32_t t : flow.trips) {
    const Packet& p = story.forest.packet(t);
    if (p.payload_size() == 0) continue;
    Side& side = sender_of(story, flow, t) == flow.client ? client : server;
    side.alert = side.talked && is_sealed_alert(p) ? t : kNone;
    side.talked = side.talked || p.payload_bytes()[0] == kApplicationData;
  }
  std::vector<uint32_t> found;
  for (const Side& side : {client, server}) {
    if (side.alert != kNone) found.push_back(side.alert);
  }
  return found;
}

// Without a SYN of either side, although its client's taps have missed nothing since they were
// opened.
bool begun_earlier(const Story& story, const Flow& flow) {
  const bool begins = std::ranges::any_of(
      flow.trips, [&](uint32_t t) { return (story.forest.packet(t).flags & kSyn) != 0; });
  if (begins || flow.client == kNone) return false;
  const int64_t until = story.forest.trips[flow.trips.back()].start;
  return std::ranges::none_of(story.lab.nodes[flow.client].interfaces,
                              [&](uint32_t i) { return story.lab.may_miss(i, until); });
}

}  // namespace

void find_flows(Story& story, const std::vector<uint32_t>& tcp_trips) {
  FlowFinder finder(story);
  for (const uint32_t t : tcp_trips) finder.add(t);
  for (Flow& flow : story.flows) flow.earlier = begun_earlier(story, flow);
}

std::vector<uint32_t> split_flow(Story& story, const Flow& flow, v1::Phase::Kind phase,
                                 v1::Phase::Kind close_phase, uint32_t parent) {
  const Forest& forest = story.forest;
  Draft open;
  Draft close;
  std::vector<uint32_t> between;
  open.kind = "tcp handshake";
  close.kind = "tcp close";
  open.phase = phase;
  close.phase = close_phase;
  for (Draft* d : {&open, &close}) {
    d->parent = parent;
    d->client = flow.client;
    d->server = flow.server;
  }
  bool answered = false;
  bool established = false;
  bool closing = false;
  bool client_done = false;
  bool server_done = false;
  uint32_t first_closer = kNone;
  const auto notifies = find_close_notifies(story, flow);
  for (const uint32_t t : flow.trips) {
    const Packet& p = forest.packet(t);
    const uint32_t sender = sender_of(story, flow, t);
    const bool bare = p.payload_size() == 0;
    const bool rst = (p.flags & kRst) != 0;
    // A reset ends both ways at once.
    const bool last = (p.flags & kFin) != 0 || rst;
    client_done = client_done || rst || (last && sender == flow.client);
    server_done = server_done || rst || (last && sender == flow.server);
    if ((p.flags & kSyn) != 0 || (flow.has_syn && !answered && rst)) {
      answered = answered || (p.flags & kAck) != 0;
      open.trips.push_back(t);
    } else if (answered && !established && bare && !rst && (p.flags & kFin) == 0 &&
               forest.trips[t].origin == flow.client) {
      established = true;
      open.trips.push_back(t);
    } else if ((bare && (closing || (p.flags & (kFin | kRst)) != 0)) ||
               std::ranges::find(notifies, t) != notifies.end()) {
      if (!closing) first_closer = sender;
      closing = true;
      close.trips.push_back(t);
      if (rst && close.facts.empty()) {
        close.facts.push_back(fact("fact.tcp_reset", {{"by", story.lab.name(sender)}}));
      }
    } else {
      if ((p.flags & kFin) != 0 && !closing) {
        closing = true;
        first_closer = sender;
      }
      between.push_back(t);
    }
  }
  const std::string client = story.lab.name(flow.client);
  const std::string server = story.lab.name(flow.server);
  if (!open.trips.empty()) {
    open.title =
        fact("exchange.tcp_handshake", {{"client", client},
                                        {"server", server},
                                        {"address", address_text(flow.tuple.destination.address)},
                                        {"port", std::to_string(flow.tuple.destination.port)}});
    describe_handshake(story, flow, open);
    story.add(std::move(open));
  }
  if (!close.trips.empty()) {
    if (!client_done || !server_done) close.facts.push_back(fact("fact.tcp_closing"));
    close.name = story.lab.name(first_closer);
    close.title = fact("exchange.tcp_close", {{"client", client}, {"server", server}});
    story.add(std::move(close));
  }
  return between;
}

Stream gather_stream(const Story& story, const std::vector<uint32_t>& trips, uint32_t sender) {
  struct Segment {
    uint32_t offset;
    uint32_t trip;
  };
  const Forest& forest = story.forest;
  std::vector<Segment> segments;
  uint32_t base = 0;
  for (const uint32_t t : trips) {
    if (forest.trips[t].origin != sender || forest.packet(t).payload_size() == 0) continue;
    if (segments.empty()) base = forest.packet(t).sequence;
    // Relative to the first, in wrapping arithmetic; what came before it is put first as well.
    segments.push_back({forest.packet(t).sequence - base + 0x40000000U, t});
  }
  std::ranges::stable_sort(segments, {}, &Segment::offset);
  Stream stream;
  uint64_t next = 0;
  for (const Segment& s : segments) {
    const Bytes payload = forest.packet(s.trip).payload_bytes();
    const size_t known = next > s.offset ? std::min<size_t>(next - s.offset, payload.size()) : 0;
    const Bytes fresh = payload.subspan(known);
    stream.parts.push_back({s.trip, stream.bytes.size(), fresh.size()});
    next = std::max<uint64_t>(next, s.offset + payload.size());
    if (stream.bytes.size() + fresh.size() > kStreamLimit) break;
    stream.bytes.insert(stream.bytes.end(), fresh.begin(), fresh.end());
  }
  return stream;
}

}  // namespace hoplab::journey
