// Users and groups of the image, read from /etc/passwd and /etc/group. Not through getpwnam: the
// agent is linked statically, where name service modules cannot be loaded.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::agent {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
  std::string name;           // empty when only a number was given that no line names
  std::string home = "/";
};

// "name", "1000", "name:group" or "1000:1000", as an image writes it. `root` is where /etc is.
Result<Account> find_account(std::string_view user, const std::string& root = "");

}  // namespace hoplab::agent
