// DHCPv6 (RFC 8415): SOLICIT and ADVERTISE, REQUEST and REPLY are one exchange; what is renewed,
// given back or confirmed is one of its own.
#include <algorithm>

#include "controller/journey/decode/dhcpv6.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/exchanges/lease_talk.h"

namespace hoplab::journey {
namespace {

using Type = Dhcpv6Message::Type;

struct Message6 {
  uint32_t trip = kNone;
  Dhcpv6Message is;
};

struct Talk6 {
  std::vector<Message6> messages;  // in time order
  [[nodiscard]] uint8_t kind() const { return messages.front().is.type; }
};

std::string or_none(std::string text) { return text.empty() ? "none" : std::move(text); }

std::string end_text(const Endpoint& e) { return endpoint_text(e); }

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
  Teller6(Story& story, const Talk6& talk)
      : story_(story), talk_(talk), client_(story.lab.name(story.lab.client)) {
    for (const Message6& m : talk.messages) {
      if (m.is.type == Type::kReply && arrived(m)) reply_ = &m;
      if (m.is.from_server()) server_ = story.forest.trips[m.trip].origin;
    }
    for (const Message6& m : talk.messages) {
      if (address_.empty() || m.is.type == Type::kReply) {
        if (const std::string found = address_of_message(m.is); !found.empty()) address_ = found;
      }
    }
  }

  void tell() {
    d_.phase = v1::Phase::ADDRESS;
    d_.client = story_.lab.client;
    d_.server = server_;
    d_.name = address_;
    for (const Message6& m : talk_.messages) {
      d_.trips.push_back(m.trip);
      const Tuple& tuple = story_.forest.packet(m.trip).tuple;
      say("fact.dhcp_message", {{"message", dhcpv6_name(m.is.type)},
                                {"source", end_text(tuple.source)},
                                {"destination", end_text(tuple.destination)}});
      story_.summaries[m.trip] = fact(
          "trip.dhcpv6", {{"message", dhcpv6_name(m.is.type)}, {"duid", duid_text(m.is.client)}});
    }
    head();
    question();
    for (const Message6& m : talk_.messages) answer(m);
    outcome();
    story_.add(std::move(d_));
  }

 private:
  [[nodiscard]] bool arrived(const Message6& m) const {
    return !is_lost(story_.forest.trips[m.trip].outcome);
  }
  using Arguments = std::initializer_list<std::pair<std::string_view, std::string>>;
  void say(std::string_view key, Arguments arguments = {}) {
    d_.facts.push_back(fact(key, arguments));
  }
  [[nodiscard]] std::string server() const { return story_.lab.name(server_); }
  [[nodiscard]] bool lent() const {
    return reply_ != nullptr && reply_->is.address() != nullptr && reply_->is.refusal() == nullptr;
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
    const Dhcpv6Message& first = talk_.messages.front().is;
    if (first.from_server()) return;  // its question was not captured
    if (talk_.kind() == Type::kRenew) {
      say("fact.dhcpv6_renewing",
          {{"client", client_}, {"server", server()}, {"address", address_}});
    } else if (talk_.kind() == Type::kRebind) {
      say("fact.dhcpv6_rebinding", {{"client", client_}, {"address", address_}});
    } else if (talk_.kind() == Type::kConfirm) {
      say("fact.dhcpv6_confirm", {{"client", client_}, {"address", address_}});
    } else {
      say("fact.dhcpv6_group", {{"client", client_}});
    }
    if (talk_.kind() != Type::kSolicit) return;
    say("fact.dhcpv6_duid", {{"client", client_}, {"duid", duid_text(first.client)}});
    std::string options;
    for (const uint16_t code : first.asked_for) append_item(options, option_text(code));
    if (!options.empty()) say("fact.dhcpv6_asked_for", {{"options", options}});
  }

  void answer(const Message6& m) {
    const std::string who = story_.lab.name(story_.forest.trips[m.trip].origin);
    if (m.is.from_server() && m.is.refusal() != nullptr) {
      say("fact.dhcpv6_refused", {{"server", who},
                                  {"status", dhcpv6_status_name(m.is.refusal()->code)},
                                  {"message", m.is.refusal()->message}});
    } else if (m.is.type == Type::kAdvertise) {
      const unsigned preference = m.is.preference.value_or(0);
      say("fact.dhcpv6_advertised", {{"server", who},
                                     {"address", or_none(address_of_message(m.is))},
                                     {"preference", std::to_string(preference)}});
      if (preference == 255 && arrived(m)) {
        say("fact.dhcpv6_preference", {{"client", client_}, {"server", who}});
      }
    } else if (m.is.type == Type::kRequest && talk_.kind() == Type::kSolicit) {
      say("fact.dhcpv6_taken", {{"server", server()}, {"duid", duid_text(m.is.server)}});
    }
    decide(m);
  }

  void outcome() {
    if (reply_ == nullptr) {
      d_.status = v1::Exchange::FAILED;
      if (std::ranges::none_of(talk_.messages, [&](const Message6& m) {
            return m.is.from_server() && arrived(m);
          })) {
        say("fact.dhcpv6_silent");
      }
      return;
    }
    if (reply_->is.refusal() != nullptr) d_.status = v1::Exchange::FAILED;
    const uint8_t kind = talk_.kind();
    if (kind == Type::kRelease || kind == Type::kConfirm || kind == Type::kDecline) return;
    if (!lent()) {
      if (kind != Type::kInformationRequest) d_.status = v1::Exchange::FAILED;
      return;
    }
    const Dhcpv6Message& m = reply_->is;
    say("fact.dhcpv6_lease", {{"address", address_},
                              {"server", server()},
                              {"valid", std::to_string(m.address()->valid_seconds)},
                              {"preferred", std::to_string(m.address()->preferred_seconds)}});
    const auto& times = m.associations.front();
    say("fact.dhcpv6_timers", {{"renew", std::to_string(times.renewal_seconds)},
                               {"rebind", std::to_string(times.rebinding_seconds)}});
    std::string servers;
    for (const auto& each : m.name_servers) append_item(servers, net::to_string(each));
    std::string search;
    for (const auto& domain : m.search) append_item(search, domain);
    say("fact.dhcpv6_options", {{"name_servers", or_none(servers)}, {"search", or_none(search)}});
  }

  // What the server did about it, at its hop.
  void decide(const Message6& m) {
    if (m.is.from_server() || server_ == kNone) return;
    const uint32_t frame = arrival_at(story_, m.trip, server_);
    if (frame == kNone) return;
    const auto next = std::ranges::find_if(talk_.messages, [&](const Message6& other) {
      return other.is.from_server() && other.is.xid == m.is.xid;
    });
    if (next == talk_.messages.end() || next->is.refusal() != nullptr) return;
    const std::string address = address_of_message(next->is);
    v1::Fact result;
    if (m.is.type == Type::kRelease) {
      result = fact("dhcpv6.taken_back", {{"address", address_}});
    } else if (address.empty()) {
      return;
    } else if (next->is.type == Type::kAdvertise) {
      result = fact("dhcpv6.advertised", {{"address", address}});
    } else {
      result = fact(
          "dhcpv6.lent",
          {{"address", address}, {"seconds", std::to_string(next->is.address()->valid_seconds)}});
    }
    story_.decide(frame, explain(fact("dhcpv6.asked", {{"duid", duid_text(m.is.client)},
                                                       {"message", dhcpv6_name(m.is.type)}}),
                                 std::move(result)));
  }

  Story& story_;
  const Talk6& talk_;
  const std::string client_;
  const Message6* reply_ = nullptr;
  uint32_t server_ = kNone;
  std::string address_;
  Draft d_;
};

bool is_of_client(const Story& story, const Dhcpv6Message& m, const TripTree& trip) {
  if (trip.origin == story.lab.client) return true;
  if (!m.from_server()) return false;
  return story.lab.client != kNone && (story.lab.owner_of_mac(m.client.mac) == story.lab.client ||
                                       trip.destination == story.lab.client);
}

}  // namespace

void find_leases6(Story& story, const std::vector<uint32_t>& dhcpv6_trips) {
  std::vector<Talk6> talks;
  for (const uint32_t t : dhcpv6_trips) {
    TripTree& trip = story.forest.trips[t];
    auto message = decode_dhcpv6(story.forest.packet(t).payload_bytes());
    if (!message) continue;
    if (!is_of_client(story, *message, trip)) {
      trip.background = "background.dhcp";
      continue;
    }
    const auto known = std::find_if(talks.rbegin(), talks.rend(), [&](const Talk6& talk) {
      return talk.messages.back().is.xid == message->xid;
    });
    size_t number = static_cast<size_t>(std::distance(known, talks.rend())) - 1;
    // A REQUEST has a transaction id of its own, and goes on with what was advertised.
    const bool goes_on = message->type == Type::kRequest && !talks.empty() &&
                         talks.back().kind() == Type::kSolicit &&
                         talks.back().messages.back().is.type == Type::kAdvertise;
    if (known == talks.rend()) {
      if (!goes_on) talks.emplace_back();
      number = talks.size() - 1;
    }
    talks[number].messages.push_back({t, std::move(*message)});
  }
  for (const Talk6& talk : talks) Teller6(story, talk).tell();
}

}  // namespace hoplab::journey
