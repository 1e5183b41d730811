// Whose a frame is, decided from tcpdump's files and the topology alone: of the request, of the
// lab's own life, or an ARP of which neither can be shown. The rules are in frames_test.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proto/journey.pb.h"
#include "tests/truth/frames/sighting.h"

namespace hoplab::truth {

enum class Owner { kRequest, kLab, kEither };

// Who is at which end of which wire.
class Wires {
 public:
  explicit Wires(const v1::Bundle& bundle);
  // Whether a frame seen at the interface left there; throws where the addresses cannot tell.
  [[nodiscard]] bool is_out(const std::string& node, const std::string& interface,
                            const Wire& wire) const;
  // Of the node that made the request, whose own DHCP is the request's.
  [[nodiscard]] const std::string& client_mac() const { return client_mac_; }
  // The interface with that address: "node:interface"; empty when there is none.
  [[nodiscard]] std::string at(const std::string& mac) const;
  [[nodiscard]] bool is_load_balancer(const std::string& address) const;  // its bytes

 private:
  struct End {
    std::string mac;
    std::string peer_mac;
    bool is_switch = false;
    bool peer_is_switch = false;
  };
  std::map<std::string, End> ends_;  // by "node:interface"
  std::map<std::string, std::string> by_mac_;
  std::map<std::string, bool> load_balancers_;
  std::string client_mac_;
};

// One owner a sighting, in the same order; `sightings` are of the whole lab, in order of time, from
// before the request began until after it.
std::vector<Owner> owners(const std::vector<Sighting>& sightings, const Wires& wires,
                          int64_t began_ns);

}  // namespace hoplab::truth
