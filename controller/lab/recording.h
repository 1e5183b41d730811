// One recording of a whole lab: what every node knew before, all that happened, what it knew after.
// A node whose agent does not answer in time is left out from then on: one wait, not one for each
// question. One use an object, from one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/drops/drop_watch.h"
#include "controller/lab/faults.h"
#include "controller/lab/lab.h"
#include "controller/lab/recorder.h"
#include "proto/journey.pb.h"

namespace hoplab::lab {

class Recording {
 public:
  Recording(Lab& lab, Faults& faults);

  // Cold: nothing is known any more, anywhere.
  void forget(const std::string& client);
  // An error when nothing could be seen of the node that it is about.
  Status begin(const std::string& subject);
  // The captures go on until the subject's has been quiet for so long, half a second at most. All
  // but what was asked for and what came of it is filled in.
  v1::Bundle finish(const std::string& subject, Duration quiet);

 private:
  using Rulesets = std::map<std::string, Result<std::vector<v1::NftRule>>>;  // by node

  void leave_out(const std::string& node, const Error& why);
  [[nodiscard]] Agents::Replies<v1::NodeState> look() const;
  [[nodiscard]] Rulesets read_rules() const;
  Result<std::unique_ptr<drops::DropWatch>> watch_drops();
  void add_nodes(v1::Bundle& bundle) const;

  Lab& lab_;
  Faults& faults_;
  std::vector<std::string> nodes_;             // that are recorded
  std::map<std::string, std::string> silent_;  // the others, and why
  Agents::Replies<v1::NodeState> before_;
  std::unique_ptr<Recorder> recorder_;
  int64_t started_ns_ = 0;
  Rulesets rules_before_;
  std::map<std::string, drops::Network> networks_;  // by node
  Result<std::unique_ptr<drops::DropWatch>> drops_ = fail(ErrorKind::kInternal, "not begun");
};

}  // namespace hoplab::lab
