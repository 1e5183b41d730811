#include "controller/lab/rulesets.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>

#include "agents/common/netlink/namespace.h"

namespace hoplab::lab {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->as_string());
  return value->is_number() ? fmt::format("{}", value->to_number<int64_t>()) : std::string{};
}

uint64_t number_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<uint64_t>() : 0;
}

// What a condition looks at: "ip daddr", "meta l4proto", "iifname"; empty: something else.
std::string left_of(const json::value& left) {
  if (!left.is_object()) return {};
  const json::object& o = left.as_object();
  if (const auto* payload = o.if_contains("payload"); payload != nullptr && payload->is_object()) {
    const auto& p = payload->as_object();
    if (p.contains("protocol")) return text_of(p, "protocol") + " " + text_of(p, "field");
  }
  if (const auto* meta = o.if_contains("meta"); meta != nullptr && meta->is_object()) {
    const std::string key = text_of(meta->as_object(), "key");
    const bool interface = key.starts_with("iif") || key.starts_with("oif");
    return interface ? key : "meta " + key;
  }
  if (const auto* ct = o.if_contains("ct"); ct != nullptr && ct->is_object()) {
    return "ct " + text_of(ct->as_object(), "key");
  }
  return {};
}

// The values of a condition; false when there is one that has no plain form (a named set).
bool add_values(const json::value& right, v1::NftMatch& match) {
  const auto plain = [](const json::value& v) -> std::optional<std::string> {
    if (v.is_string()) return std::string(v.as_string());
    if (v.is_number()) return fmt::format("{}", v.to_number<int64_t>());
    return std::nullopt;
  };
  if (const auto value = plain(right)) {
    if (value->starts_with('@')) return false;
    match.add_values(*value);
    return true;
  }
  if (right.is_array()) {
    bool all = true;
    for (const auto& each : right.as_array()) all = add_values(each, match) && all;
    return all;
  }
  if (!right.is_object()) return false;
  const json::object& o = right.as_object();
  if (const auto* set = o.if_contains("set")) return add_values(*set, match);
  if (const auto* prefix = o.if_contains("prefix"); prefix != nullptr && prefix->is_object()) {
    const auto& p = prefix->as_object();
    match.add_values(fmt::format("{}/{}", text_of(p, "addr"), number_of(p, "len")));
    return true;
  }
  if (const auto* range = o.if_contains("range"); range != nullptr && range->is_array()) {
    const auto& ends = range->as_array();
    if (ends.size() != 2) return false;
    const auto low = plain(ends[0]);
    const auto high = plain(ends[1]);
    if (!low || !high) return false;
    match.add_values(*low + "-" + *high);
    return true;
  }
  return false;
}

// False: a condition that is not told.
bool add_match(const json::object& statement, v1::NftRule& rule) {
  const auto* left = statement.if_contains("left");
  const auto* right = statement.if_contains("right");
  const std::string op = text_of(statement, "op");
  if (left == nullptr || right == nullptr) return false;
  v1::NftMatch match;
  match.set_what(left_of(*left));
  // "in": one of several flags, which is how states are written.
  if (op != "==" && op != "!=" && (op != "in" || match.what() != "ct state")) return false;
  match.set_negated(op == "!=");
  if (match.what().empty() || !add_values(*right, match)) return false;
  *rule.add_matches() = std::move(match);
  return true;
}

constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"accept", "drop", "reject", "masquerade", "snat", "dnat", "redirect", "mangle", "vmap"});
constexpr auto kWithoutCondition = std::to_array<std::string_view>({"log", "counter", "comment"});

void read_expressions(const json::array& expressions, v1::NftRule& rule) {
  bool complete = true;
  for (const auto& each : expressions) {
    if (!each.is_object() || each.as_object().empty()) continue;
    const std::string_view kind = each.as_object().begin()->key();
    const json::value& body = each.as_object().begin()->value();
    if (kind == "match" && body.is_object()) {
      complete = add_match(body.as_object(), rule) && complete;
    } else if (kind == "counter" && body.is_object()) {
      rule.set_counted(true);
      rule.set_packets(number_of(body.as_object(), "packets"));
      rule.set_bytes(number_of(body.as_object(), "bytes"));
    } else if (std::ranges::find(kVerdicts, kind) != kVerdicts.end()) {
      rule.set_verdict(std::string(kind));
    } else if (std::ranges::find(kWithoutCondition, kind) == kWithoutCondition.end()) {
      complete = false;
    }
  }
  rule.set_matches_complete(complete);
}

using ChainName = std::tuple<std::string, std::string, std::string>;  // family, table, chain
using RuleName = std::tuple<std::string, std::string, std::string, uint64_t>;

// "… # handle 7" within a chain: the rule as nft prints it.
std::map<RuleName, std::string> read_texts(std::string_view text) {
  constexpr std::string_view kMark = " # handle ";
  std::map<RuleName, std::string> texts;
  std::string family;
  std::string table;
  std::string chain;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    const auto word = [&line](size_t from) {
      return line.substr(from, line.find(' ', from) - from);
    };
    if (line.starts_with("table ")) {
      family = word(6);
      table = word(7 + family.size());
    } else if (line.starts_with("chain ")) {
      chain = word(6);
    } else if (line.starts_with("}")) {
      chain.clear();
    } else if (const size_t mark = line.rfind(kMark); !chain.empty() && mark != line.npos) {
      uint64_t handle = 0;
      for (const char c : line.substr(mark + kMark.size())) {
        handle = handle * 10 + static_cast<uint64_t>(c - '0');
      }
      texts[{family, table, chain, handle}] = line.substr(0, mark);
    }
  }
  return texts;
}

struct Close {
  void operator()(nft_ctx* context) const noexcept { nft_ctx_free(context); }
};

// In the calling thread's namespace.
Result<std::string> list(unsigned flags) {
  const std::unique_ptr<nft_ctx, Close> context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context || nft_ctx_buffer_output(context.get()) != 0 ||
      nft_ctx_buffer_error(context.get()) != 0) {
    return fail(ErrorKind::kInternal, "list firewall rules: no memory");
  }
  nft_ctx_output_set_flags(context.get(), flags);
  if (nft_run_cmd_from_buffer(context.get(), "list ruleset") != 0) {
    return fail(ErrorKind::kEnvironment,
                fmt::format("list firewall rules: {}", nft_ctx_get_error_buffer(context.get())));
  }
  return std::string(nft_ctx_get_output_buffer(context.get()));
}

}  // namespace

Result<std::vector<v1::NftRule>> parse_rules(std::string_view text_json, std::string_view text) {
  boost::system::error_code error;
  const json::value whole = json::parse(text_json, error);
  const auto* all =
      !error && whole.is_object() ? whole.as_object().if_contains("nftables") : nullptr;
  if (all == nullptr || !all->is_array()) {
    return fail(ErrorKind::kInternal, "firewall rules: libnftables' JSON is not understood");
  }
  const auto texts = read_texts(text);
  std::map<ChainName, std::string> hooks;
  std::vector<v1::NftRule> rules;
  for (const auto& entry : all->as_array()) {
    if (!entry.is_object() || entry.as_object().empty()) continue;
    const std::string_view kind = entry.as_object().begin()->key();
    const json::value& body = entry.as_object().begin()->value();
    if (!body.is_object() || (kind != "chain" && kind != "rule")) continue;
    const json::object& o = body.as_object();
    v1::NftRule rule;
    rule.set_family(text_of(o, "family"));
    rule.set_table(text_of(o, "table"));
    if (kind == "chain") {
      rule.set_chain(text_of(o, "name"));
      rule.set_hook(text_of(o, "hook"));
      hooks[{rule.family(), rule.table(), rule.chain()}] = rule.hook();
      if (text_of(o, "policy") != "drop") continue;
      rule.set_text("policy drop");
      rule.set_verdict("drop");
      rules.push_back(std::move(rule));
      continue;
    }
    rule.set_chain(text_of(o, "chain"));
    rule.set_hook(hooks[{rule.family(), rule.table(), rule.chain()}]);
    rule.set_handle(number_of(o, "handle"));
    if (const auto* expressions = o.if_contains("expr"); expressions && expressions->is_array()) {
      read_expressions(expressions->as_array(), rule);
    }
    if (rule.verdict().empty()) continue;
    const auto printed = texts.find({rule.family(), rule.table(), rule.chain(), rule.handle()});
    rule.set_text(printed == texts.end() ? rule.verdict() : printed->second);
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<v1::NftRule>> rules_of(int pid) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const auto space = netlink::NetworkNamespace::of_process(pid);
  if (!space) return std::unexpected(space.error());
  Result<std::vector<v1::NftRule>> rules;
  const Status done = space->run([&]() -> Status {
    const auto structure = list(NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE);
    if (!structure) return std::unexpected(structure.error());
    if (structure->find("\"table\"") == std::string::npos)
      return {};  // most nodes have no firewall
    const auto text = list(NFT_CTX_OUTPUT_HANDLE);
    if (!text) return std::unexpected(text.error());
    rules = parse_rules(*structure, *text);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return rules;
}

}  // namespace hoplab::lab
