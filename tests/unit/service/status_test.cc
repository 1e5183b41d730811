#include "agents/common/service/status.h"

#include <gtest/gtest.h>

namespace hoplab {
namespace {

TEST(Status, EveryKindSurvivesTheWayThroughGrpc) {
  for (const auto kind :
       {ErrorKind::kInternal, ErrorKind::kInvalid, ErrorKind::kEnvironment, ErrorKind::kNotFound,
        ErrorKind::kTimeout, ErrorKind::kInterrupted, ErrorKind::kUnavailable}) {
    const Error back = from_grpc(to_grpc(Error{kind, "what", "remedy"}));
    EXPECT_EQ(back.kind, kind);
    EXPECT_EQ(back.what, "what");
    EXPECT_EQ(back.remedy, "remedy");
  }
}

TEST(Status, SuccessIsSuccess) {
  EXPECT_TRUE(to_grpc(Status{}).ok());
  EXPECT_TRUE(to_status(grpc::Status::OK));
}

TEST(Status, WhatWasAttemptedLeads) {
  const auto failed =
      to_status({grpc::StatusCode::UNAVAILABLE, "connection refused"}, "snapshot of client");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "snapshot of client: connection refused");
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
}

TEST(Status, CodesOfGrpcItselfAreInternalErrors) {
  EXPECT_EQ(from_grpc({grpc::StatusCode::UNIMPLEMENTED, ""}).kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace hoplab
