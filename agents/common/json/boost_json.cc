// The one place that compiles Boost.JSON, of which Debian ships the library apart from its headers.
#include <boost/json/src.hpp>
