// What is told of a DHCP transaction as a whole (RFC 2131).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/lease_talk.h"

namespace hoplab::journey {
namespace {

using Kind = LeaseTalk::Kind;

std::string joined(const std::vector<uint32_t>& addresses) {
  std::string text;
  for (const uint32_t a : addresses) append_item(text, address_text(a));
  return text.empty() ? "none" : text;
}

std::string lease_text(const DhcpMessage& m) {
  return m.prefix_length == 0 ? address_text(m.your_address)
                              : fmt::format("{}/{}", address_text(m.your_address), m.prefix_length);
}

std::string or_none(uint32_t address) { return address == 0 ? "none" : address_text(address); }

std::string end_text(const Endpoint& e) {
  return fmt::format("{}:{}", address_text(e.address), e.port);
}

// Names of RFC 2132 for what clients use to ask for; a number for any other.
std::string option_text(uint8_t code) {
  struct Name {
    uint8_t code;
    const char* name;
  };
  static constexpr std::array kNames = {
      Name{1, "subnet mask"},   Name{3, "router"},         Name{6, "name servers"},
      Name{12, "host name"},    Name{15, "domain"},        Name{26, "MTU"},
      Name{28, "broadcast"},    Name{42, "NTP servers"},   Name{51, "lease time"},
      Name{119, "search list"}, Name{121, "static routes"}};
  const auto* found = std::ranges::find(kNames, code, &Name::code);
  return found == kNames.end() ? fmt::format("({})", code)
                               : fmt::format("{} ({})", found->name, code);
}

class Teller {
 public:
  Teller(const Story& story, const LeaseTalk& talk)
      : story_(story),
        talk_(talk),
        client_(story.lab.name(story.lab.client)),
        server_(story.lab.name(talk.server)) {}

  Draft draft() {
    d_.phase = v1::Phase::ADDRESS;
    d_.client = story_.lab.client;
    d_.server = talk_.server;
    for (const LeaseMessage& message : talk_.messages) {
      d_.trips.push_back(message.trip);
      const Tuple& tuple = story_.forest.packet(message.trip).tuple;
      tell("fact.dhcp_message", {{"message", dhcp_title(message.is)},
                                 {"source", end_text(tuple.source)},
                                 {"destination", end_text(tuple.destination)}});
    }
    head();
    if (talk_.kind == Kind::kRelease) return std::move(d_);
    question();
    relayed();
    offers();
    outcome();
    return std::move(d_);
  }

 private:
  using Arguments = std::initializer_list<std::pair<std::string_view, std::string>>;
  void tell(std::string_view key, Arguments arguments = {}) {
    d_.facts.push_back(fact(key, arguments));
  }

  // Kind and title.
  void head() {
    const std::string address =
        talk_.acknowledged ? lease_text(talk_.ack) : address_text(talk_.suggested);
    d_.name = address;
    const auto titled = [&](const char* kind, std::string_view title) {
      d_.kind = kind;
      d_.title = fact(title, {{"client", client_}, {"server", server_}, {"address", address}});
    };
    switch (talk_.kind) {
      case Kind::kRelease:
        d_.kind = "dhcp release";
        d_.name = address_text(talk_.messages.front().is.client_address);
        d_.title = fact("exchange.release", {{"client", client_}, {"address", d_.name}});
        return;
      case Kind::kInform:
        d_.kind = "dhcp inform";
        d_.title = fact("exchange.dhcp", {{"client", client_}, {"message", "INFORM"}});
        return;
      case Kind::kRenewal:
        titled("dhcp renewal", "exchange.dhcp_renewal");
        return;
      case Kind::kRebinding:
        titled("dhcp rebinding", "exchange.dhcp_rebinding");
        return;
      case Kind::kReboot:
        titled("dhcp reboot", "exchange.dhcp_reboot");
        return;
      case Kind::kBootp:
        d_.kind = "bootp";
        break;
      case Kind::kDora:
        d_.kind = "dora";
        break;
    }
    if (!talk_.acknowledged) {
      d_.title = fact("exchange.dora_failed", {{"client", client_}});
    } else {
      titled(d_.kind == "bootp" ? "bootp" : "dora",
             d_.kind == "bootp" ? "exchange.bootp" : "exchange.dora");
    }
  }

  // What the client asked, and why in this form.
  void question() {
    const DhcpMessage& first = talk_.messages.front().is;
    const std::string address = address_text(talk_.suggested);
    switch (talk_.kind) {
      case Kind::kRenewal:
        tell("fact.dhcp_renewing",
             {{"client", client_}, {"server", server_}, {"address", address}});
        return;
      case Kind::kRebinding:
        tell("fact.dhcp_rebinding", {{"client", client_}, {"address", address}});
        return;
      case Kind::kReboot:
        tell("fact.dhcp_reboot", {{"client", client_}, {"address", address}});
        break;
      case Kind::kBootp:
        tell("fact.bootp", {{"client", client_}});
        break;
      default:
        break;
    }
    if (first.reply) return;  // its question was not captured
    tell(first.broadcast ? "fact.dhcp_broadcast_flag" : "fact.dhcp_unicast_flag");
    if (talk_.kind == Kind::kDora && talk_.suggested != 0) {
      tell("fact.dhcp_suggests", {{"client", client_}, {"address", address}});
    }
    if (first.asked_for.empty()) return;
    std::string options;
    for (const uint8_t code : first.asked_for) append_item(options, option_text(code));
    tell("fact.dhcp_asked_for", {{"options", options}});
  }

  void relayed() {
    for (const LeaseMessage& message : talk_.messages) {
      if (message.relay == kNone || message.is.reply) continue;
      const IpAddress& to = story_.forest.packet(message.trip).tuple.destination.address;
      tell("fact.dhcp_relayed", {{"relay", story_.lab.name(message.relay)},
                                 {"server", story_.lab.name_of_address(to)},
                                 {"giaddr", address_text(message.is.relay)}});
      return;
    }
  }

  void offers() {
    for (const LeaseOffer& offer : talk_.offers) {
      tell("fact.dhcp_offer",
           {{"server", story_.lab.name(offer.server)}, {"address", address_text(offer.address)}});
      v1::Fact why = why_this_address(story_, talk_, offer.server, offer.address);
      if (!why.key().empty()) d_.facts.push_back(std::move(why));
    }
    if (talk_.chosen == 0 || talk_.offers.empty()) return;
    const std::string chosen = story_.lab.name_of_address(net::Ipv4{talk_.chosen});
    tell("fact.dhcp_taken",
         {{"client", client_}, {"server", chosen}, {"identifier", address_text(talk_.chosen)}});
    for (const LeaseOffer& offer : withdrawn(story_, talk_)) {
      tell("fact.dhcp_withdrawn", {{"server", story_.lab.name(offer.server)},
                                   {"address", address_text(offer.address)},
                                   {"chosen", chosen}});
    }
  }

  void outcome() {
    if (!talk_.acknowledged) {
      d_.status = v1::Exchange::FAILED;
      if (talk_.refused) {
        tell("fact.dhcp_nak", {{"server", server_}});
      } else {
        tell("fact.dhcp_silent");
      }
      return;
    }
    const DhcpMessage& ack = talk_.ack;
    const bool endless = talk_.kind == Kind::kBootp || ack.lease_seconds == 0xffffffffU;
    const std::string seconds = std::to_string(ack.lease_seconds);
    // An ACK of INFORM gives no address, only options (RFC 2131, section 4.3.5).
    if (talk_.kind != Kind::kInform) {
      tell(endless ? "fact.lease_for_good" : "fact.lease",
           {{"address", lease_text(ack)},
            {"router", or_none(ack.router)},
            {"name_servers", joined(ack.name_servers)},
            {"server", server_}});
      if (!endless) (*d_.facts.back().mutable_args())["seconds"] = seconds;
    }
    tell("fact.dhcp_options",
         {{"length", ack.prefix_length == 0 ? "none" : fmt::format("/{}", ack.prefix_length)},
          {"router", or_none(ack.router)},
          {"name_servers", joined(ack.name_servers)},
          {"domain", ack.domain.empty() ? "none" : ack.domain}});
    if (endless || talk_.kind == Kind::kInform) return;
    // What is not told is a half and seven eighths of the lease.
    const uint32_t t1 = ack.renewal_seconds != 0 ? ack.renewal_seconds : ack.lease_seconds / 2;
    const uint32_t t2 =
        ack.rebinding_seconds != 0
            ? ack.rebinding_seconds
            : static_cast<uint32_t>(static_cast<uint64_t>(ack.lease_seconds) * 7 / 8);
    tell("fact.dhcp_timers",
         {{"renew", std::to_string(t1)}, {"rebind", std::to_string(t2)}, {"lease", seconds}});
  }

  const Story& story_;
  const LeaseTalk& talk_;
  const std::string client_;
  const std::string server_;
  Draft d_;
};

}  // namespace

Draft tell_talk(const Story& story, const LeaseTalk& talk) { return Teller(story, talk).draft(); }

}  // namespace hoplab::journey
