# OBJECT's bytes as an array in OUTPUT: loaded from memory, so that the program is one file.
file(READ ${OBJECT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include <cstddef>
namespace hoplab::drops {
extern const unsigned char kObject[];
extern const size_t kObjectSize;
alignas(8) const unsigned char kObject[] = {${bytes}};
const size_t kObjectSize = sizeof kObject;
}
")
