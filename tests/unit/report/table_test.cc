#include "controller/report/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hoplab::report {
namespace {

std::string printed(const std::vector<std::vector<std::string>>& rows,
                    const TableOptions& options) {
  std::ostringstream out;
  print_table({"NODE", "ROLE", "STATE"}, rows, options, out);
  return out.str();
}

TEST(Table, AlignsByColumnsOfTheTerminal) {
  EXPECT_EQ(printed({{"client", "client", "ready"}, {"주소", "dhcp_server", "starting"}}, {}),
            "NODE    ROLE         STATE\n"
            "client  client       ready\n"
            "주소    dhcp_server  starting\n");
}

TEST(Table, WrapsTheLastColumn) {
  EXPECT_EQ(printed({{"isp1", "router", "waiting for OSPF with isp2 on eth1"}}, {.width = 32}),
            "NODE  ROLE    STATE\n"
            "isp1  router  waiting for OSPF\n"
            "              with isp2 on eth1\n");
}

TEST(Table, MissingCellsAreEmpty) {
  EXPECT_EQ(printed({{"isp1"}}, {}), "NODE  ROLE  STATE\nisp1\n");
  EXPECT_EQ(printed({}, {}), "NODE  ROLE  STATE\n");
}

TEST(Table, ColourIsOnlyOnTheTitles) {
  EXPECT_EQ(printed({{"a", "b", "c\x1b[2J"}}, {.colour = true}),
            "\x1b[2mNODE  ROLE  STATE\x1b[0m\na     b     c\\x1b[2J\n");
}

}  // namespace
}  // namespace hoplab::report
