#include "controller/fault/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <utility>

#include "controller/fault/duration.h"
#include "controller/fault/effects.h"
#include "controller/fault/kinds.h"

namespace hoplab::fault {
namespace {

std::string micro(uint32_t us) { return format_duration(std::chrono::microseconds{us}); }

v1::Fact said(const char* key,
              std::initializer_list<std::pair<const char*, std::string>> args = {}) {
  v1::Fact f;
  f.set_key(key);
  for (const auto& [name, value] : args) (*f.mutable_args())[name] = value;
  return f;
}

std::string in_english(const v1::Fact& fact) {
  const auto found = std::ranges::find(kEffects, fact.key(), &Effect::key);
  std::string text(found == kEffects.end() ? fact.key() : found->english);
  for (const auto& [name, value] : fact.args()) {
    const std::string place = "{" + name + "}";
    if (const size_t at = text.find(place); at != std::string::npos) {
      text.replace(at, place.size(), value);
    }
  }
  return text;
}

v1::Fact effect(const v1::Fault& fault) {
  switch (fault.kind_case()) {
    case v1::Fault::kLinkDown:
      return said("fault.link_down");
    case v1::Fault::kLinkLoss: {
      const auto& loss = fault.link_loss();
      const std::string percent = fmt::format("{}", loss.percent());
      if (loss.seed() == 0) return said("fault.link_loss", {{"percent", percent}});
      return said("fault.link_loss_seeded",
                  {{"percent", percent}, {"seed", std::to_string(loss.seed())}});
    }
    case v1::Fault::kLinkDelay: {
      const auto& delay = fault.link_delay();
      const std::string held = micro(delay.delay_us());
      if (delay.jitter_us() == 0) return said("fault.link_delay", {{"delay", held}});
      return said("fault.link_delay_jitter",
                  {{"delay", held}, {"jitter", micro(delay.jitter_us())}});
    }
    case v1::Fault::kNodeStopped:
      return said("fault.node_stopped");
    case v1::Fault::kDaemonKilled: {
      const std::string& daemon = fault.daemon_killed().daemon();
      return daemon.empty() ? said("fault.main_daemon_killed")
                            : said("fault.daemon_killed", {{"daemon", daemon}});
    }
    case v1::Fault::kDnsServfail: {
      const std::string& zone = fault.dns_servfail().zone();
      return zone.empty() ? said("fault.dns_servfail_all")
                          : said("fault.dns_servfail", {{"zone", zone}});
    }
    case v1::Fault::kBgpSessionDown: {
      const auto& session = fault.bgp_session_down();
      return session.neighbor().empty()
                 ? said("fault.bgp_down_all", {{"peer", session.neighbor_node()}})
                 : said("fault.bgp_down", {{"peer", session.neighbor()}});
    }
    case v1::Fault::kWebStatus:
      return said("fault.web_status", {{"status", std::to_string(fault.web_status().status())}});
    case v1::Fault::KIND_NOT_SET:
      break;
  }
  return said("fault.no_kind");
}

}  // namespace

std::string kind_word(const v1::Fault& fault) {
  const Kind* kind = find_kind(fault.kind_case());
  return std::string{kind == nullptr ? "unknown" : kind->word};
}

std::string place(const v1::Fault& fault) {
  switch (fault.kind_case()) {
    case v1::Fault::kLinkDown:
      return fmt::format("{}:{}", fault.node(), fault.link_down().interface());
    case v1::Fault::kLinkLoss:
      return fmt::format("{}:{}", fault.node(), fault.link_loss().interface());
    case v1::Fault::kLinkDelay:
      return fmt::format("{}:{}", fault.node(), fault.link_delay().interface());
    case v1::Fault::kBgpSessionDown:
      return fmt::format("{} ⇄ {}", fault.node(), fault.bgp_session_down().neighbor_node());
    default:
      return fault.node();
  }
}

v1::Fact fact_of(const v1::Fault& fault) {
  v1::Fact what = effect(fault);
  v1::Fact whole =
      said("fault.described",
           {{"kind", kind_word(fault)}, {"place", place(fault)}, {"effect", in_english(what)}});
  (*whole.mutable_said())["effect"] = std::move(what);
  return whole;
}

std::string describe(const v1::Fault& fault) { return in_english(fact_of(fault)); }

}  // namespace hoplab::fault
