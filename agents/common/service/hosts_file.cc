#include "agents/common/service/hosts_file.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <string>

#include "agents/common/net/ip_address.h"

namespace hoplab::agent {
namespace {

bool is_everywhere(std::string_view name) {
  return name == "localhost" || name.starts_with("ip6-");
}

}  // namespace

std::vector<hoplab::v1::LocalName> read_hosts(std::string_view text) {
  std::vector<hoplab::v1::LocalName> names;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string first;
    words >> first;
    const auto address = net::parse_ip(first);
    if (!address) continue;
    for (std::string word; words >> word;) {
      std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
      if (is_everywhere(word)) continue;
      if (!word.ends_with('.')) word += '.';
      auto& name = names.emplace_back();
      name.set_source("/etc/hosts");
      name.set_name(word);
      name.set_type(address->is_v6() ? "AAAA" : "A");
      name.set_data(net::to_string(*address));
    }
  }
  return names;
}

}  // namespace hoplab::agent
