// A name with addresses of both IP versions: which one the client tried first, why, and what it did
// when that kept silent.
#include <algorithm>
#include <map>
#include <vector>

#include "controller/journey/decode/address_text.h"
#include "controller/journey/decode/dns.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

const char* version_of(const IpAddress& a) { return a.is_v6() ? "IPv6" : "IPv4"; }

struct Attempt {
  Draft* draft = nullptr;
  IpAddress address;
  int64_t start = 0;
};

// What the client's resolvers told it of names; by address, as connections know no name.
struct Told {
  std::map<IpAddress, std::string> names;
  std::map<std::string, std::pair<bool, bool>> versions;  // IPv4, IPv6
  [[nodiscard]] bool both(const std::string& name) const {
    const auto it = versions.find(name);
    return it != versions.end() && it->second.first && it->second.second;
  }
};

Told read_answers(const Story& story) {
  Told told;
  for (const Draft& d : story.drafts) {
    if (d.kind != "dns" || d.client != story.lab.client) continue;
    for (const v1::Fact& f : d.facts) {
      if (f.key() != "fact.dns_answer" || !is_address_type(f.args().at("type"))) continue;
      const IpAddress address = address_of(f.args().at("data"));
      if (address.is_unspecified()) continue;
      told.names[address] = d.name;
      auto& [v4, v6] = told.versions[d.name];
      (address.is_v6() ? v6 : v4) = true;
    }
  }
  return told;
}

bool has_global_ipv6(const Node& node) {
  return std::ranges::any_of(node.addresses, [](const IpAddress& a) {
    return a.is_v6() && !a.is_link_local() && !a.is_multicast();
  });
}

// fc00::/7 (RFC 4193).
bool is_unique_local(const IpAddress& a) { return a.high >> 57U == 0x7e; }

bool succeeded(const Draft& d) { return d.status != v1::Exchange::FAILED; }

// Attempts for one name, in order of time.
void tell(const Story& story, const std::string& name, const std::vector<Attempt>& attempts) {
  const Attempt& first = attempts.front();
  const std::string client = story.lab.name(story.lab.client);
  const bool can_choose = has_global_ipv6(story.lab.nodes[story.lab.client]);
  if (is_unique_local(first.address)) {
    first.draft->facts.push_back(fact("fact.family_first_local", {{"name", name}}));
  } else if (first.address.is_v6() || can_choose) {
    first.draft->facts.push_back(
        fact("fact.family_first", {{"name", name}, {"version", version_of(first.address)}}));
  } else {
    first.draft->facts.push_back(
        fact("fact.family_no_source", {{"name", name}, {"client", client}}));
  }
  const auto other = std::ranges::find_if(
      attempts, [&](const Attempt& a) { return a.address.is_v6() != first.address.is_v6(); });
  if (other == attempts.end()) return;
  const bool answered = succeeded(*first.draft) && story.end_of(*first.draft) <= other->start;
  if (answered) return;  // another request, with a choice of its own
  other->draft->facts.push_back(
      fact("fact.family_second", {{"first", version_of(first.address)},
                                  {"second", version_of(other->address)},
                                  {"wait", duration_text(other->start - first.start)}}));
  const Draft& used = succeeded(*other->draft) ? *other->draft : *first.draft;
  if (!succeeded(used)) return;
  const IpAddress& address = &used == other->draft ? other->address : first.address;
  other->draft->facts.push_back(fact(
      "fact.family_used", {{"version", version_of(address)}, {"address", address_text(address)}}));
}

}  // namespace

void tell_families(Story& story) {
  if (story.lab.client == kNone) return;
  const Told told = read_answers(story);
  std::map<std::string, std::vector<Attempt>> by_name;
  for (Draft& d : story.drafts) {
    if (d.kind != "tcp handshake" || d.client != story.lab.client) continue;
    const auto target = d.title.args().find("address");
    if (target == d.title.args().end()) continue;
    const IpAddress address = address_of(target->second);
    const auto name = told.names.find(address);
    if (name == told.names.end() || !told.both(name->second)) continue;
    by_name[name->second].push_back({&d, address, story.start_of(d)});
  }
  for (auto& [name, attempts] : by_name) {
    std::ranges::stable_sort(attempts, {}, &Attempt::start);
    tell(story, name, attempts);
  }
}

}  // namespace hoplab::journey
