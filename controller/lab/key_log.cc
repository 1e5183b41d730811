#include "controller/lab/key_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "agents/common/base/read_file.h"

namespace hoplab::lab {
namespace {

constexpr size_t kMost = 64UL << 20U;  // some hundred thousand sessions

std::string unique_name() {
  static std::atomic<uint64_t> counter = 0;
  return fmt::format("tls-keys-{}-{}", ::getpid(), ++counter);
}

}  // namespace

KeyLog::KeyLog(const Paths& paths, const std::string& node)
    : name_(unique_name()), path_(paths.node(node) / name_) {}

KeyLog::~KeyLog() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::string KeyLog::variable() const {
  return fmt::format("SSLKEYLOGFILE={}/{}", kAgentDirectory, name_);
}

std::string KeyLog::lines() const {
  const std::string text = read_foreign_file(path_, kMost).value_or("");
  const auto printable = [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; };
  return std::ranges::all_of(text, printable) ? text : std::string();
}

}  // namespace hoplab::lab
