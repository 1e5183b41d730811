// Which of the engine's sentences the tests made it say. tests/run names a file in
// HOPLAB_SENTENCES; every test process adds the keys it met when it ends. Without that variable
// nothing is kept.
#pragma once

#include <string_view>

namespace hoplab::test {

void record_sentence(std::string_view key);
// Of a journey as JSON, wherever it stands in a program's output.
void record_sentences(std::string_view json);

}  // namespace hoplab::test
