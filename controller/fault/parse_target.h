// The place a fault is put on: a node, one end of a link, or a BGP session. Pure; refusals are
// kInvalid and name what there is instead.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agents/common/base/error.h"
#include "proto/node.pb.h"

namespace hoplab::fault {

struct LinkTarget {
  const v1::NodeSpec* node = nullptr;  // the end named first
  const v1::InterfaceSpec* interface = nullptr;
};

struct SessionTarget {
  const v1::NodeSpec* node = nullptr;  // the end named first
  const v1::BgpNeighbor* neighbor = nullptr;
  bool all = false;  // named by its node, with which there is a session of each IP version
};

// The word of the role a spec carries: "web_server"; "node" when it has none.
std::string_view role_word(const v1::NodeSpec& node);

Result<const v1::NodeSpec*> parse_node(std::string_view text, std::span<const v1::NodeSpec> lab);

// "a--b", "a:eth0", "a:eth0--b", "a b" or "a,b"; "a" alone where it has one interface.
Result<LinkTarget> parse_link(std::string_view text, std::span<const v1::NodeSpec> lab);

// "a--b" and the like, or "a" with `neighbor` naming the other end by node or address; `neighbor`
// may be empty where a has one session.
Result<SessionTarget> parse_session(std::string_view text, std::string_view neighbor,
                                    std::span<const v1::NodeSpec> lab);

}  // namespace hoplab::fault
