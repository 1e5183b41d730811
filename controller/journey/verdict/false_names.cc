// Addresses that no zone gives a name: whoever made them up led the client astray, and what befell
// it on the way there is a consequence. A cache may hold what was true once, so that only data it
// was told to answer by itself, or that is not even in its cache, is held against it.
#include <algorithm>
#include <cctype>

#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/name_questions.h"
#include "controller/journey/verdict/verdict.h"
#include "controller/journey/verdict/zones.h"

namespace hoplab::journey {
namespace {

struct Record {
  std::string name;
  std::string type;
  std::string data;
  bool operator==(const Record&) const = default;
};

std::vector<Record> answers_of(const Draft& d) {
  std::vector<Record> records;
  for (const v1::Fact& f : d.facts) {
    if (f.key() != "fact.dns_answer") continue;
    records.push_back({f.args().at("name"), f.args().at("type"), f.args().at("data")});
  }
  return records;
}

class FalseNames {
 public:
  explicit FalseNames(Case& c) : c_(c), story_(c.story), lab_(c.lab), zones_(c.lab) {}

  void find() {
    if (lab_.client == kNone) return;
    for (uint32_t i = 0; i < story_.drafts.size(); ++i) {
      const Draft& d = story_.drafts[i];
      if (d.kind != "dns" || d.client != lab_.client || d.rcode != 0) continue;
      for (const Record& r : answers_of(d)) {
        if (is_false(r)) answered_falsely(i, r);
      }
    }
    if (!c_.worked) own_names();
  }

 private:
  [[nodiscard]] bool is_false(const Record& r) const {
    if (!is_address_type(r.type) && r.type != "CNAME") return false;
    return zones_.answer_for(r.name) && !zones_.have(r.name, r.type, r.data);
  }

  // What the client sent to an address, and all that followed of it; empty: nothing.
  [[nodiscard]] std::vector<bool> led_to(const IpAddress& address) const {
    std::vector<bool> led(story_.drafts.size());
    bool any = false;
    for (uint32_t i = 0; i < led.size(); ++i) {
      const Draft& d = story_.drafts[i];
      if (d.client != lab_.client || d.kind == "dns") continue;
      led[i] = std::ranges::any_of(d.trips, [&](uint32_t t) {
        return story_.forest.trips[t].origin == lab_.client && story_.forest.packet(t).is_ip() &&
               story_.forest.packet(t).tuple.destination.address == address;
      });
      any = any || led[i];
    }
    if (!any) return {};
    spread(led, story_);
    return led;
  }
  [[nodiscard]] bool went_anywhere() const {
    return std::ranges::any_of(story_.drafts, [&](const Draft& d) {
      return d.client == lab_.client && (d.kind == "tcp handshake" || d.kind == "flow");
    });
  }

  // ── what the client was told
  // Where the answer came from: the last of the chain of servers that gave it.
  struct Origin {
    uint32_t node = kNone;
    uint32_t question = kNone;  // draft: its own answer
    const v1::LocalName* local = nullptr;
    bool cached = false;  // it kept the answer of somebody not asked now
  };
  [[nodiscard]] Origin origin_of(uint32_t question, const Record& r) const {
    Origin o;
    o.question = question;
    for (int depth = 0; depth < 16; ++depth) {
      const Draft& d = story_.drafts[o.question];
      o.node = d.server;
      if (o.node == kNone || !is_cache(lab_.nodes[o.node])) return o;
      o.local = local_data(o.node, r);
      if (o.local != nullptr) return o;
      const uint32_t on = told_by(o, r);
      if (on == kNone) break;
      o.question = on;
    }
    // It asked nobody now. Whoever told it what it keeps may say so still.
    o.cached = may_keep(o.node, r);
    uint32_t at = o.node;
    for (int depth = 0; o.cached && depth < 16; ++depth) {
      at = forwards_to(at);
      if (at == kNone || !is_cache(lab_.nodes[at])) break;
      if (const v1::LocalName* local = local_data(at, r)) return {at, kNone, local, false};
    }
    return o;
  }
  // The question of that node's own that was answered so.
  [[nodiscard]] uint32_t told_by(const Origin& o, const Record& r) const {
    for (uint32_t i = 0; i < story_.drafts.size(); ++i) {
      const Draft& d = story_.drafts[i];
      if (i == o.question || d.kind != "dns" || d.client != o.node || d.rcode != 0) continue;
      const auto records = answers_of(d);
      if (std::ranges::find(records, r) != records.end()) return i;
    }
    return kNone;
  }
  [[nodiscard]] uint32_t forwards_to(uint32_t node) const {
    const v1::NodeSpec* spec = lab_.nodes[node].spec;
    if (spec == nullptr) return kNone;
    const v1::ResolverSpec& resolver =
        spec->has_gateway() ? spec->gateway().resolver() : spec->resolver();
    return resolver.forwarders().empty() ? kNone : lab_.owner(address_of(resolver.forwarders(0)));
  }
  template <typename Which>
  bool any_state(uint32_t node, Which which) const {
    const v1::NodeCapture* capture = lab_.nodes[node].capture;
    return capture != nullptr && (which(capture->before()) || which(capture->after()));
  }
  // Whether a record was in the node's cache, or cannot be told to have been none of it.
  [[nodiscard]] bool may_keep(uint32_t node, const Record& r) const {
    constexpr int kTold = 200;  // names of a cache that a snapshot has at most
    bool known = false;
    const bool kept = any_state(node, [&](const v1::NodeState& state) {
      known = known || state.cached_names_size() > 0;
      if (state.cached_names_size() >= kTold) return true;
      return std::ranges::any_of(state.cached_names(), [&](const v1::CachedName& n) {
        return n.name() == r.name && n.type() == r.type && n.data() == r.data;
      });
    });
    return kept || !known;
  }
  // Its own data that says so; a whole zone may be redirected to one record.
  [[nodiscard]] const v1::LocalName* local_data(uint32_t node, const Record& r) const {
    const v1::LocalName* found = nullptr;
    any_state(node, [&](const v1::NodeState& state) {
      for (const auto& n : state.local_names()) {
        const bool same = n.type() == r.type && n.data() == r.data && dns_within(r.name, n.name());
        if (same && n.source() != "/etc/hosts") found = &n;
      }
      return found != nullptr;
    });
    return found;
  }

  void answered_falsely(uint32_t question, const Record& r) {
    const Origin o = origin_of(question, r);
    if (o.node == kNone || lab_.silent(o.node)) return;
    std::vector<bool> led;
    if (is_address_type(r.type)) {
      led = led_to(address_of(r.data));
      if (led.empty() && !c_.worked && went_anywhere()) return;  // it was not used
    }
    // A zone may have been changed since, and a cache may be behind.
    const bool authority = !is_cache(lab_.nodes[o.node]);
    const bool sure = o.local != nullptr || (!o.cached && !authority) ||
                      (authority && !serves(r.data, lab_.bundle.url()));
    if (c_.worked && o.local == nullptr) return;
    const v1::Fact cause = fact("cause.false_answer",
                                {{"node", lab_.name(o.node)}, {"name", r.name}, {"data", r.data}});
    if (is_told(o.node, cause)) return;
    Suspect& s = c_.add(Rank::kServiceBroken, o.node, "name", cause);
    s.met = true;
    s.misled = std::move(led);
    s.untold = !sure;
    const uint32_t trip = o.question == kNone ? kNone : story_.drafts[o.question].trips.back();
    if (o.local != nullptr) {
      c_.prove(
          s,
          fact("evidence.local_data",
               {{"name", o.local->name()}, {"type", o.local->type()}, {"data", o.local->data()}}),
          trip, trip == kNone ? kNone : story_.forest.trips[trip].root);
    }
    c_.prove(s, fact("evidence.in_no_zone", {{"name", r.name}, {"data", r.data}}), trip,
             trip == kNone ? kNone : story_.forest.trips[trip].root);
  }
  [[nodiscard]] bool is_told(uint32_t node, const v1::Fact& cause) const {
    return std::ranges::any_of(c_.suspects, [&](const Suspect& s) {
      return s.node == node && s.culprit.cause().key() == cause.key() &&
             s.culprit.cause().args().at("data") == cause.args().at("data");
    });
  }
  // Whether the owner of an address was given a name of what is wanted to serve; who runs
  // something of his own may.
  [[nodiscard]] bool serves(const std::string& data, const std::string& wanted) const {
    const uint32_t owner = lab_.owner(address_of(data));
    if (owner == kNone || lab_.nodes[owner].spec == nullptr) return false;
    const v1::NodeSpec& spec = *lab_.nodes[owner].spec;
    const auto named = [&](const std::string& name) {
      return wanted.find(name) != std::string::npos;
    };
    if (spec.has_web_server()) return std::ranges::any_of(spec.web_server().names(), named);
    if (spec.has_load_balancer()) return std::ranges::any_of(spec.load_balancer().names(), named);
    return lab_.nodes[owner].role == v1::CONTAINER;
  }

  // ── what the client believed by itself
  void own_names() {
    const std::string host = split_url(lab_.bundle.url()).host;
    if (!host.empty() && address_of(host).is_unspecified()) {
      const std::string name = host.ends_with('.') ? host : host + ".";
      if (!in_hosts(name)) asked_nobody(name);
      return;
    }
    // A command: its words.
    std::string word;
    for (const char x : lab_.bundle.url() + " ") {
      const bool inside = std::isalnum(static_cast<unsigned char>(x)) != 0 || x == '.' || x == '-';
      if (inside) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(x)));
        continue;
      }
      if (!word.empty()) in_hosts(word.ends_with('.') ? word : word + ".");
      word.clear();
    }
  }
  // Whether its file names that name at all.
  bool in_hosts(const std::string& name) {
    bool named = false;
    std::vector<std::string> said;
    any_state(lab_.client, [&](const v1::NodeState& state) {
      for (const auto& n : state.local_names()) {
        if (n.source() != "/etc/hosts" || n.name() != name) continue;
        named = true;
        if (!zones_.answer_for(name) || zones_.lead_to(name, n.data())) continue;
        if (std::ranges::find(said, n.data()) != said.end()) continue;
        said.push_back(n.data());
        auto led = led_to(address_of(n.data()));
        if (led.empty() && went_anywhere()) continue;
        v1::Fact proof = fact("evidence.hosts_file", {{"address", n.data()}, {"name", name}});
        believed(name, n.data(), std::move(led), std::move(proof));
      }
      return false;
    });
    return named;
  }
  // A connection for a name that no question came before.
  void asked_nobody(const std::string& name) {
    const v1::NodeSpec* spec = lab_.nodes[lab_.client].spec;
    if (spec == nullptr || spec->client().cache() || !zones_.answer_for(name)) return;
    const bool asked = std::ranges::any_of(
        story_.drafts, [&](const Draft& d) { return d.kind == "dns" && d.client == lab_.client; });
    if (asked) return;
    for (const Draft& d : story_.drafts) {
      if (d.kind != "tcp handshake" || d.client != lab_.client) continue;
      const Tuple& tuple = story_.forest.packet(d.trips.front()).tuple;
      const std::string address = address_text(tuple.destination.address);
      if (zones_.lead_to(name, address)) continue;
      believed(name, address, led_to(tuple.destination.address),
               fact("evidence.no_question", {{"name", name}}));
      return;
    }
  }
  void believed(const std::string& name, const std::string& address, std::vector<bool> led,
                v1::Fact proof) {
    const std::string& client = lab_.name(lab_.client);
    Suspect& s =
        c_.add(Rank::kServiceBroken, lab_.client, "name",
               fact("cause.own_name", {{"node", client}, {"name", name}, {"address", address}}));
    s.met = true;
    s.misled = std::move(led);
    c_.prove(s, std::move(proof));
    c_.prove(s, fact("evidence.in_no_zone", {{"name", name}, {"data", address}}));
  }

  Case& c_;
  const Story& story_;
  const Lab& lab_;
  const Zones zones_;
};

}  // namespace

void suspect_false_names(Case& c) { FalseNames(c).find(); }

}  // namespace hoplab::journey
