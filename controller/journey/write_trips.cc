#include <fmt/format.h>

#include "controller/journey/decisions/decide.h"
#include "controller/journey/decode/http.h"
#include "controller/journey/decode/icmpv6.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/tls.h"
#include "controller/journey/pieces_told.h"
#include "controller/journey/write.h"

namespace hoplab::journey {
namespace {

void add_rewrite(v1::Hop& hop, const char* layer, const char* field, std::string before,
                 std::string after) {
  if (before == after) return;
  v1::Rewrite& r = *hop.add_rewrites();
  r.set_layer(layer);
  r.set_field(field);
  r.set_before(std::move(before));
  r.set_after(std::move(after));
}

void add_rewrites(const Packet& a, const Packet& b, v1::Hop& hop) {
  add_rewrite(hop, "ethernet", "source", mac_text(a.source_mac), mac_text(b.source_mac));
  add_rewrite(hop, "ethernet", "destination", mac_text(a.destination_mac),
              mac_text(b.destination_mac));
  if (!a.is_ip() || b.net != a.net) return;
  const auto port = [](const Endpoint& e) { return std::to_string(e.port); };
  add_rewrite(hop, "ip", "source", address_text(a.tuple.source.address),
              address_text(b.tuple.source.address));
  add_rewrite(hop, "ip", "destination", address_text(a.tuple.destination.address),
              address_text(b.tuple.destination.address));
  add_rewrite(hop, "ip", a.net == Net::kIpv6 ? "hop limit" : "ttl", std::to_string(a.ttl),
              std::to_string(b.ttl));
  add_rewrite(hop, "transport", a.is_icmp() ? "id" : "source port", port(a.tuple.source),
              port(b.tuple.source));
  if (!a.is_icmp()) {
    add_rewrite(hop, "transport", "destination port", port(a.tuple.destination),
                port(b.tuple.destination));
  }
}

// Told to all or to a group, and of no node that heard it.
bool is_unheard(const Forest& forest, const TripTree& tree) {
  return tree.outcome == End::kIgnored &&
         (forest.root(tree).packet.destination_mac >> 40U & 1U) != 0;
}

v1::Hop::Outcome outcome_of(End end) {
  switch (end) {
    case End::kDelivered:
      return v1::Hop::DELIVERED;
    case End::kIgnored:
      return v1::Hop::IGNORED;
    case End::kMerged:
      return v1::Hop::MERGED;
    case End::kMalformed:
      return v1::Hop::UNKNOWN;
    default:
      return is_lost(end) ? v1::Hop::LOST : v1::Hop::UNKNOWN;
  }
}

v1::Fact summary_of(const Packet& p) {
  if (p.malformed != nullptr) return fact("trip.other", {{"info", info_line(p)}});
  const Bytes payload = p.payload_bytes();
  if (p.is(kTcp)) {
    if (looks_like_tls(payload)) {
      return fact("trip.tls", {{"records", tls_records_text(decode_tls(payload))}});
    }
    if (const auto http = decode_http(payload)) {
      return http->request
                 ? fact("trip.http_request",
                        {{"method", http->method}, {"path", http->path}, {"host", http->host}})
                 : fact("trip.http_response",
                        {{"status", std::to_string(http->status)}, {"reason", http->reason}});
    }
    return fact("trip.tcp",
                {{"flags", tcp_flags_text(p.flags)}, {"bytes", std::to_string(payload.size())}});
  }
  if (p.is_icmp()) {
    return fact("trip.icmp", {{"protocol", icmp_name(p)}, {"message", icmp_message(p)}});
  }
  return fact("trip.other", {{"info", info_line(p)}});
}

void write_like(const Likes& likes, v1::Like& like) {
  like.set_packets(likes.packets);
  like.set_payload_bytes(likes.bytes);
  like.set_first_ns(likes.first);
  like.set_last_ns(likes.last);
  like.set_fastest_ns(likes.fastest);
  like.set_slowest_ns(likes.slowest);
}

class TripWriter {
 public:
  TripWriter(Story& story, const std::vector<uint32_t>& ids)
      : story_(story),
        forest_(story.forest),
        lab_(story.lab),
        decider_(story),
        pieces_(story, ids) {}

  void write(const TripTree& tree, uint32_t number, uint32_t id, v1::Trip& trip) {
    const Seen& root = forest_.root(tree);
    const Packet& p = root.packet;
    number_ = number;
    trip.set_id(id);
    trip.set_protocol(protocol_of(p));
    const auto it = story_.summaries.find(number);
    *trip.mutable_summary() = it != story_.summaries.end() ? it->second : summary_of(p);
    if (tree.origin != kNone) trip.set_origin(lab_.name(tree.origin));
    if (tree.destination != kNone) trip.set_destination(lab_.name(tree.destination));
    trip.set_start_ns(tree.start);
    trip.set_end_ns(tree.end);
    trip.set_retransmission(tree.retransmission);
    trip.set_payload_bytes(root.payload_size());
    trip.set_outcome(tree.outcome == End::kDelivered ? v1::Trip::DELIVERED
                     : is_lost(tree.outcome)         ? v1::Trip::LOST
                     : is_unheard(forest_, tree)     ? v1::Trip::UNHEARD
                                                     : v1::Trip::UNKNOWN);
    pieces_.describe(number, trip);
    if (tree.likes != kNone) write_like(forest_.likes[tree.likes], *trip.mutable_like());
    if (root.out) {
      write_hop(kNone, tree.root, 0, trip);
    } else {
      open_.push_back({tree.root, 0});
    }
    while (!open_.empty()) {
      const auto [arrival, parent] = open_.back();
      open_.pop_back();
      write_arrival(arrival, parent, trip);
    }
  }

 private:
  struct Open {
    uint32_t arrival;
    uint32_t parent;
  };

  // One hop, or one for each branch where the packet fans out; the first holds the arriving frame.
  void write_arrival(uint32_t arrival, uint32_t parent, v1::Trip& trip) {
    const Seen& s = forest_.frames[arrival];
    if (s.first_child == kNone) {
      write_hop(arrival, kNone, parent, trip);
      return;
    }
    bool first = true;
    for (uint32_t c = s.first_child; c != kNone; c = forest_.frames[c].next_sibling) {
      write_hop(arrival, c, parent, trip, first);
      first = false;
    }
  }

  void write_hop(uint32_t in, uint32_t out, uint32_t parent, v1::Trip& trip, bool first = true) {
    v1::Hop& hop = *trip.add_hops();
    hop.set_id(++last_id_);
    hop.set_parent(parent);
    const Seen& any = forest_.frames[in != kNone ? in : out];
    const uint32_t node = forest_.node_of(any);
    hop.set_node(lab_.name(node));
    if (in != kNone) {
      const Seen& s = forest_.frames[in];
      if (s.interface != kNone) hop.set_in_interface(lab_.interfaces[s.interface].name);
      hop.set_in_ns(s.time);
      if (first && s.source == Source::kCaptured) *hop.mutable_in_frame() = frame_ref(lab_, s);
      fill_headers(s.packet, *hop.mutable_in_headers());
      if (first) story_.hop_of_frame[in] = hop.id();
    }
    if (out != kNone) {
      const Seen& s = forest_.frames[out];
      hop.set_out_interface(lab_.interfaces[s.interface].name);
      hop.set_out_ns(s.time);
      if (s.source == Source::kCaptured) *hop.mutable_out_frame() = frame_ref(lab_, s);
      fill_headers(s.packet, *hop.mutable_out_headers());
      story_.hop_of_frame[out] = hop.id();
    }
    if (in != kNone && out != kNone) {
      add_rewrites(forest_.frames[in].packet, forest_.frames[out].packet, hop);
    }
    set_outcome(node, in, out, hop);
    set_layers(node, any.packet, in, out, hop);
    decider_.explain_hop(node, in, out, hop);
    pieces_.explain(number_, in, out, first, hop);
    if (parent == 0 && first) pieces_.explain_root(number_, trip, hop);
    if (out == kNone) return;
    // Pushed in reverse, so that earlier arrivals come first.
    std::vector<uint32_t> arrivals;
    for (uint32_t c = forest_.frames[out].first_child; c != kNone;
         c = forest_.frames[c].next_sibling) {
      arrivals.push_back(c);
    }
    for (auto i = arrivals.rbegin(); i != arrivals.rend(); ++i) open_.push_back({*i, hop.id()});
  }

  void set_outcome(uint32_t node, uint32_t in, uint32_t out, v1::Hop& hop) const {
    if (out == kNone) {
      hop.set_outcome(outcome_of(judge_end(lab_, forest_.frames[in])));
      return;
    }
    const Seen& s = forest_.frames[out];
    if (s.first_child == kNone) {
      hop.set_outcome(outcome_of(judge_end(lab_, s)));
    } else if (in == kNone) {
      hop.set_outcome(v1::Hop::ORIGINATED);
    } else {
      hop.set_outcome(lab_.is_switch(node) ? v1::Hop::SWITCHED : v1::Hop::FORWARDED);
    }
  }

  void set_layers(uint32_t node, const Packet& p, uint32_t in, uint32_t out, v1::Hop& hop) const {
    std::vector<std::string> layers = layers_of(p);
    size_t keep = layers.size();
    if (node != kNone && lab_.is_switch(node)) {
      keep = 1;
    } else if (in != kNone && out != kNone) {
      keep = forest_.frames[out].via_nat ? 3 : 2;
    } else if (hop.outcome() == v1::Hop::IGNORED) {
      keep = p.net == Net::kArp ? 2 : 1;
    }
    for (size_t i = 0; i < layers.size() && i < keep; ++i) hop.add_layers(std::move(layers[i]));
  }

  Story& story_;
  const Forest& forest_;
  const Lab& lab_;
  Decider decider_;
  PieceTeller pieces_;
  uint32_t number_ = 0;  // of the trip being written
  uint32_t last_id_ = 0;
  std::vector<Open> open_;
};

}  // namespace

v1::FrameRef frame_ref(const Lab& lab, const Seen& seen) {
  v1::FrameRef ref;
  if (seen.interface != kNone) {
    const Interface& i = lab.interfaces[seen.interface];
    ref.set_node(lab.nodes[i.node].name);
    ref.set_interface(i.name);
  }
  ref.set_direction(seen.out ? v1::Frame::OUT : v1::Frame::IN);
  ref.set_index(seen.index);
  ref.set_time_ns(seen.time);
  ref.set_length(seen.wire_length);
  return ref;
}

std::vector<uint32_t> write_trips(Story& story, v1::Journey& journey) {
  std::vector<uint32_t> ids(story.forest.trips.size(), 0);
  uint32_t last = 0;
  for (uint32_t t = 0; t < ids.size(); ++t) {
    if (story.forest.trips[t].exchange != kNone) ids[t] = ++last;
  }
  TripWriter writer(story, ids);
  for (uint32_t t = 0; t < ids.size(); ++t) {
    if (ids[t] != 0) writer.write(story.forest.trips[t], t, ids[t], *journey.add_trips());
  }
  return ids;
}

}  // namespace hoplab::journey
