// Trips from streams too long to be held: nothing is forgotten too early, nothing kept for ever,
// and what is folded is still counted.
#include <gtest/gtest.h>

#include "controller/journey/engine.h"
#include "tests/traffic/source.h"

namespace hoplab::journey {
namespace {

using traffic::TrafficShape;
using traffic::TrafficSource;

v1::Bundle lab_for(const TrafficShape& shape) {
  v1::Bundle bundle = traffic::chain_lab(shape);
  bundle.mutable_result()->set_http_status(200);
  return bundle;
}

// What a trip is apart from the numbers its frames have in a bundle.
std::string shape_of(const v1::Trip& trip) {
  std::string text = trip.summary().key() + " " + std::to_string(trip.start_ns()) + " " +
                     std::to_string(trip.outcome()) + (trip.retransmission() ? " again" : "");
  for (const auto& hop : trip.hops()) {
    text += " " + hop.node() + "/" + hop.in_interface() + "/" + hop.out_interface() + "@" +
            std::to_string(hop.in_ns()) + "," + std::to_string(hop.out_ns());
  }
  return text;
}

TEST(Correlate, AStreamGivesTheTripsThatTheWholeBundleGives) {
  const TrafficShape shape{.frames = 80'000, .lost_of_10000 = 30};
  const v1::Journey whole = build(traffic::chain_bundle(shape), Forest::kEvery);
  const v1::Bundle bundle = lab_for(shape);
  const Lab lab(bundle);
  TrafficSource source(shape, lab);
  const v1::Journey streamed = build(bundle, source, Forest::kEvery);
  ASSERT_EQ(streamed.trips_size(), whole.trips_size());
  int lost = 0;
  int again = 0;
  for (int i = 0; i < whole.trips_size(); ++i) {
    ASSERT_EQ(shape_of(streamed.trips(i)), shape_of(whole.trips(i)));
    lost += whole.trips(i).outcome() == v1::Trip::LOST ? 1 : 0;
    again += whole.trips(i).retransmission() ? 1 : 0;
  }
  EXPECT_GT(lost, 10);
  EXPECT_EQ(again, lost);
}

TEST(Correlate, FoldedPacketsAreCountedAndWhatIsSpecialStaysWhole) {
  const TrafficShape shape{.frames = 100'000, .lost_of_10000 = 30};
  const v1::Bundle bundle = lab_for(shape);
  const Lab lab(bundle);
  TrafficSource every(shape, lab);
  const v1::Journey whole = build(bundle, every, Forest::kEvery);
  TrafficSource source(shape, lab);
  const v1::Journey folded = build(bundle, source, 10);
  EXPECT_LT(folded.trips_size(), whole.trips_size() / 5);
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t all_bytes = 0;
  int lost = 0;
  int again = 0;
  for (const auto& trip : folded.trips()) {
    packets += 1 + trip.like().packets();
    bytes += trip.payload_bytes() + trip.like().payload_bytes();
    lost += trip.outcome() == v1::Trip::LOST ? 1 : 0;
    again += trip.retransmission() ? 1 : 0;
  }
  int all_lost = 0;
  for (const auto& trip : whole.trips()) {
    all_bytes += trip.payload_bytes();
    all_lost += trip.outcome() == v1::Trip::LOST ? 1 : 0;
  }
  EXPECT_EQ(packets, static_cast<uint64_t>(whole.trips_size()));
  EXPECT_EQ(bytes, all_bytes);
  EXPECT_EQ(lost, all_lost);
  EXPECT_EQ(again, all_lost);
  EXPECT_EQ(folded.completeness().seen(), whole.completeness().seen());
  EXPECT_EQ(folded.completeness().explained(), whole.completeness().explained());
  EXPECT_EQ(folded.completeness().left_over(), 0U);
  ASSERT_EQ(folded.completeness().interfaces_size(), whole.completeness().interfaces_size());
  for (int i = 0; i < whole.completeness().interfaces_size(); ++i) {
    EXPECT_EQ(folded.completeness().interfaces(i).seen(),
              whole.completeness().interfaces(i).seen());
  }
}

TEST(Correlate, WhatIsHeldDoesNotGrowWithTheLengthOfTheCapture) {
  size_t held[2] = {0, 0};
  for (const int size : {0, 1}) {
    const TrafficShape shape{.frames = size == 0 ? 200'000U : 2'000'000U, .payload = 64};
    const v1::Bundle bundle = lab_for(shape);
    const Lab lab(bundle);
    TrafficSource source(shape, lab);
    const Forest forest(lab, source);
    held[size] = forest.most_held;
  }
  EXPECT_LT(held[1], held[0] * 3 / 2);
}

TEST(Correlate, APacketThatIsLongOnItsWayIsOneTrip) {
  const TrafficShape shape{
      .frames = 1'000'000, .payload = 64, .lost_of_10000 = 0, .slow_ns = 600'000'000};
  const v1::Bundle bundle = lab_for(shape);
  const Lab lab(bundle);
  TrafficSource source(shape, lab);
  const v1::Journey journey = build(bundle, source);
  int slow = 0;
  for (const auto& trip : journey.trips()) {
    EXPECT_EQ(trip.outcome(), v1::Trip::DELIVERED) << trip.ShortDebugString();
    EXPECT_FALSE(trip.retransmission()) << trip.ShortDebugString();
    slow += trip.end_ns() - trip.start_ns() > shape.slow_ns ? 1 : 0;
  }
  EXPECT_EQ(slow, 1);
}

}  // namespace
}  // namespace hoplab::journey
