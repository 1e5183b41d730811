// Fields of FRR's JSON, read without surprise: what is missing or of another type is empty.
// Internal to this folder.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "agents/common/base/error.h"

namespace hoplab::router {

namespace json = boost::json;

inline Result<json::object> parse(std::string_view text, const char* what) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (!error && !value.is_object()) error = json::error::not_object;
  if (error) {
    return fail(ErrorKind::kInternal, std::string("read ") + what + ": " + error.message());
  }
  return std::move(value.as_object());
}

inline const json::object& object_of(const json::value& value) {
  static const json::object none;
  const auto* object = value.if_object();
  return object != nullptr ? *object : none;
}

inline const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const auto* value = object.if_contains(key);
  return value != nullptr ? object_of(*value) : none;
}

inline const json::array& list_of(const json::value& value) {
  static const json::array none;
  const auto* list = value.if_array();
  return list != nullptr ? *list : none;
}

inline std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

inline uint32_t number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  json::error_code error;
  const auto number = value->to_number<uint32_t>(error);
  return error ? 0 : number;
}

inline bool flag_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

inline const json::array& list_at(const json::object& object, std::string_view key) {
  static const json::array none;
  const auto* value = object.if_contains(key);
  return value != nullptr ? list_of(*value) : none;
}

}  // namespace hoplab::router
