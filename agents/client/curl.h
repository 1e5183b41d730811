// One HTTP request by curl, and what curl reports of it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agents/common/role/role.h"

namespace hoplab::client {

struct CurlFiles {
  std::string body = "/run/hoplab-client/body";
  std::string key_log = "/run/hoplab-client/tls-keys";
};

// Follows no redirect, prints the report alone. Pure.
std::vector<std::string> curl_command(const std::string& url, std::chrono::milliseconds timeout,
                                      const CurlFiles& files);
// The lines of the report, which curl_command asked for. Pure.
void read_report(std::string_view report, hoplab::v1::RequestResult& result);

// An error only where curl itself cannot be run; a failed request is a result.
Result<hoplab::v1::RequestResult> fetch(agent::Host& host, const std::string& url,
                                        std::chrono::milliseconds timeout,
                                        const CurlFiles& files = {});

}  // namespace hoplab::client
