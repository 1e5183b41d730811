// What each fault does, as sentences: `fault list` says them in English, reports in the reader's
// language. Part of the catalogues of controller/report.
#pragma once

#include <array>
#include <string_view>

namespace hoplab::fault {

struct Effect {
  std::string_view key;
  std::string_view english;  // {name} is replaced
};

// clang-format off
inline constexpr auto kEffects = std::to_array<Effect>({
    {"fault.described", "{kind} on {place}: {effect}"},
    {"fault.link_down", "the interface is down"},
    {"fault.link_loss", "{percent} % of the frames that leave are lost"},
    {"fault.link_loss_seeded", "{percent} % of the frames that leave are lost (seed {seed})"},
    {"fault.link_delay", "frames that leave are held for {delay}"},
    {"fault.link_delay_jitter", "frames that leave are held for {delay} ± {jitter}"},
    {"fault.node_stopped", "the container is stopped"},
    {"fault.daemon_killed", "{daemon} is killed and kept down"},
    {"fault.main_daemon_killed", "the main daemon is killed and kept down"},
    {"fault.dns_servfail", "questions for {zone} are answered SERVFAIL"},
    {"fault.dns_servfail_all", "every question is answered SERVFAIL"},
    {"fault.bgp_down", "the BGP session with {peer} is shut down"},
    {"fault.bgp_down_all", "every BGP session with {peer} is shut down"},
    {"fault.web_status", "every request is answered {status}"},
    {"fault.no_kind", "no kind is set"},
});
// clang-format on

}  // namespace hoplab::fault
