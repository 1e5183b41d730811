// What the lessons teach: every item has a test that shows it on the wire and a topology that
// teaches it. The table in topologies/README.md is made of this list and of what the tests declare.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hoplab::test {

struct Item {
  std::string_view area;  // "Addresses"
  std::string_view key;   // what a test declares
  std::string_view text;  // what is taught
};

std::span<const Item> items();

// Declares that a test shows an item by a topology (its name in topologies/, without the suffix).
// Called before main. An unknown key ends the program: it is a mistake in a test.
bool shows(std::initializer_list<std::string_view> keys, std::string_view topology,
           std::string_view test);

// The page topologies/README.md as the declarations have it.
std::string lesson_page();

}  // namespace hoplab::test
