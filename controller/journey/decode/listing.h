// "a, b, c": one more item of a list in words.
#pragma once

#include <string>
#include <string_view>

namespace hoplab::journey {

inline void append_item(std::string& list, std::string_view item,
                        std::string_view separator = ", ") {
  if (!list.empty()) list.append(separator);
  list.append(item);
}

}  // namespace hoplab::journey
