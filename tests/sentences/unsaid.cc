// Names the engine's sentences that no test made it say: unsaid FILE, as recorder.h writes it.
#include <fstream>
#include <iostream>
#include <set>
#include <string>

#include "controller/journey/keys.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: unsaid FILE\n";
    return 2;
  }
  std::ifstream in(argv[1]);
  if (!in) {
    std::cerr << argv[1] << ": no test recorded anything\n";
    return 1;
  }
  std::set<std::string, std::less<>> said;
  for (std::string key; std::getline(in, key);) said.insert(key);
  int unsaid = 0;
  for (const auto& key : hoplab::journey::kKeys) {
    if (said.contains(key.key)) continue;
    std::cout << "no test makes the engine say " << key.key << "\n";
    ++unsaid;
  }
  std::cout << said.size() << " sentences said by tests, " << unsaid << " never\n";
  return unsaid == 0 ? 0 : 1;
}
