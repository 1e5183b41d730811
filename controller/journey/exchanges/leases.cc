// DHCP: messages with one transaction id are one exchange.
#include <algorithm>
#include <map>

#include "controller/journey/decode/info.h"
#include "controller/journey/exchanges/lease_talk.h"

namespace hoplab::journey {
namespace {

using Kind = LeaseTalk::Kind;

// By its first message (RFC 2131, section 4.3.2), a REQUEST by what it carries.
Kind kind_of(const LeaseMessage& first) {
  const DhcpMessage& m = first.is;
  switch (m.type) {
    case DhcpMessage::kBootp:
      return Kind::kBootp;
    case DhcpMessage::kRelease:
      return Kind::kRelease;
    case DhcpMessage::kInform:
      return Kind::kInform;
    case DhcpMessage::kRequest:
      if (m.client_address != 0) return first.to_all ? Kind::kRebinding : Kind::kRenewal;
      return m.server == 0 ? Kind::kReboot : Kind::kDora;
    default:
      return Kind::kDora;
  }
}

void read_answer(const Story& story, LeaseTalk& talk, const LeaseMessage& message) {
  const DhcpMessage& m = message.is;
  if (is_lost(story.forest.trips[message.trip].outcome)) return;  // the client never had it
  // A BOOTP server need not name itself.
  const uint32_t server = m.server != 0 ? story.lab.owner(net::Ipv4{m.server}) : message.sender;
  if (m.type == DhcpMessage::kOffer) {
    const bool known = std::ranges::any_of(
        talk.offers, [&](const LeaseOffer& o) { return o.server_address == m.server; });
    if (!known) talk.offers.push_back({server, m.server, m.your_address, message.trip});
  } else if (m.type == DhcpMessage::kNak) {
    talk.refused = true;
    if (talk.server == kNone) talk.server = server;
  } else if (m.type == DhcpMessage::kAck || (m.type == DhcpMessage::kBootp && m.reply)) {
    talk.acknowledged = true;
    talk.refused = false;
    talk.ack = m;
    talk.server = server;
  }
}

// What the packet is in the lab: who sent it, and whether a relay has to do with it.
LeaseMessage place(const Story& story, uint32_t t, DhcpMessage is) {
  const TripTree& trip = story.forest.trips[t];
  LeaseMessage message{.trip = t, .is = std::move(is), .sender = trip.origin};
  const Packet& p = story.forest.packet(t);
  message.to_all = p.tuple.destination.address == net::Ipv4{0xffffffffU};
  // Between relay and server both sides use port 67.
  if (message.is.relay != 0 && p.tuple.source.port == 67 && p.tuple.destination.port == 67) {
    message.relay = story.lab.owner(net::Ipv4{message.is.relay});
  }
  return message;
}

bool is_answered(const LeaseTalk& talk) {
  return std::ranges::any_of(talk.messages, [](const LeaseMessage& m) {
    return m.is.type == DhcpMessage::kAck || m.is.type == DhcpMessage::kNak ||
           (m.is.type == DhcpMessage::kBootp && m.is.reply);
  });
}

}  // namespace

void tell_ends(const Story& story, std::string_view protocol, std::initializer_list<LeaseEnd> ends,
               std::vector<Draft>& drafts) {
  if (story.lab.client == kNone || story.lab.nodes[story.lab.client].capture == nullptr) return;
  for (const v1::DaemonEvent& event : story.lab.nodes[story.lab.client].capture->events()) {
    const auto end = std::ranges::find_if(ends, [&](const LeaseEnd& e) {
      return event.has_lease() && event.lease().reason() == e.reason;
    });
    if (end == ends.end()) continue;
    // The last that asked in vain to go on with it.
    const auto it = std::find_if(drafts.rbegin(), drafts.rend(), [&](const Draft& d) {
      return d.status == v1::Exchange::FAILED && d.kind.starts_with(protocol) &&
             (d.kind.ends_with(" renewal") || d.kind.ends_with(" rebinding"));
    });
    if (it == drafts.rend()) continue;
    it->facts.push_back(fact(end->key, {{"client", story.lab.name(story.lab.client)},
                                        {"address", event.lease().address()}}));
  }
}

void read_talk(const Story& story, LeaseTalk& talk) {
  talk.kind = kind_of(talk.messages.front());
  for (const LeaseMessage& message : talk.messages) {
    const DhcpMessage& m = message.is;
    if (m.reply) {
      read_answer(story, talk, message);
      continue;
    }
    if (m.type == DhcpMessage::kDiscover || talk.kind == Kind::kReboot) {
      talk.suggested = m.requested;
    }
    if (m.type == DhcpMessage::kRequest && m.server != 0) talk.chosen = m.server;
    if (m.client_address != 0) talk.suggested = m.client_address;
    if (talk.kind == Kind::kRenewal && message.to_all) talk.kind = Kind::kRebinding;
    if (m.server != 0 && talk.server == kNone) talk.server = story.lab.owner(net::Ipv4{m.server});
    if (talk.kind == Kind::kRenewal && talk.server == kNone) {
      talk.server = story.lab.owner(story.forest.packet(message.trip).tuple.destination.address);
    }
  }
  // As the client got them: one that was sent earlier may come later.
  std::ranges::stable_sort(
      talk.offers, {}, [&](const LeaseOffer& offer) { return story.forest.trips[offer.trip].end; });
}

void find_leases(Story& story, const std::vector<uint32_t>& dhcp_trips) {
  std::vector<uint64_t> macs;
  if (story.lab.client != kNone) {
    for (const uint32_t i : story.lab.nodes[story.lab.client].interfaces) {
      macs.push_back(story.lab.interfaces[i].mac);
    }
  }
  std::vector<LeaseTalk> talks;
  std::map<uint32_t, size_t> by_xid;
  for (const uint32_t t : dhcp_trips) {
    auto message = decode_dhcp(story.forest.packet(t).payload_bytes());
    const bool ours = message && std::ranges::find(macs, message->client_mac) != macs.end();
    if (!ours) {
      if (message) story.forest.trips[t].background = "background.dhcp";
      continue;
    }
    const auto [it, added] = by_xid.try_emplace(message->xid, talks.size());
    // dhclient keeps its transaction id from one renewal to the next.
    const bool again = !added && !message->reply && is_answered(talks[it->second]);
    if (again) it->second = talks.size();
    if (added || again) talks.emplace_back().mac = message->client_mac;
    LeaseTalk& talk = talks[it->second];
    const bool bootp = message->type == DhcpMessage::kBootp;
    story.summaries[t] =
        fact(bootp ? "trip.bootp" : "trip.dhcp",
             {{"message", dhcp_title(*message)}, {"mac", mac_text(message->client_mac)}});
    talk.messages.push_back(place(story, t, std::move(*message)));
    const LeaseMessage& last = talk.messages.back();
    if (last.is.type == DhcpMessage::kAck && last.relay == kNone) {
      story.forest.trips[t].destination = story.lab.client;
    }
  }
  std::vector<Draft> drafts;
  for (LeaseTalk& talk : talks) {
    read_talk(story, talk);
    decide_talk(story, talk);
    drafts.push_back(tell_talk(story, talk));
  }
  tell_ends(story, "dhcp", {{"EXPIRE", "fact.dhcp_expired"}}, drafts);
  for (Draft& d : drafts) story.add(std::move(d));
}

}  // namespace hoplab::journey
