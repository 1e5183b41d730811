#include "agents/common/supervisor/accounts.h"

#include <charconv>
#include <fstream>
#include <optional>

namespace hoplab::agent {
namespace {

std::vector<std::string> fields_of(const std::string& line, char separator) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == separator) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<unsigned> number_in(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Account> find_account(std::string_view user, const std::string& root) {
  const auto colon = user.find(':');
  const std::string wanted(user.substr(0, colon));
  const std::string group(colon == std::string_view::npos ? "" : user.substr(colon + 1));

  std::optional<Account> account;
  std::string line;
  for (std::ifstream passwd(root + "/etc/passwd"); !account && std::getline(passwd, line);) {
    const auto f = fields_of(line, ':');
    if (f.size() < 6 || (f[0] != wanted && f[2] != wanted)) continue;
    const auto uid = number_in(f[2]);
    const auto gid = number_in(f[3]);
    if (uid && gid) account = Account{*uid, *gid, {}, f[0], f[5]};
  }
  if (!account) {
    const auto uid = number_in(wanted);
    if (!uid) return fail(ErrorKind::kNotFound, "the image has no user \"" + wanted + '"');
    account = Account{};
    account->uid = *uid;
  }
  bool group_found = group.empty();
  if (const auto gid = number_in(group)) {
    account->gid = *gid;
    group_found = true;
  }
  for (std::ifstream groups(root + "/etc/group"); std::getline(groups, line);) {
    const auto f = fields_of(line, ':');
    const auto gid = f.size() < 4 ? std::nullopt : number_in(f[2]);
    if (!gid) continue;
    if (!group_found && f[0] == group) {
      account->gid = *gid;
      group_found = true;
    }
    for (const auto& member : fields_of(f[3], ',')) {
      if (!account->name.empty() && member == account->name) account->groups.push_back(*gid);
    }
  }
  if (!group_found) return fail(ErrorKind::kNotFound, "the image has no group \"" + group + '"');
  return *account;
}

}  // namespace hoplab::agent
