// DHCP: messages with one transaction id are one exchange.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "controller/journey/decode/dhcp.h"
#include "controller/journey/decode/info.h"
#include "controller/journey/decode/listing.h"
#include "controller/journey/exchanges/exchanges.h"

namespace hoplab::journey {
namespace {

struct Transaction {
  Draft draft;
  bool release = false;
  bool refused = false;
  bool acknowledged = false;
  DhcpMessage ack;
  uint32_t released = 0;
};

std::string joined(const std::vector<uint32_t>& addresses) {
  std::string text;
  for (const uint32_t a : addresses) append_item(text, address_text(a));
  return text.empty() ? "none" : text;
}

std::string lease_text(const DhcpMessage& m) {
  return m.prefix_length == 0 ? address_text(m.your_address)
                              : fmt::format("{}/{}", address_text(m.your_address), m.prefix_length);
}

void read_message(Story& story, Transaction& x, uint32_t t, const DhcpMessage& m) {
  const TripTree& trip = story.forest.trips[t];
  x.draft.trips.push_back(t);
  x.draft.facts.push_back(fact("fact.dhcp_message", {{"message", dhcp_name(m.type)}}));
  const std::string mac = mac_text(m.client_mac);
  story.summaries[t] = fact("trip.dhcp", {{"message", dhcp_name(m.type)}, {"mac", mac}});
  switch (m.type) {
    case DhcpMessage::kRelease:
      x.release = true;
      x.released = m.client_address;
      break;
    case DhcpMessage::kOffer:
      story.decide(trip.root,
                   explain({}, fact("dhcp.offered",
                                    {{"address", address_text(m.your_address)}, {"mac", mac}})));
      break;
    case DhcpMessage::kAck:
      x.acknowledged = true;
      x.refused = false;
      x.ack = m;
      if (story.lab.client != kNone) story.forest.trips[t].destination = story.lab.client;
      story.decide(trip.root, explain({}, fact("dhcp.lease_given",
                                               {{"address", address_text(m.your_address)},
                                                {"mac", mac},
                                                {"seconds", std::to_string(m.lease_seconds)}})));
      break;
    case DhcpMessage::kNak:
      x.refused = true;
      story.decide(trip.root, explain({}, fact("dhcp.refused", {{"mac", mac}})));
      break;
    default:
      break;
  }
  if (m.server != 0 && x.draft.server == kNone) x.draft.server = story.lab.owner(m.server);
}

void finish(Story& story, Transaction& x) {
  Draft& d = x.draft;
  const std::string client = story.lab.name(d.client);
  const std::string server = story.lab.name(d.server);
  if (x.release) {
    d.kind = "dhcp release";
    d.title = fact("exchange.release", {{"client", client}, {"address", address_text(x.released)}});
    d.name = address_text(x.released);
  } else if (x.acknowledged) {
    d.kind = "dora";
    d.name = lease_text(x.ack);
    d.title = fact("exchange.dora", {{"client", client}, {"server", server}, {"address", d.name}});
    d.facts.push_back(
        fact("fact.lease", {{"address", d.name},
                            {"router", x.ack.router == 0 ? "none" : address_text(x.ack.router)},
                            {"name_servers", joined(x.ack.name_servers)},
                            {"seconds", std::to_string(x.ack.lease_seconds)},
                            {"server", server}}));
  } else {
    d.kind = "dora";
    d.status = v1::Exchange::FAILED;
    d.title = fact("exchange.dora_failed", {{"client", client}});
    d.facts.push_back(x.refused ? fact("fact.dhcp_nak", {{"server", server}})
                                : fact("fact.dhcp_silent"));
  }
  story.add(std::move(d));
}

}  // namespace

void find_leases(Story& story, const std::vector<uint32_t>& dhcp_trips) {
  std::vector<uint64_t> macs;
  if (story.lab.client != kNone) {
    for (const uint32_t i : story.lab.nodes[story.lab.client].interfaces) {
      macs.push_back(story.lab.interfaces[i].mac);
    }
  }
  std::vector<Transaction> transactions;
  std::map<uint32_t, size_t> by_xid;
  for (const uint32_t t : dhcp_trips) {
    const auto message = decode_dhcp(story.forest.packet(t).payload_bytes());
    const bool ours = message && std::ranges::find(macs, message->client_mac) != macs.end();
    if (!ours) {
      if (message) story.forest.trips[t].background = "background.dhcp";
      continue;
    }
    const auto [it, added] = by_xid.try_emplace(message->xid, transactions.size());
    if (added) {
      Transaction& x = transactions.emplace_back();
      x.draft.phase = v1::Phase::ADDRESS;
      x.draft.client = story.lab.client;
    }
    read_message(story, transactions[it->second], t, *message);
  }
  for (Transaction& x : transactions) finish(story, x);
}

}  // namespace hoplab::journey
