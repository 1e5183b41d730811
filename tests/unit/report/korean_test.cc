#include "controller/report/korean.h"

#include <gtest/gtest.h>

namespace hoplab::report {
namespace {

TEST(KoreanParticles, FollowTheFinalConsonant) {
  EXPECT_EQ(choose_particles("서버[이/가]"), "서버가");
  EXPECT_EQ(choose_particles("라우팅[은/는]"), "라우팅은");
  EXPECT_EQ(choose_particles("링크[을/를]"), "링크를");
  EXPECT_EQ(choose_particles("노드[과/와] 망[과/와]"), "노드와 망과");
}

TEST(KoreanParticles, RieulTakesRo) {
  EXPECT_EQ(choose_particles("터널[으로/로]"), "터널로");
  EXPECT_EQ(choose_particles("터널[이/가]"), "터널이");
  EXPECT_EQ(choose_particles("망[으로/로]"), "망으로");
  EXPECT_EQ(choose_particles("eth1[으로/로]"), "eth1로");
  EXPECT_EQ(choose_particles("eth0[으로/로]"), "eth0으로");
}

TEST(KoreanParticles, ReadDigitsAndLettersAloud) {
  EXPECT_EQ(choose_particles("web2[이/가]"), "web2가");
  EXPECT_EQ(choose_particles("web3[이/가]"), "web3이");
  EXPECT_EQ(choose_particles("client[이/가]"), "client가");
  EXPECT_EQ(choose_particles("resolver[이/가]"), "resolver가");
  EXPECT_EQ(choose_particles("TTL[이/가]"), "TTL이");
  EXPECT_EQ(choose_particles("naver.com.[을/를]"), "naver.com.을");
}

TEST(KoreanParticles, LeaveOtherBracketsAlone) {
  EXPECT_EQ(choose_particles("Flags [S] [은/는"), "Flags [S] [은/는");
  EXPECT_EQ(choose_particles("[은/는]"), "는");
}

}  // namespace
}  // namespace hoplab::report
