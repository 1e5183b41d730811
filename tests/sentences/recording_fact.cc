// Stands in for controller/journey/fact.cc in the engine's unit tests: the same, and recorded.
#include "controller/journey/story.h"
#include "tests/sentences/recorder.h"

namespace hoplab::journey {

v1::Fact fact(std::string_view key,
              std::initializer_list<std::pair<std::string_view, std::string>> args) {
  test::record_sentence(key);
  v1::Fact f;
  f.set_key(std::string(key));
  for (const auto& [name, value] : args) (*f.mutable_args())[std::string(name)] = value;
  return f;
}

}  // namespace hoplab::journey
