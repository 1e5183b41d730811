#include "controller/fault/describe.h"

#include <fmt/format.h>

#include <chrono>

#include "controller/fault/duration.h"
#include "controller/fault/kinds.h"

namespace hoplab::fault {
namespace {

std::string micro(uint32_t us) { return format_duration(std::chrono::microseconds{us}); }

std::string effect(const v1::Fault& fault) {
  switch (fault.kind_case()) {
    case v1::Fault::kLinkDown:
      return "the interface is down";
    case v1::Fault::kLinkLoss: {
      const auto& loss = fault.link_loss();
      const std::string seed = loss.seed() == 0 ? "" : fmt::format(" (seed {})", loss.seed());
      return fmt::format("{} % of the frames that leave are lost{}", loss.percent(), seed);
    }
    case v1::Fault::kLinkDelay: {
      const auto& delay = fault.link_delay();
      const std::string jitter =
          delay.jitter_us() == 0 ? "" : fmt::format(" ± {}", micro(delay.jitter_us()));
      return fmt::format("frames that leave are held for {}{}", micro(delay.delay_us()), jitter);
    }
    case v1::Fault::kNodeStopped:
      return "the container is stopped";
    case v1::Fault::kDaemonKilled: {
      const std::string& daemon = fault.daemon_killed().daemon();
      return fmt::format("{} is killed and kept down", daemon.empty() ? "the main daemon" : daemon);
    }
    case v1::Fault::kDnsServfail: {
      const std::string& zone = fault.dns_servfail().zone();
      return fmt::format("{} answered SERVFAIL", zone.empty()
                                                     ? "every question is"
                                                     : fmt::format("questions for {} are", zone));
    }
    case v1::Fault::kBgpSessionDown:
      if (fault.bgp_session_down().neighbor().empty()) {
        return fmt::format("every BGP session with {} is shut down",
                           fault.bgp_session_down().neighbor_node());
      }
      return fmt::format("the BGP session with {} is shut down",
                         fault.bgp_session_down().neighbor());
    case v1::Fault::kWebStatus:
      return fmt::format("every request is answered {}", fault.web_status().status());
    case v1::Fault::KIND_NOT_SET:
      break;
  }
  return "no kind is set";
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

std::string describe(const v1::Fault& fault) {
  return fmt::format("{} on {}: {}", kind_word(fault), place(fault), effect(fault));
}

}  // namespace hoplab::fault
