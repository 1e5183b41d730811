// By itself, so that the engine's tests can put a recording one in its place.
#include "controller/journey/story.h"

namespace hoplab::journey {

v1::Fact fact(std::string_view key,
              std::initializer_list<std::pair<std::string_view, std::string>> args) {
  v1::Fact f;
  f.set_key(std::string(key));
  for (const auto& [name, value] : args) (*f.mutable_args())[std::string(name)] = value;
  return f;
}

}  // namespace hoplab::journey
