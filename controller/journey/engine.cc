#include "controller/journey/engine.h"

#include "controller/journey/exchanges/exchanges.h"
#include "controller/journey/verdict/verdict.h"
#include "controller/journey/write.h"

namespace hoplab::journey {

namespace {

v1::Journey tell(const Lab& lab, FrameSource& source, size_t whole) {
  const v1::Bundle& bundle = lab.bundle;
  Forest forest(lab, source, whole);
  Story story(forest);

  const Sorted sorted = sort_trips(story);
  find_flows(story, sorted.tcp);
  find_leases(story, sorted.dhcp);
  find_autoconf(story, sorted);
  find_leases6(story, sorted.dhcpv6);
  find_names(story, sorted.dns);
  find_page(story);
  find_backends(story);
  claim_rest(story, sorted);
  find_icmp(story, sorted.icmp);  // errors ask who sent what they quote
  tell_kept_names(story);
  tell_families(story);
  tell_sources(story);
  claim_parts(story, sorted.fragments);
  find_arp(story, sorted.arp);

  v1::Journey journey;
  journey.set_lab(bundle.lab());
  journey.set_client(bundle.client());
  journey.set_url(bundle.url());
  journey.set_cold(bundle.cold());
  journey.set_started_ns(bundle.started_ns());
  // The recording goes on a little longer, for the close.
  const int64_t answered = bundle.result().ended_ns();
  journey.set_ended_ns(answered > 0 ? answered : bundle.ended_ns());
  *journey.mutable_result() = bundle.result();
  journey.mutable_result()->clear_tls_key_log();  // a secret: of the bundle and of captures alone
  *journey.mutable_faults() = bundle.faults();
  const std::vector<uint32_t> trip_ids = write_trips(story, journey);
  write_phases(story, trip_ids, journey);
  write_completeness(story, journey);
  write_map(story, journey);
  *journey.mutable_verdict() = judge(story, trip_ids, journey);
  return journey;
}

}  // namespace

v1::Journey build(const v1::Bundle& bundle, size_t whole) {
  const Lab lab(bundle);
  BundleSource source(lab);
  return tell(lab, source, whole);
}

v1::Journey build(const v1::Bundle& bundle, FrameSource& source, size_t whole) {
  return tell(Lab(bundle), source, whole);
}

}  // namespace hoplab::journey
