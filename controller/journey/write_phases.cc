#include <algorithm>
#include <array>
#include <set>

#include "controller/journey/decode/dns.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/write.h"

namespace hoplab::journey {
namespace {

constexpr std::array kOrder = {v1::Phase::ADDRESS,  v1::Phase::NAME, v1::Phase::CONNECTION,
                               v1::Phase::SECURITY, v1::Phase::PAGE, v1::Phase::CLOSE,
                               v1::Phase::OTHER};

const v1::Fact* find_fact(const Draft& d, std::string_view key) {
  for (const v1::Fact& f : d.facts) {
    if (f.key() == key) return &f;
  }
  return nullptr;
}
std::string argument(const v1::Fact* f, const char* name, const char* otherwise) {
  if (f == nullptr) return otherwise;
  const auto it = f->args().find(name);
  return it == f->args().end() ? otherwise : it->second;
}

using Drafts = std::vector<const Draft*>;

class PhaseWriter {
 public:
  PhaseWriter(const Story& story, v1::Phase::Kind kind) : story_(story), kind_(kind) {
    for (const Draft& d : story.drafts) {
      if (d.phase == kind) drafts_.push_back(&d);
    }
  }
  [[nodiscard]] bool empty() const { return drafts_.empty(); }

  void write(v1::Phase& phase) const {
    phase.set_kind(kind_);
    int64_t start = INT64_MAX;
    int64_t end = 0;
    bool all_well = true;
    for (const Draft* d : drafts_) {
      start = std::min(start, story_.start_of(*d));
      end = std::max(end, story_.end_of(*d));
      all_well = all_well && d->status == v1::Exchange::OK;
    }
    phase.set_start_ns(start);
    phase.set_end_ns(end);
    phase.set_status(!worked()  ? v1::Exchange::FAILED
                     : all_well ? v1::Exchange::OK
                                : v1::Exchange::DEGRADED);
    *phase.mutable_summary() = summary();
  }

 private:
  // The exchange that decides whether the phase worked, a successful one if there is any.
  const Draft* decisive() const {
    const Draft* best = nullptr;
    for (const Draft* d : drafts_) {
      if (!decides(*d)) continue;
      const bool better = best != nullptr && !succeeded(*best) && succeeded(*d);
      if (best == nullptr || better || (kind_ == v1::Phase::NAME && tells_used_address(*d)))
        best = d;
    }
    return best;
  }
  // Of the questions for one name, the one whose answer was then connected to.
  bool tells_used_address(const Draft& d) const {
    return std::ranges::any_of(story_.drafts, [&](const Draft& x) {
      if (x.kind != "tcp handshake" || x.client != story_.lab.client) return false;
      if (x.status == v1::Exchange::FAILED) return false;
      const std::string address = argument(&x.title, "address", "");
      return std::ranges::any_of(d.facts, [&](const v1::Fact& f) {
        return f.key() == "fact.dns_answer" && argument(&f, "data", "?") == address;
      });
    });
  }
  // The address by IPv6 decides where the client asks for none by IPv4.
  bool decides_ipv6(const Draft& d) const {
    if (d.kind == "router advertisement") {
      return std::ranges::none_of(drafts_, [](const Draft* x) { return x->kind == "dhcpv6"; });
    }
    // What was declined is not had.
    const bool declined = std::ranges::any_of(
        drafts_, [&](const Draft* x) { return x->kind == "dhcpv6 decline" && x->name == d.name; });
    return !declined &&
           (d.kind == "dhcpv6" || d.kind == "dhcpv6 renewal" || d.kind == "dhcpv6 rebinding");
  }
  bool decides(const Draft& d) const {
    switch (kind_) {
      case v1::Phase::ADDRESS:
        return d.kind == "dora" || d.kind == "bootp" || d.kind == "dhcp renewal" ||
               d.kind == "dhcp rebinding" || d.kind == "dhcp reboot" || decides_ipv6(d);
      case v1::Phase::NAME:
        return d.kind == "dns" && d.client == story_.lab.client;
      case v1::Phase::CONNECTION:
        return d.kind == "tcp handshake";
      case v1::Phase::SECURITY:
        return d.kind == "tls handshake";
      case v1::Phase::PAGE:
        return d.kind == "http" && d.client == story_.lab.client;
      default:
        return false;
    }
  }
  bool succeeded(const Draft& d) const {
    if (kind_ == v1::Phase::NAME) return find_fact(d, "fact.dns_answer") != nullptr;
    return d.status != v1::Exchange::FAILED;
  }
  bool worked() const {
    if (kind_ == v1::Phase::OTHER) {
      return std::ranges::none_of(drafts_,
                                  [](const Draft* d) { return d->status == v1::Exchange::FAILED; });
    }
    if (const Draft* d = decisive()) return succeeded(*d);
    return unanswered_arp() == nullptr;
  }
  // What the phase failed of before it began: nobody answered for the next hop.
  const Draft* unanswered_arp() const {
    for (const Draft* d : drafts_) {
      if (d->asks_for_mac() && d->status == v1::Exchange::FAILED) return d;
    }
    return nullptr;
  }

  v1::Fact summary() const {
    const Draft* d = decisive();
    switch (kind_) {
      case v1::Phase::ADDRESS:
        return address(d);
      case v1::Phase::NAME:
        return name(d);
      case v1::Phase::CONNECTION:
        return connection(d);
      case v1::Phase::SECURITY:
        return security(d);
      case v1::Phase::PAGE:
        return page(d);
      case v1::Phase::CLOSE:
        return close();
      default:
        return other();
    }
  }

  v1::Fact other() const {
    if (const Draft* d = unanswered_arp()) {
      return fact(d->kind == "nd" ? "phase.nd_unanswered" : "phase.arp_unanswered",
                  {{"target", argument(&d->title, "target", "?")}});
    }
    size_t trips = 0;
    for (const Draft* d : drafts_) trips += d->trips.size();
    return fact("phase.other",
                {{"exchanges", std::to_string(drafts_.size())}, {"trips", std::to_string(trips)}});
  }

  v1::Fact address(const Draft* d) const {
    if (d == nullptr) {
      for (const Draft* x : drafts_) {
        if (x->kind == "dhcp release") return fact("phase.address_release", {{"address", x->name}});
      }
      return other();
    }
    if (d->kind == "router advertisement") return advertised(*d);
    if (const v1::Fact* lease6 = find_fact(*d, "fact.dhcpv6_lease")) {
      return fact("phase.address_dhcpv6", {{"address", argument(lease6, "address", "?")},
                                           {"server", argument(lease6, "server", "?")},
                                           {"seconds", argument(lease6, "valid", "?")}});
    }
    if (const v1::Fact* lease = find_fact(*d, "fact.lease_for_good")) {
      return fact("phase.address_for_good", {{"address", argument(lease, "address", "?")},
                                             {"router", argument(lease, "router", "?")},
                                             {"server", argument(lease, "server", "?")}});
    }
    const v1::Fact* lease = find_fact(*d, "fact.lease");
    if (lease == nullptr) return fact("phase.address_failed");
    return fact("phase.address", {{"address", argument(lease, "address", "?")},
                                  {"router", argument(lease, "router", "?")},
                                  {"server", argument(lease, "server", "?")},
                                  {"seconds", argument(lease, "seconds", "?")}});
  }

  v1::Fact advertised(const Draft& d) const {
    const v1::Fact* made = find_fact(d, "fact.slaac");
    if (made == nullptr) {
      return d.status == v1::Exchange::FAILED ? fact("phase.address_no_router") : other();
    }
    return fact("phase.address_slaac", {{"address", argument(made, "address", "?")},
                                        {"prefix", argument(made, "prefix", "?")},
                                        {"router", story_.lab.name(d.server)}});
  }

  // Whether this question was asked for the sake of the client's questions about a name: of any
  // type, by a server on their way, before the last of them was answered.
  bool serves_name(const Draft& d, const std::string& name, int64_t until) const {
    if (d.kind != "dns" || d.server == kNone || story_.start_of(d) > until) return false;
    if (d.name == ".") {  // a resolver makes sure of its root servers; not the way to the name
      return std::ranges::none_of(drafts_, [&](const Draft* x) {
        return x->kind == "dns" && x->client == d.client && x->name != ".";
      });
    }
    if (dns_within(name, d.name)) return true;
    const Draft* top = &d;
    for (int depth = 0; top->parent != kNone && depth < 64; ++depth) {
      top = &story_.drafts[top->parent];
    }
    return top->name == name;
  }

  // Who was asked, in order, each server once: "home-gw miss → resolver miss → root-a → …".
  std::string asked_path(const Draft* top) const {
    int64_t until = 0;
    for (const Draft* d : drafts_) {
      if (!decides(*d) || d->name != top->name) continue;
      until = d->rcode == -1 ? INT64_MAX : std::max(until, story_.end_of(*d));
      if (until == INT64_MAX) break;
    }
    std::vector<AskedServer> asked;
    for (const Draft* d : drafts_) {
      if (!serves_name(*d, top->name, until)) continue;
      auto it = std::ranges::find(asked, d->server, &AskedServer::node);
      if (it == asked.end()) {
        it = asked.emplace(asked.end());
        it->node = d->server;
      }
      it->answered = it->answered || d->rcode != -1;
      if (find_fact(*d, "fact.dns_cache_hit") != nullptr) it->hits.insert(d->type);
      if (find_fact(*d, "fact.dns_cache_miss") != nullptr) it->misses.insert(d->type);
    }
    std::string path;
    for (const AskedServer& server : asked) {
      append_item(path, story_.lab.name(server.node), " → ");
      const bool both = !server.hits.empty() && !server.misses.empty();
      if (!server.hits.empty()) path += " hit";
      if (both) path += types_text(server.hits) + ",";
      if (!server.misses.empty()) path += " miss";
      if (both) path += types_text(server.misses);
      if (!server.answered) path += " (silent)";
    }
    return path.empty() ? "?" : path;
  }
  struct AskedServer {
    uint32_t node = kNone;
    bool answered = false;
    std::set<uint16_t> hits;  // by record type
    std::set<uint16_t> misses;
  };
  static std::string types_text(const std::set<uint16_t>& types) {
    std::string text;
    for (const uint16_t type : types) text.append(" ").append(dns_type_name(type));
    return text;
  }

  v1::Fact name(const Draft* d) const {
    if (d == nullptr) return other();
    if (!succeeded(*d)) {
      static constexpr std::array kRcodes = {"no data",  "FORMERR", "SERVFAIL",
                                             "NXDOMAIN", "NOTIMP",  "REFUSED"};
      const bool known = d->rcode >= 0 && static_cast<size_t>(d->rcode) < kRcodes.size();
      return fact("phase.name_failed",
                  {{"path", asked_path(d)},
                   {"rcode", known ? kRcodes[static_cast<size_t>(d->rcode)] : "no answer"}});
    }
    const v1::Fact* answer = nullptr;
    for (const v1::Fact& f : d->facts) {
      if (f.key() == "fact.dns_answer") answer = &f;
    }
    bool authoritative = false;
    for (const Draft* x : drafts_) {
      authoritative = authoritative || (find_fact(*x, "fact.dns_authoritative") != nullptr &&
                                        find_fact(*x, "fact.dns_answer") != nullptr);
    }
    return fact("phase.name", {{"path", asked_path(d)},
                               {"answer", argument(answer, "data", "?")},
                               {"ttl", argument(answer, "ttl", "?")},
                               {"authority", authoritative ? "authoritative" : "cached"}});
  }

  v1::Fact connection(const Draft* d) const {
    if (d == nullptr) return other();
    const std::string server =
        d->server == kNone ? argument(&d->title, "address", "?") : story_.lab.name(d->server);
    const v1::Fact* hops = find_fact(*d, "fact.tcp_hops");
    if (hops == nullptr) {
      return fact("phase.connection_failed", {{"server", server},
                                              {"port", argument(&d->title, "port", "?")},
                                              {"reason", d->refused ? "refused" : "no answer"}});
    }
    return fact("phase.connection",
                {{"server", server},
                 {"out", argument(hops, "out", "?")},
                 {"back", argument(hops, "back", "?")},
                 {"lost", argument(hops, "lost", "?")},
                 {"mss", argument(find_fact(*d, "fact.tcp_options"), "mss", "?")}});
  }

  v1::Fact security(const Draft* d) const {
    if (d == nullptr) return other();
    if (d->status == v1::Exchange::FAILED) {
      if (const v1::Fact* rejected = find_fact(*d, "fact.tls_rejected")) {
        return fact("phase.security_failed", {{"reason", argument(rejected, "reason", "?")}});
      }
      const v1::Fact* alert = find_fact(*d, "fact.tls_alert");
      return fact("phase.security_failed", {{"reason", argument(alert, "alert", "unfinished")}});
    }
    const v1::Fact* hello = find_fact(*d, "fact.tls_server_hello");
    if (hello == nullptr) hello = find_fact(*d, "fact.tls_proxy");
    const v1::Fact* certificate = find_fact(*d, "fact.tls_certificate");
    if (certificate == nullptr) {
      return fact("phase.security_unseen", {{"version", argument(hello, "version", "?")},
                                            {"cipher", argument(hello, "cipher", "?")}});
    }
    return fact("phase.security", {{"version", argument(hello, "version", "?")},
                                   {"cipher", argument(hello, "cipher", "?")},
                                   {"subject", argument(certificate, "subject", "?")},
                                   {"issuer", argument(certificate, "issuer", "?")}});
  }

  v1::Fact page(const Draft* d) const {
    if (d == nullptr) return other();
    std::string path = story_.lab.name(d->server);
    for (const Draft* x : drafts_) {
      if (x->kind == "http" && x->client == d->server) path += " → " + story_.lab.name(x->server);
    }
    if (d->http_status == 0) {
      return fact("phase.page_failed", {{"path", path}, {"reason", "no answer"}});
    }
    const std::string status = std::to_string(d->http_status);
    const uint64_t bytes = story_.lab.bundle.result().body_bytes();
    // Only the lab's own client tells how much it took; a traced command does not.
    if (bytes == 0 && split_url(story_.lab.bundle.url()).port == 0) {
      return fact("phase.page_seen", {{"path", path}, {"status", status}});
    }
    return fact("phase.page",
                {{"path", path}, {"status", status}, {"bytes", std::to_string(bytes)}});
  }

  v1::Fact close() const {
    const Draft& first = *drafts_.front();
    const v1::Fact* reset = find_fact(first, "fact.tcp_reset");
    if (reset != nullptr) return fact("phase.close_reset", {{"by", argument(reset, "by", "?")}});
    const bool pending = find_fact(first, "fact.tcp_closing") != nullptr;
    return fact(pending ? "phase.close_pending" : "phase.close",
                {{"by", first.name.empty() ? "?" : first.name}});
  }

  const Story& story_;
  v1::Phase::Kind kind_;
  Drafts drafts_;
};

// A client with an address of its own asks nobody, which is worth a line where it starts from
// nothing.
void write_static_address(const Story& story, v1::Journey& journey) {
  const Lab& lab = story.lab;
  if (!lab.bundle.cold() || lab.client == kNone || lab.nodes[lab.client].spec == nullptr) return;
  const v1::NodeSpec& spec = *lab.nodes[lab.client].spec;
  if (!spec.has_client() || !spec.client().dhcp_interface().empty()) return;
  for (const v1::InterfaceSpec& interface : spec.interfaces()) {
    if (interface.addresses().empty()) continue;
    v1::Phase& phase = *journey.add_phases();
    phase.set_kind(v1::Phase::ADDRESS);
    phase.set_status(v1::Exchange::OK);
    phase.set_start_ns(lab.bundle.started_ns());
    phase.set_end_ns(lab.bundle.started_ns());
    std::string addresses;
    for (const std::string& address : interface.addresses()) append_item(addresses, address);
    *phase.mutable_summary() =
        fact("phase.address_static", {{"address", addresses}, {"interface", interface.name()}});
    return;
  }
}

}  // namespace

void write_phases(const Story& story, const std::vector<uint32_t>& trip_ids, v1::Journey& journey) {
  // Exchanges are numbered in the order they began.
  std::vector<uint32_t> order(story.drafts.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<int64_t> starts;
  for (const Draft& d : story.drafts) starts.push_back(story.start_of(d));
  std::ranges::stable_sort(order, {}, [&](uint32_t i) { return starts[i]; });
  std::vector<uint32_t> ids(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) ids[order[i]] = i + 1;

  for (const v1::Phase::Kind kind : kOrder) {
    const PhaseWriter writer(story, kind);
    if (writer.empty()) {
      if (kind == v1::Phase::ADDRESS) write_static_address(story, journey);
      continue;
    }
    v1::Phase& phase = *journey.add_phases();
    writer.write(phase);
    for (const uint32_t number : order) {
      const Draft& d = story.drafts[number];
      if (d.phase != kind) continue;
      v1::Exchange& e = *phase.add_exchanges();
      e.set_id(ids[number]);
      e.set_kind(d.kind);
      *e.mutable_title() = d.title;
      if (d.client != kNone) e.set_client(story.lab.name(d.client));
      if (d.server != kNone) e.set_server(story.lab.name(d.server));
      for (const uint32_t t : d.trips) e.add_trips(trip_ids[t]);
      e.set_start_ns(starts[number]);
      e.set_end_ns(story.end_of(d));
      e.set_status(d.status);
      for (const v1::Fact& f : d.facts) *e.add_facts() = f;
      if (d.parent != kNone) e.set_parent(ids[d.parent]);
    }
  }
}

}  // namespace hoplab::journey
