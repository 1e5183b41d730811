#include "controller/report/json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/report/sample_journeys.h"

namespace hoplab::report {
namespace {

TEST(Json, IsTheProtobufMapping) {
  v1::Fault fault;
  fault.set_node("isp1");
  fault.set_lease_ns(5);
  fault.mutable_link_loss()->set_interface("eth1");
  fault.mutable_link_loss()->set_percent(12.5);
  std::ostringstream out;
  ASSERT_TRUE(print_json(fault, out));
  EXPECT_EQ(out.str(),
            "{\n \"node\": \"isp1\",\n \"leaseNs\": \"5\",\n \"linkLoss\": {\n"
            "  \"interface\": \"eth1\",\n  \"percent\": 12.5\n }\n}\n");
}

TEST(Json, GivesTheSameJourneyBack) {
  const v1::Journey journey = test::lost_journey();
  std::ostringstream out;
  ASSERT_TRUE(print_json(journey, out));
  v1::Journey back;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out.str(), &back).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(journey, back));
}

}  // namespace
}  // namespace hoplab::report
