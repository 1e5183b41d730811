// Makes a recorded request small enough to keep, and free of keys:
//
//   hoplab request client http://web.lan.test/ --bundle full.bundle
//   build/ci/tests/unit/journey/trim_bundle full.bundle tests/unit/journey/recorded/NAME.bundle
//
// Certificates, keys, health and background frames go; frames of the journey, events, states and
// the topology stay. Then say in recorded_test.cc what is essential about it.
#include <fstream>
#include <iostream>
#include <set>

#include "controller/journey/engine.h"

using namespace hoplab;

namespace {

void strip_keys(v1::Bundle& bundle) {
  bundle.mutable_result()->clear_tls_key_log();
  for (auto& spec : *bundle.mutable_specs()) {
    spec.clear_ca_certificate();
    if (spec.has_load_balancer()) {
      spec.mutable_load_balancer()->clear_certificate();
      spec.mutable_load_balancer()->clear_private_key();
    }
    if (spec.has_web_server()) {
      spec.mutable_web_server()->clear_certificate();
      spec.mutable_web_server()->clear_private_key();
    }
  }
}

void strip_background(v1::Bundle& bundle) {
  const v1::Journey journey = journey::build(bundle, journey::Forest::kEvery);
  std::set<std::pair<std::string, uint64_t>> kept;
  for (const auto& trip : journey.trips()) {
    for (const auto& hop : trip.hops()) {
      for (const auto* frame : {&hop.in_frame(), &hop.out_frame()}) {
        kept.emplace(frame->node(), frame->index());
      }
    }
  }
  for (auto& capture : *bundle.mutable_captures()) {
    google::protobuf::RepeatedPtrField<v1::Frame> frames;
    for (int i = 0; i < capture.frames_size(); ++i) {
      if (kept.contains({capture.node(), static_cast<uint64_t>(i)}))
        *frames.Add() = capture.frames(i);
    }
    capture.mutable_frames()->Swap(&frames);
    for (auto* state : {capture.mutable_before(), capture.mutable_after()}) state->clear_health();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: trim_bundle FULL TRIMMED\n";
    return 2;
  }
  v1::Bundle bundle;
  std::ifstream in(argv[1], std::ios::binary);
  if (!in || !bundle.ParseFromIstream(&in)) {
    std::cerr << argv[1] << " is no bundle\n";
    return 1;
  }
  strip_keys(bundle);
  strip_background(bundle);
  std::ofstream out(argv[2], std::ios::binary);
  return bundle.SerializeToOstream(&out) && out.flush() ? 0 : 1;
}
