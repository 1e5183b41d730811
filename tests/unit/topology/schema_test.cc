// The JSON schema and the parser's tables say the same: keys, roles and words, both ways.
#include <boost/json.hpp>
#include <fstream>
#include <set>

#include "controller/topology/keys.h"
#include "tests/unit/topology/loaded.h"

namespace hoplab::topology {
namespace {

namespace json = boost::json;
using Set = std::set<std::string>;

const json::value& schema() {
  static const json::value parsed = [] {
    std::ifstream file(HOPLAB_SOURCE_DIR "/topologies/topology.schema.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return json::parse(text);
  }();
  return parsed;
}

Set set_of(Words words) { return {words.begin(), words.end()}; }

const json::object& definition(std::string_view name) {
  return schema().at("$defs").at(json::string_view(name.data(), name.size())).as_object();
}

Set properties(const json::object& of) {
  EXPECT_FALSE(of.at("additionalProperties").as_bool());
  Set names;
  for (const auto& member : of.at("properties").as_object()) names.emplace(member.key());
  return names;
}

Set words(const json::value& of) {
  Set names;
  for (const json::value& word : of.at("enum").as_array()) names.emplace(word.as_string());
  return names;
}

TEST(Schema, KeysAreThoseOfTheParser) {
  EXPECT_EQ(properties(schema().as_object()), set_of(topology_keys()));
  EXPECT_EQ(properties(definition("system")), set_of(system_keys()));
  EXPECT_EQ(properties(definition("interface")), set_of(interface_keys()));
  EXPECT_EQ(properties(definition("link_options")), set_of(link_keys()));
  EXPECT_EQ(properties(definition("zone")), set_of(zone_keys()));
  EXPECT_EQ(properties(definition("server")), set_of(server_keys()));
  EXPECT_EQ(properties(definition("record_data")), set_of(record_keys()));
  EXPECT_EQ(properties(definition("peer")), set_of(peer_keys()));
}

TEST(Schema, EveryRoleIsThereWithItsKeys) {
  const json::array& choices = definition("node").at("oneOf").as_array();
  EXPECT_EQ(words(choices.front()), set_of(role_names()));
  Set referenced;
  for (size_t i = 1; i < choices.size(); ++i) {
    const std::string ref(choices[i].at("$ref").as_string());
    referenced.insert(ref.substr(ref.rfind('/') + 1));
  }
  EXPECT_EQ(referenced, set_of(role_names()));
  for (const std::string_view role : role_names()) {
    EXPECT_EQ(properties(definition(role)), set_of(node_keys(*role_of(role)))) << role;
    EXPECT_EQ(std::string_view(role_name(*role_of(role))), role);
    const auto& word = definition(role).at("properties").at("role").at("const").as_string();
    EXPECT_EQ(std::string(word), role);
  }
}

TEST(Schema, WordsAreThoseOfTheParser) {
  EXPECT_EQ(words(schema().at("properties").at("timers")), set_of(timer_names()));
  EXPECT_EQ(words(definition("system").at("properties").at("igp")), set_of(igp_names()));
  EXPECT_EQ(words(definition("system").at("properties").at("relations").at("additionalProperties")),
            set_of(relation_names()));
  EXPECT_EQ(words(definition("router").at("properties").at("redistribute").at("items")),
            set_of(redistributed_names()));
  EXPECT_EQ(words(definition("load_balancer").at("properties").at("algorithm")),
            set_of(algorithm_names()));
  EXPECT_EQ(words(definition("zone").at("properties").at("dnssec")), set_of(dnssec_names()));
  EXPECT_EQ(words(definition("zone").at("properties").at("dnssec")), set_of(dnssec_names()));
  EXPECT_EQ(words(definition("record_data").at("properties").at("type")), set_of(record_types()));
}

void expect_described(const json::value& value, const std::string& path) {
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) expect_described(item, path);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& member : value.as_object()) {
    const std::string key(member.key());
    if (key == "properties" || key == "$defs") {
      for (const auto& property : member.value().as_object()) {
        const json::object& object = property.value().as_object();
        const bool reference = object.contains("$ref");
        EXPECT_TRUE(reference || object.contains("description")) << path << '/' << property.key();
      }
    }
    expect_described(member.value(), path + '/' + key);
  }
}

TEST(Schema, EverythingIsDescribed) { expect_described(schema(), ""); }

}  // namespace
}  // namespace hoplab::topology
