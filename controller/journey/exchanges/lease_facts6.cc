// What is told of a DHCPv6 conversation as a whole (RFC 8415).
#include <algorithm>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/lease_talk.h"
#include "controller/journey/exchanges/lease_talk6.h"

namespace hoplab::journey {
namespace {

using Type = Dhcpv6Message::Type;

std::string or_none(std::string text) { return text.empty() ? "none" : std::move(text); }

std::string option_text(uint16_t code) {
  const char* name = code == 23 ? "name servers" : code == 24 ? "search list" : nullptr;
  return name == nullptr ? "(" + std::to_string(code) + ")"
                         : std::string(name) + " (" + std::to_string(code) + ")";
}

std::string address_of_message(const Dhcpv6Message& m) {
  const auto* address = m.address();
  return address == nullptr ? "" : net::to_string(address->address);
}

class Teller6 {
 public:
  Teller6(Story& story, const LeaseTalk6& talk)
      : story_(story), talk_(talk), client_(story.lab.name(story.lab.client)) {
    for (const LeaseMessage6& m : talk.messages) {
      if (m.is.type == Type::kReply && told(m)) reply_ = &m;
      if (m.server != kNone) server_ = m.server;
    }
    if (reply_ != nullptr && reply_->server != kNone) server_ = reply_->server;
    for (const LeaseMessage6& m : talk.messages) {
      if (address_.empty() || m.is.type == Type::kReply) {
        if (const std::string found = address_of_message(m.is); !found.empty()) address_ = found;
      }
    }
    if (lent()) address_ = net::to_string(lent_address(reply_->is)->address);
  }

  Draft draft() {
    d_.phase = v1::Phase::ADDRESS;
    d_.client = story_.lab.client;
    d_.server = server_;
    d_.name = address_;
    for (const LeaseMessage6& m : talk_.messages) {
      d_.trips.push_back(m.trip);
      const Tuple& tuple = story_.forest.packet(m.trip).tuple;
      say("fact.dhcp_message", {{"message", title_of(m.is)},
                                {"source", endpoint_text(tuple.source)},
                                {"destination", endpoint_text(tuple.destination)}});
      story_.summaries[m.trip] =
          fact("trip.dhcpv6", {{"message", title_of(m.is)}, {"duid", duid_text(m.is.client)}});
    }
    head();
    question();
    relayed();
    for (const LeaseMessage6& m : talk_.messages) answer(m);
    choice();
    outcome();
    return std::move(d_);
  }

 private:
  // It came to the client, from the server or from a relay.
  [[nodiscard]] bool told(const LeaseMessage6& m) const {
    return !m.wrapped() && !is_lost(story_.forest.trips[m.trip].outcome);
  }
  using Arguments = std::initializer_list<std::pair<std::string_view, std::string>>;
  void say(std::string_view key, Arguments arguments = {}) {
    d_.facts.push_back(fact(key, arguments));
  }
  [[nodiscard]] std::string server() const { return story_.lab.name(server_); }
  [[nodiscard]] bool lent() const {
    return reply_ != nullptr && lent_address(reply_->is) != nullptr &&
           reply_->is.refusal() == nullptr;
  }
  [[nodiscard]] int64_t sent(const LeaseMessage6& m) const {
    return story_.forest.trips[m.trip].start;
  }

  void titled(const char* kind, std::string_view key) {
    d_.kind = kind;
    d_.title = fact(key, {{"client", client_}, {"server", server()}, {"address", address_}});
  }
  void head() {
    switch (talk_.kind()) {
      case Type::kRenew:
        return titled("dhcpv6 renewal", "exchange.dhcpv6_renewal");
      case Type::kRebind:
        return titled("dhcpv6 rebinding", "exchange.dhcpv6_rebinding");
      case Type::kConfirm:
        return titled("dhcpv6 confirm", "exchange.dhcpv6_confirm");
      case Type::kRelease:
        return titled("dhcpv6 release", "exchange.dhcpv6_release");
      case Type::kDecline:
        return titled("dhcpv6 decline", "exchange.dhcpv6_decline");
      case Type::kSolicit:
      case Type::kRequest:
        if (lent()) return titled("dhcpv6", "exchange.dhcpv6");
        d_.kind = "dhcpv6";
        d_.title = fact("exchange.dhcpv6_failed", {{"client", client_}});
        return;
      default:
        d_.kind = "dhcpv6 other";
        d_.title = fact("exchange.dhcpv6_other",
                        {{"client", client_}, {"message", dhcpv6_name(talk_.kind())}});
    }
  }

  // What the client asked, and why in this form.
  void question() {
    const LeaseMessage6& first = talk_.messages.front();
    if (first.is.from_server() || first.wrapped()) return;  // its question was not captured
    if (talk_.kind() == Type::kRenew) {
      say("fact.dhcpv6_renewing",
          {{"client", client_}, {"server", server()}, {"address", address_}});
    } else if (talk_.kind() == Type::kRebind) {
      say("fact.dhcpv6_rebinding", {{"client", client_}, {"address", address_}});
    } else if (talk_.kind() == Type::kConfirm) {
      say("fact.dhcpv6_confirm", {{"client", client_}, {"address", address_}});
    } else if (talk_.kind() == Type::kDecline) {
      say("fact.dhcpv6_declined",
          {{"client", client_}, {"server", server()}, {"address", address_}});
    } else {
      say("fact.dhcpv6_group", {{"client", client_}});
    }
    if (talk_.kind() != Type::kSolicit) return;
    waited_before(first);
    say("fact.dhcpv6_duid", {{"client", client_}, {"duid", duid_text(first.is.client)}});
    if (const auto* hint = first.is.address()) {
      say("fact.dhcpv6_suggests",
          {{"client", client_}, {"address", net::to_string(hint->address)}});
    }
    std::string options;
    for (const uint16_t code : first.is.asked_for) append_item(options, option_text(code));
    if (!options.empty()) say("fact.dhcpv6_asked_for", {{"options", options}});
  }

  // From the router's word that addresses are managed to the first question.
  void waited_before(const LeaseMessage6& first) {
    int64_t told_at = 0;
    for (const Draft& d : story_.drafts) {
      if (d.kind != "router advertisement" || d.status != v1::Exchange::OK) continue;
      const int64_t end = story_.forest.trips[d.trips.back()].end;
      if (end <= sent(first)) told_at = end;
    }
    if (told_at == 0) return;
    say("fact.dhcpv6_wait", {{"client", client_}, {"time", duration_text(sent(first) - told_at)}});
  }

  void relayed() {
    for (const LeaseMessage6& m : talk_.messages) {
      if (!m.wrapped() || m.is.from_server()) continue;
      const Dhcpv6Message::Relay& relay = m.is.relays.front();
      const std::string name = story_.lab.name(story_.forest.trips[m.trip].origin);
      const IpAddress& to = story_.forest.packet(m.trip).tuple.destination.address;
      say("fact.dhcpv6_relayed", {{"relay", name}, {"server", story_.lab.name_of_address(to)}});
      say("fact.dhcpv6_relay_link", {{"link", net::to_string(relay.link)},
                                     {"peer", net::to_string(relay.peer)},
                                     {"hops", std::to_string(relay.hops)}});
      if (!relay.interface.empty()) {
        say("fact.dhcpv6_interface_id", {{"relay", name}, {"id", relay.interface}});
      }
      return;
    }
  }

  void answer(const LeaseMessage6& m) {
    if (m.wrapped() || !m.is.from_server()) return;
    const std::string who = story_.lab.name(m.server);
    if (const auto* refusal = m.is.refusal()) {
      say("fact.dhcpv6_refused", {{"server", who},
                                  {"status", dhcpv6_status_name(refusal->code)},
                                  {"message", refusal->message}});
      return;
    }
    if (m.is.type != Type::kAdvertise) return;
    say("fact.dhcpv6_advertised", {{"server", who},
                                   {"address", or_none(address_of_message(m.is))},
                                   {"preference", std::to_string(m.is.preference.value_or(0))}});
    if (m.is.address() == nullptr) return;
    for (v1::Fact& why : why_this_address6(story_, talk_, m.server, m.is.address()->address)) {
      d_.facts.push_back(std::move(why));
    }
  }

  // Which advertisement was taken, and what the others' servers read.
  void choice() {
    const LeaseMessage6* chosen = chosen_advertisement(talk_);
    const auto request = std::ranges::find_if(talk_.messages, [](const LeaseMessage6& m) {
      return m.is.type == Type::kRequest && !m.wrapped();
    });
    if (chosen == nullptr || request == talk_.messages.end()) return;
    const std::string name = story_.lab.name(chosen->server);
    if (chosen->is.preference == 255) {
      say("fact.dhcpv6_preference", {{"client", client_}, {"server", name}});
    } else {
      compared(*chosen, *request, name);
    }
    say("fact.dhcpv6_taken", {{"server", name}, {"duid", duid_text(request->is.server)}});
    for (const NotChosen& other : not_chosen(story_, talk_)) {
      say("fact.dhcpv6_not_taken", {{"server", story_.lab.name(other.server)},
                                    {"address", other.address},
                                    {"chosen", name}});
    }
  }

  void compared(const LeaseMessage6& chosen, const LeaseMessage6& request,
                const std::string& name) {
    say("fact.dhcpv6_collected",
        {{"client", client_},
         {"time", duration_text(sent(request) - sent(talk_.messages.front()))}});
    unsigned others = 0;
    unsigned highest = 0;
    for (const LeaseMessage6& m : talk_.messages) {
      if (m.is.type != Type::kAdvertise || !told(m) || m.is.server == chosen.is.server) continue;
      ++others;
      highest = std::max<unsigned>(highest, m.is.preference.value_or(0));
    }
    if (others == 0) return;
    const unsigned preference = chosen.is.preference.value_or(0);
    if (preference > highest) {
      say("fact.dhcpv6_preferred",
          {{"client", client_}, {"server", name}, {"preference", std::to_string(preference)}});
    } else if (preference == highest) {
      say("fact.dhcpv6_equal",
          {{"client", client_}, {"server", name}, {"preference", std::to_string(preference)}});
    }
  }

  void outcome() {
    if (reply_ == nullptr) {
      d_.status = v1::Exchange::FAILED;
      if (std::ranges::none_of(talk_.messages, [&](const LeaseMessage6& m) {
            return m.is.from_server() && told(m);
          })) {
        say("fact.dhcpv6_silent");
      }
      return;
    }
    if (reply_->is.refusal() != nullptr) d_.status = v1::Exchange::FAILED;
    const uint8_t kind = talk_.kind();
    if (kind == Type::kRelease || kind == Type::kConfirm || kind == Type::kDecline) return;
    withdrawn();
    if (!lent()) {
      if (kind != Type::kInformationRequest) d_.status = v1::Exchange::FAILED;
      return;
    }
    const Dhcpv6Message& m = reply_->is;
    const auto& address = *lent_address(m);
    say("fact.dhcpv6_lease", {{"address", address_},
                              {"server", server()},
                              {"valid", std::to_string(address.valid_seconds)},
                              {"preferred", std::to_string(address.preferred_seconds)}});
    const auto& times = m.associations.front();
    say("fact.dhcpv6_timers", {{"renew", std::to_string(times.renewal_seconds)},
                               {"rebind", std::to_string(times.rebinding_seconds)}});
    std::string servers;
    for (const auto& each : m.name_servers) append_item(servers, net::to_string(each));
    std::string search;
    for (const auto& domain : m.search) append_item(search, domain);
    say("fact.dhcpv6_options", {{"name_servers", or_none(servers)}, {"search", or_none(search)}});
  }

  // Addresses that are told with no time left.
  void withdrawn() {
    for (const auto& association : reply_->is.associations) {
      for (const auto& address : association.addresses) {
        if (address.valid_seconds != 0 || address.status) continue;
        say("fact.dhcpv6_withdrawn",
            {{"server", server()}, {"address", net::to_string(address.address)}});
      }
    }
  }

  Story& story_;
  const LeaseTalk6& talk_;
  const std::string client_;
  const LeaseMessage6* reply_ = nullptr;
  uint32_t server_ = kNone;
  std::string address_;
  Draft d_;
};

}  // namespace

Draft tell_talk6(Story& story, const LeaseTalk6& talk) { return Teller6(story, talk).draft(); }

}  // namespace hoplab::journey
