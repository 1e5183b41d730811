// Follows the engine's event stream on a thread of its own, and again when the engine was
// restarted.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/runtime/http.h"
#include "controller/runtime/runtime.h"

namespace hoplab::runtime {

// Returns once the engine has accepted, so that whatever happens afterwards is reported. The
// function it returns ends the watch and waits for a callback under way; do not call it from one.
Result<std::function<void()>> follow_events(std::shared_ptr<HttpClient> http, std::string target,
                                            std::function<void(const ContainerEvent&)> callback);

}  // namespace hoplab::runtime
