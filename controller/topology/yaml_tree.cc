#include "controller/topology/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>
#include <utility>

namespace hoplab::topology {
namespace {

constexpr size_t kDeepest = 16;
constexpr size_t kMostValues = 200'000;

Place place(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Ends the reading: what follows cannot be trusted or is not worth reading.
struct Refused {
  Place at;
  std::string message;
  std::string suggestion;
};

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Problems& problems) : problems_(problems) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(YamlNode{.kind = YamlNode::Kind::kNull, .at = place(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{place(mark), "aliases are not used in topologies", "write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    const bool quoted = tag == "!";
    const bool null = !quoted && (value.empty() || value == "~" || value == "null");
    add(YamlNode{.kind = null ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar,
                 .at = place(mark),
                 .text = value,
                 .quoted = quoted});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, place(mark));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, place(mark));
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] std::optional<YamlNode>& root() { return root_; }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;        // maps: read, its value not yet
    std::map<std::string, Place> keys;  // maps: where each stood first
  };

  void open(YamlNode::Kind kind, Place at) {
    if (open_.size() >= kDeepest) {
      throw Refused{at, fmt::format("nested deeper than {} levels", kDeepest),
                    "a topology needs no more than eight"};
    }
    open_.push_back({.node = {.kind = kind, .at = at}, .key = {}, .keys = {}});
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(YamlNode node) {
    if (++values_ > kMostValues) {
      throw Refused{node.at, fmt::format("more than {} values", kMostValues), "split the topology"};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = open_.back();
    if (top.node.kind == YamlNode::Kind::kSequence) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      top.key = std::move(node);
    } else {
      entry(top, *std::exchange(top.key, std::nullopt), std::move(node));
    }
  }

  void entry(Open& map, YamlNode key, YamlNode value) {
    if (!key.is_scalar()) {
      problems_.add(key.at, fmt::format("a key must be text, not {}", kind_name(key)));
      return;
    }
    const auto [first, fresh] = map.keys.emplace(key.text, key.at);
    if (!fresh) {
      problems_.add(key.at,
                    fmt::format("duplicate key {}, first at line {}", in_quotes(key.text),
                                first->second.line),
                    "remove or rename one of them");
      return;
    }
    map.node.entries.push_back({std::move(key), std::move(value)});
  }

  Problems& problems_;
  std::vector<Open> open_;
  std::optional<YamlNode> root_;
  size_t values_ = 0;
};

}  // namespace

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "nothing";
}

std::optional<YamlNode> read_yaml(const std::string& text, Problems& problems) {
  Builder builder(problems);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    std::optional<YamlNode> root = std::move(builder.root());
    if (!root || root->kind == YamlNode::Kind::kNull) {
      problems.add({}, "the file holds no topology", "start with 'name:' and 'systems:'");
      return std::nullopt;
    }
    Builder rest(problems);
    if (parser.HandleNextDocument(rest) && rest.root()) {
      problems.add(rest.root()->at, "a second document in one file", "one topology a file");
      return std::nullopt;
    }
    return root;
  } catch (const Refused& refused) {
    problems.add(refused.at, refused.message, refused.suggestion);
  } catch (const YAML::Exception& error) {
    problems.add(error.mark.is_null() ? Place{} : place(error.mark), "YAML syntax: " + error.msg,
                 text.find('\t') == std::string_view::npos
                     ? "check indentation, brackets and quotes up to here"
                     : "there is a tab before this place: indent with spaces");
  }
  return std::nullopt;
}

}  // namespace hoplab::topology
