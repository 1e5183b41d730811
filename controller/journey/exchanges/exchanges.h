// From trips to questions and answers. Each function finds one kind of exchange, claims its trips
// and leaves the rest alone; they run in this order, because later ones ask what earlier ones
// found.
#pragma once

#include <string>
#include <vector>

#include "controller/journey/story.h"

namespace hoplab::journey {

// Trips by what they carry; those that are the lab's own life by their protocol are marked at once.
struct Sorted {
  std::vector<uint32_t> arp, dhcp, dhcpv6, dns, tcp, icmp, other;
  std::vector<uint32_t> fragments;  // all but the first of their datagrams
};
Sorted sort_trips(Story& story);

void find_flows(Story& story, const std::vector<uint32_t>& tcp_trips);
void find_leases(Story& story, const std::vector<uint32_t>& dhcp_trips);
void find_leases6(Story& story, const std::vector<uint32_t>& dhcpv6_trips);
// Duplicate address detection and router advertisements of the client's: of `arp` and `other`.
void find_autoconf(Story& story, const Sorted& sorted);
void find_names(Story& story, const std::vector<uint32_t>& dns_trips);
void tell_kept_names(Story& story);  // connections that no question for the name came before
void tell_families(Story& story);    // connections to a name that has addresses of both versions
void tell_sources(Story& story);     // which of its IPv6 addresses the client sends from, and why
void find_page(Story& story);        // the client's connections: handshake, TLS, request, close
void find_backends(Story& story);    // the load balancer's second connections
void claim_rest(Story& story, const Sorted& sorted);  // other flows of the client's; background
void find_icmp(Story& story, const std::vector<uint32_t>& icmp_trips);
void find_arp(Story& story, const std::vector<uint32_t>& arp_trips);
// Fragments go with the first of their datagram, and what a packet goes on as with the packet.
void claim_parts(Story& story, const std::vector<uint32_t>& fragments);

// One key for both directions.
uint64_t tuple_key(const Tuple& tuple);
// Every form a trip's tuple took on its way (NAT), first to last.
std::vector<Tuple> tuples_of(const Forest& forest, const TripTree& trip);

// A traced command may send packets with a TTL that runs out on the way, as traceroute does;
// systems send 64 or more of themselves.
bool sent_to_expire(const Story& story, const TripTree& trip);

// A traced load balancer goes on asking its back ends whether they are there, which no command told
// it to do: its daemon's connections are told by their source port (balancer_ports.h).
bool is_health_check(const Story& story, const Flow& flow);

// Parts of an http(s) URL; port 0 when it is none.
struct Url {
  std::string scheme, host, path;
  uint16_t port = 0;
};
Url split_url(const std::string& text);

// The handshake and the close of a flow as exchanges of a phase; the numbers of the trips left
// between them are returned, in time order.
std::vector<uint32_t> split_flow(Story& story, const Flow& flow, v1::Phase::Kind phase,
                                 v1::Phase::Kind close_phase, uint32_t parent);
// All that one side of a flow sent, retransmissions once, gaps closed up; at most 1 MiB.
struct StreamPart {
  uint32_t trip = 0;
  size_t at = 0;
  size_t size = 0;
};
struct Stream {
  std::vector<uint8_t> bytes;
  std::vector<StreamPart> parts;
};
Stream gather_stream(const Story& story, const std::vector<uint32_t>& trips, uint32_t sender);

}  // namespace hoplab::journey
