// One deliberate defect of a trial: what is broken, where, by which commands, and what a right
// verdict says of it. The commands work from outside the product, in the network namespace of the
// node's container; the product hears nothing of them.
#pragma once

#include <random>
#include <set>
#include <string>
#include <vector>

#include "controller/topology/plan.h"

namespace hoplab::truth {

// A way that packets of the request take: who asks, whom, through which nodes, by which protocol.
struct Way {
  std::string name;                // "the ISP's resolver asks a root server"
  std::vector<std::string> nodes;  // from who asks to who answers
  std::string protocol;            // "udp" or "tcp"
  uint16_t port = 0;               // of who answers
};

struct Defect {
  std::string kind;
  std::string text;              // for the reader: "home-gw drops the query"
  std::string node;              // whose namespace
  std::string peer;              // set when the defect is of the link to this node
  std::set<std::string> layers;  // any of them is right
  bool cold = true;              // makes a request from nothing (a warm one would not meet it)
  std::string apply;             // shell commands
  std::string undo;
  std::string count;  // prints how many packets met it; empty: cannot be told
  // SIGSTOP instead of commands: the program's name.
  std::string stop;
};

// The ways of the shipped topology of that name; empty for one that has none.
std::vector<Way> ways_of(const std::string& topology);

// One of all defects, the same for the same generator.
Defect draw(const topology::Plan& plan, const std::vector<Way>& ways, std::mt19937_64& random);

}  // namespace hoplab::truth
