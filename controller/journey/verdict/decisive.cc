// Which exchanges a failed request failed of. Others may have gone wrong beside it (a resolver's
// own refreshes, a second question of another type that nobody waits for): they are no evidence.
#include <algorithm>

#include "controller/journey/decode/dns.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

bool has_address(const Draft& d) {
  return std::ranges::any_of(d.facts, [](const v1::Fact& f) {
    return f.key() == "fact.dns_answer" && is_address_type(f.args().at("type"));
  });
}

class Decisive {
 public:
  explicit Decisive(const Story& story) : story_(story), drafts_(story.drafts) {}

  std::vector<bool> find() {
    chosen_.assign(drafts_.size(), false);
    const v1::RequestResult& result = story_.lab.bundle.result();
    const bool web = split_url(story_.lab.bundle.url()).port != 0;
    if (!web) {
      chosen_.assign(drafts_.size(), true);
    } else if (!result.dhcp_error().empty()) {
      choose([](const Draft& d) { return d.kind == "dora"; });
    } else if (!choose([](const Draft& d) {
                 return d.kind == "tcp handshake" || d.kind == "tls handshake" ||
                        d.kind == "http" || d.kind == "tcp close";
               })) {
      // No connection was tried: the name, unless there was an address.
      const bool named = std::ranges::any_of(drafts_, [&](const Draft& d) {
        return d.kind == "dns" && d.client == story_.lab.client && has_address(d);
      });
      choose([&](const Draft& d) { return d.kind == "dns" && (!named || has_address(d)); });
    }
    if (addressless()) {
      choose([](const Draft& d) { return d.kind == "dhcpv6" && d.status == v1::Exchange::FAILED; });
    }
    // Without an address and a way out nothing else comes about.
    for (uint32_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].kind == "router advertisement") chosen_[i] = true;
    }
    // The client's own ARP is met by all it sends.
    for (uint32_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].asks_for_mac() && drafts_[i].client == story_.lab.client) chosen_[i] = true;
    }
    spread(chosen_, story_);
    return std::move(chosen_);
  }

 private:
  // An address of IPv6 was wanted to connect from, and there was none: from a link-local one, which
  // nobody beyond the link can answer, or to an address of IPv6 not at all.
  [[nodiscard]] bool addressless() const {
    const std::string host = split_url(story_.lab.bundle.url()).host;
    bool wanted = host.find(':') != std::string::npos;
    for (const Draft& d : drafts_) {
      if (d.kind != "tcp handshake" || d.client != story_.lab.client || d.trips.empty()) continue;
      if (!story_.forest.packet(d.trips.front()).tuple.source.address.is_link_local()) return false;
      wanted = true;
    }
    return wanted;
  }
  template <typename Which>
  bool choose(Which which) {
    bool any = false;
    for (uint32_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].client != story_.lab.client || !which(drafts_[i])) continue;
      any = chosen_[i] = true;
    }
    return any;
  }
  const Story& story_;
  const std::vector<Draft>& drafts_;
  std::vector<bool> chosen_;
};

}  // namespace

void spread(std::vector<bool>& chosen, const Story& story) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < story.drafts.size(); ++i) {
      const uint32_t parent = story.drafts[i].parent;
      if (chosen[i] || parent == kNone || !chosen[parent]) continue;
      changed = chosen[i] = true;
    }
  }
}

std::vector<bool> decisive_exchanges(const Story& story) { return Decisive(story).find(); }

}  // namespace hoplab::journey
