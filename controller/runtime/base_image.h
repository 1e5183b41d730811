// debian:bookworm-slim, from a registry if one answers, else made on this machine from Debian's
// packages with mmdebstrap.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "controller/runtime/engine.h"

namespace hoplab::runtime {

using ImageProgress = std::function<void(const std::string& image, const std::string& line)>;

// Success when the image is there. Takes up to some minutes; ends early when stop is requested.
Status ensure_base_image(Engine& engine, const std::string& reference,
                         const ImageProgress& progress, const std::stop_token& stop);

// Follows a build, pull or import to its end; the Error carries the last lines of its output.
Status follow_image(Engine& engine, HttpStream exchange, const std::string& attempted,
                    const std::function<void(const std::string& line)>& each_line);

}  // namespace hoplab::runtime
