#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "controller/journey/verdict/verdict.h"

namespace hoplab::journey {
namespace {

// Sentences that have a form with a count.
constexpr std::array<std::pair<const char*, const char*>, 3> kCounted = {{
    {"evidence.dns_rcode", "evidence.dns_rcode_times"},
    {"evidence.http_status", "evidence.http_status_times"},
    {"evidence.icmp", "evidence.icmp_times"},
}};

int count_of(const v1::Fact& f) {
  const auto it = f.args().find("count");
  return it == f.args().end() ? 1 : std::atoi(it->second.c_str());
}

bool same(const v1::Fact& a, const v1::Fact& b) {
  if (a.key() == "evidence.ended_here") return b.key() == a.key();  // only their counts differ
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace

void say_once(v1::Culprit& culprit) {
  std::vector<std::pair<v1::Evidence, int>> once;
  for (const v1::Evidence& e : culprit.evidence()) {
    const auto it =
        std::ranges::find_if(once, [&](const auto& x) { return same(x.first.fact(), e.fact()); });
    const int count = e.fact().key() == "evidence.ended_here" ? count_of(e.fact()) : 1;
    if (it == once.end()) {
      once.emplace_back(e, count);
    } else {
      it->second += count;
    }
  }
  culprit.clear_evidence();
  for (auto& [evidence, count] : once) {
    v1::Fact& f = *evidence.mutable_fact();
    if (f.key() == "evidence.ended_here") (*f.mutable_args())["count"] = std::to_string(count);
    for (const auto& [single, counted] : kCounted) {
      if (count < 2 || f.key() != single) continue;
      v1::Fact times = fact(counted, {{"count", std::to_string(count)}});
      times.mutable_args()->insert(f.args().begin(), f.args().end());
      f = std::move(times);
    }
    *culprit.add_evidence() = std::move(evidence);
  }
}

}  // namespace hoplab::journey
