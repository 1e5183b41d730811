// The caches nearest to a program leave no frame: its own, and the operating system's. They show in
// connections to a named address that no question came before.
#include <algorithm>
#include <map>

#include "controller/journey/decode/dns.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

std::string argument(const v1::Fact& f, const std::string& name) {
  const auto found = f.args().find(name);
  return found == f.args().end() ? std::string() : found->second;
}

struct Answer {
  std::string name;
  int64_t asked = 0;
};

// What the client was told of addresses, each with its last question.
std::multimap<std::string, Answer> answers(const Story& story) {
  std::multimap<std::string, Answer> known;
  for (const Draft& d : story.drafts) {
    if (d.kind != "dns" || d.client != story.lab.client) continue;
    for (const v1::Fact& f : d.facts) {
      if (f.key() != "fact.dns_answer" || !is_address_type(argument(f, "type"))) continue;
      known.emplace(argument(f, "data"), Answer{d.name, story.start_of(d)});
    }
  }
  return known;
}

// The name in what was asked for that a zone of the lab gives this address; "" when there is none.
std::string name_of(const Story& story, const std::string& address) {
  const std::string& wanted = story.lab.bundle.url();
  if (wanted.find(address) != std::string::npos) return {};
  for (const Node& node : story.lab.nodes) {
    if (node.spec == nullptr || !node.spec->has_dns_server()) continue;
    for (const auto& zone : node.spec->dns_server().zones()) {
      for (const auto& r : zone.records()) {
        if (!is_address_type(r.type()) || r.data() != address || r.name().size() < 2) continue;
        if (wanted.find(r.name().substr(0, r.name().size() - 1)) != std::string::npos) {
          return r.name();
        }
      }
    }
  }
  return {};
}

}  // namespace

void tell_kept_names(Story& story) {
  if (story.lab.client == kNone) return;
  const auto known = answers(story);
  std::vector<Draft*> connections;
  for (Draft& d : story.drafts) {
    if (d.kind == "tcp handshake" && d.client == story.lab.client) connections.push_back(&d);
  }
  std::ranges::stable_sort(connections, {}, [&](const Draft* d) { return story.start_of(*d); });
  std::map<std::string, int64_t> last;  // address → when it was connected to
  const std::string client = story.lab.name(story.lab.client);
  for (Draft* d : connections) {
    const std::string address = argument(d->title, "address");
    const int64_t start = story.start_of(*d);
    const auto before = last.find(address);
    const auto [begin, end] = known.equal_range(address);
    if (begin != end) {
      const bool asked = std::any_of(begin, end, [&](const auto& a) {
        return a.second.asked <= start && (before == last.end() || a.second.asked > before->second);
      });
      if (!asked && before != last.end()) {
        d->facts.push_back(
            fact("fact.name_kept",
                 {{"client", client}, {"name", begin->second.name}, {"address", address}}));
      }
    } else if (before == last.end()) {
      const std::string name = name_of(story, address);
      const v1::NodeSpec* spec = story.lab.nodes[story.lab.client].spec;
      const bool nscd = spec != nullptr && spec->client().cache();
      if (!name.empty()) {
        d->facts.push_back(
            fact("fact.name_known", {{"client", client},
                                     {"name", name},
                                     {"address", address},
                                     {"cache", nscd ? "nscd, the system's cache," : "it"}}));
      }
    }
    last[address] = start;
  }
}

}  // namespace hoplab::journey
