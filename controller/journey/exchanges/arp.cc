// ARP and Neighbor Discovery: requests for the MAC of one address and their answer, attached to the
// exchange whose packet waited.
#include <algorithm>

#include "controller/journey/decisions/decide.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/resolution.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

constexpr int64_t kWaitNs = 100'000'000;  // a packet that waited leaves right after the answer
constexpr int64_t kSlackNs = 200'000;
constexpr int64_t kSameNs = 5'000'000'000;  // requests further apart are asked for another reason

struct Asked {
  uint32_t node = kNone;
  uint32_t interface = kNone;
  IpAddress target;
  int64_t start = 0;
  int64_t last = 0;
  int64_t answer_time = 0;
  uint64_t mac = 0;
  uint32_t tries = 0;
  std::vector<uint32_t> trips;
};

class ArpFinder {
 public:
  explicit ArpFinder(Story& story) : story_(story), forest_(story.forest), lab_(story.lab) {}

  void add(uint32_t t) {
    const TripTree& trip = forest_.trips[t];
    const Packet& p = forest_.packet(t);
    const auto talk = read_resolution(p);
    if (!talk) return;
    const bool v6 = talk->target.is_v6();
    const std::string target = address_text(talk->target);
    if (talk->asks) {
      uint32_t& number = by_key_.get_or_insert(key(trip.origin, talk->target), fresh());
      const bool again = number < asked_.size() && asked_[number].mac == 0 &&
                         trip.start - asked_[number].last < kSameNs;
      if (!again) {
        number = fresh();
        Asked& a = asked_.emplace_back();
        a.node = trip.origin;
        a.interface = forest_.root(trip).interface;
        a.target = talk->target;
        a.start = trip.start;
      }
      asked_[number].last = trip.start;
      ++asked_[number].tries;
      asked_[number].trips.push_back(t);
      story_.summaries[t] = fact(v6 ? "trip.nd_solicitation" : "trip.arp_request",
                                 {{"sender", address_text(talk->sender)}, {"target", target}});
    } else {
      story_.summaries[t] = fact(v6 ? "trip.nd_advertisement" : "trip.arp_reply",
                                 {{"address", target}, {"mac", mac_text(talk->mac)}});
      const uint32_t number = by_key_.find(key(trip.destination, talk->target));
      if (number == kNone || number >= asked_.size()) return;
      asked_[number].trips.push_back(t);
      if (trip.outcome != End::kDelivered || asked_[number].mac != 0) return;
      asked_[number].mac = talk->mac;
      asked_[number].answer_time = trip.end;
    }
  }

  void finish() {
    index_departures();
    index_stuck();
    index_unanswered();
    for (const Asked& a : asked_) attach(a);
  }

 private:
  struct Departure {
    int64_t time;
    uint32_t frame;
    uint32_t draft;
  };
  static uint64_t key(uint32_t node, const IpAddress& address) {
    return mix(node, digest(address) << 1U);
  }
  [[nodiscard]] uint32_t fresh() const { return static_cast<uint32_t>(asked_.size()); }

  // Frames of the journey by where and to whom they left.
  void index_departures() {
    for (const TripTree& trip : forest_.trips) {
      if (trip.exchange == kNone) continue;
      forest_.walk(trip.root, [&](uint32_t i) {
        const Seen& s = forest_.frames[i];
        if (!s.out || s.interface == kNone || !s.packet.is_ip()) return;
        const uint32_t group = departed_.get_or_insert(mix(s.interface, s.packet.destination_mac),
                                                       static_cast<uint32_t>(departures_.size()));
        if (group == departures_.size()) departures_.emplace_back();
        departures_[group].push_back({s.time, i, trip.exchange});
      });
    }
    for (auto& group : departures_) std::ranges::stable_sort(group, {}, &Departure::time);
  }

  // Frames of the journey that came to a node and never left it.
  void index_stuck() {
    for (const TripTree& trip : forest_.trips) {
      if (trip.exchange == kNone || trip.outcome != End::kSwallowed) continue;
      const Seen& s = forest_.last(trip);
      stuck_[forest_.node_of(s)].push_back({s.time, trip.last, trip.exchange});
    }
  }

  // Questions of the journey that came to whom they were for and were not answered.
  void index_unanswered() {
    for (const TripTree& trip : forest_.trips) {
      if (trip.exchange == kNone || trip.outcome != End::kDelivered) continue;
      const Draft& d = story_.drafts[trip.exchange];
      const Seen& s = forest_.last(trip);
      if (d.status != v1::Exchange::FAILED || trip.destination != d.server || !s.packet.is_ip())
        continue;
      unanswered_[d.server].push_back({s.time, trip.last, trip.exchange});
    }
  }

  // What a node could not answer for want of that MAC: its answer left no frame.
  const Departure* answer_to(const Asked& a) const {
    const auto it = unanswered_.find(a.node);
    if (a.mac != 0 || it == unanswered_.end()) return nullptr;
    const Tables tables(lab_, a.node);
    for (const Departure& d : it->second) {
      if (d.time > a.last + kSlackNs || d.time + kSameNs < a.start) continue;
      const IpAddress& asker = forest_.frames[d.frame].packet.tuple.source.address;
      if (asker == a.target) return &d;
      const v1::Route* route = tables.route(asker, "");
      if (route == nullptr) continue;
      for (const auto& hop : route->next_hops()) {
        if (next_hop_of(*route, hop.interface(), asker) == a.target) return &d;
      }
    }
    return nullptr;
  }

  const Departure* waited_for(const Asked& a) const {
    if (a.mac != 0) {
      const uint32_t group = departed_.find(mix(a.interface, a.mac));
      if (group == kNone) return nullptr;
      const auto& list = departures_[group];
      auto it = std::ranges::lower_bound(list, a.answer_time - kSlackNs, {}, &Departure::time);
      for (; it != list.end() && it->time < a.answer_time + kWaitNs; ++it) {
        const uint32_t from = forest_.frames[it->frame].parent;
        if (from == kNone || forest_.frames[from].time <= a.start + kSlackNs) return &*it;
      }
      return nullptr;
    }
    const auto it = stuck_.find(a.node);
    if (it != stuck_.end()) {
      for (const Departure& d : it->second) {
        if (d.time <= a.last + kSlackNs && d.time + kSameNs > a.start) return &d;
      }
    }
    return answer_to(a);
  }

  void attach(const Asked& a) {
    const bool ours =
        lab_.client != kNone && (a.node == lab_.client || lab_.owns(lab_.client, a.target));
    const Departure* waited = waited_for(a);
    if (waited == nullptr && (!ours || keeps_up(a))) return background(a);
    Draft d;
    d.kind = a.target.is_v6() ? "nd" : "arp";
    d.client = a.node;
    d.server = lab_.owner(a.target);
    d.trips = a.trips;
    d.phase = waited != nullptr ? story_.drafts[waited->draft].phase : phase_at(a.start);
    if (waited != nullptr) {
      d.parent = waited->draft;
      story_.arp_waits[waited->frame] = {a.target, a.mac, a.tries};
    }
    const std::string target = address_text(a.target);
    d.title = fact("exchange.arp", {{"client", lab_.name(a.node)}, {"target", target}});
    if (a.mac != 0) {
      d.facts.push_back(fact("fact.arp_answer", {{"address", target}, {"mac", mac_text(a.mac)}}));
    } else {
      d.facts.push_back(
          fact("fact.arp_silent", {{"address", target}, {"tries", std::to_string(a.tries)}}));
      // A client that probes its own new address hopes for silence.
      d.status = lab_.owns(a.node, a.target) ? v1::Exchange::OK : v1::Exchange::FAILED;
    }
    story_.add(std::move(d));
  }

  // Nothing waited, one node was asked by its MAC, and it answered: the kernel looks whether a
  // neighbour it knows is still there (RFC 4861, section 7.3), for no packet of the journey.
  [[nodiscard]] bool keeps_up(const Asked& a) const {
    return a.mac != 0 && std::ranges::all_of(a.trips, [&](uint32_t t) {
             return (forest_.packet(t).destination_mac >> 40U & 1U) == 0;
           });
  }

  void background(const Asked& a) {
    for (const uint32_t t : a.trips) {
      forest_.trips[t].background = a.target.is_v6() ? "background.ipv6" : "background.arp";
    }
  }

  v1::Phase::Kind phase_at(int64_t time) const {
    // The first thing a client asks the network for: a name, unless the URL has an address. A
    // command asks for whatever it likes.
    const Url url = split_url(lab_.bundle.url());
    const bool literal = !address_of(url.host).is_unspecified();
    v1::Phase::Kind phase = url.port == 0 ? v1::Phase::OTHER
                            : literal     ? v1::Phase::CONNECTION
                                          : v1::Phase::NAME;
    int64_t latest = INT64_MIN;
    for (const Draft& d : story_.drafts) {
      const int64_t start = story_.start_of(d);
      if (!d.asks_for_mac() && start <= time && start > latest) {
        latest = start;
        phase = d.phase;
      }
    }
    return phase;
  }

  Story& story_;
  Forest& forest_;
  const Lab& lab_;
  std::vector<Asked> asked_;
  FlatMap by_key_;
  FlatMap departed_;
  std::vector<std::vector<Departure>> departures_;
  std::unordered_map<uint32_t, std::vector<Departure>> stuck_;
  std::unordered_map<uint32_t, std::vector<Departure>> unanswered_;  // by who should have
};

}  // namespace

void find_arp(Story& story, const std::vector<uint32_t>& arp_trips) {
  ArpFinder finder(story);
  for (const uint32_t t : arp_trips) {
    if (!story.claimed(t)) finder.add(t);  // a check for duplicates is told of already
  }
  finder.finish();
  // Answers nobody asked for, and announcements.
  for (const uint32_t t : arp_trips) {
    if (story.claimed(t)) continue;
    const bool v6 = story.forest.packet(t).net == Net::kIpv6;
    story.forest.trips[t].background = v6 ? "background.ipv6" : "background.arp";
  }
}

}  // namespace hoplab::journey
