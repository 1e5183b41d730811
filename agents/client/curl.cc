#include "agents/client/curl.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "agents/common/base/read_file.h"

namespace hoplab::client {
namespace {

constexpr size_t kBodyStart = 1024;
// One line a variable: curl's name, "=", its value. The certificates come last: many lines.
constexpr std::string_view kReport =
    "http_code=%{http_code}\\nhttp_version=%{http_version}\\nsize_download=%{size_download}\\n"
    "remote_ip=%{remote_ip}\\nremote_port=%{remote_port}\\n"
    "local_ip=%{local_ip}\\nlocal_port=%{local_port}\\n"
    "time_namelookup=%{time_namelookup}\\ntime_connect=%{time_connect}\\n"
    "time_appconnect=%{time_appconnect}\\ntime_starttransfer=%{time_starttransfer}\\n"
    "time_total=%{time_total}\\nerrormsg=%{errormsg}\\n%{certs}\\n";

template <typename Number>
Number number_in(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
int64_t microseconds_in(std::string_view seconds) {
  return std::llround(number_in<double>(seconds) * 1e6);
}

std::string contents_of(const std::string& path, size_t most = std::string::npos) {
  return read_file(path, most).value_or("");
}

// Bytes that are no UTF-8 cannot stand in a protobuf string.
std::string printable(std::string text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80    ? 1
                          : lead >= 0xF0 ? 4
                          : lead >= 0xE0 ? 3
                          : lead >= 0xC2 ? 2
                                         : 0;
    bool whole = length != 0 && lead < 0xF5 && i + length <= text.size();
    for (size_t k = 1; whole && k < length; ++k) {
      whole = (static_cast<unsigned char>(text[i + k]) & 0xC0U) == 0x80;
    }
    if (whole) {
      out.append(text, i, length);
      i += length;
    } else {
      out += '?';
      ++i;
    }
  }
  return out;
}

int64_t realtime_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::vector<std::string> curl_command(const std::string& url, std::chrono::milliseconds timeout,
                                      const CurlFiles& files) {
  return {"env",
          "SSLKEYLOGFILE=" + files.key_log,
          "curl",
          "--disable",  // no configuration of the image's
          "--no-progress-meter",
          "--globoff",
          "--max-time",
          fmt::format("{:.3f}", static_cast<double>(timeout.count()) / 1000),
          "--output",
          files.body,
          "--write-out",
          std::string(kReport),
          "--url",
          url};
}

void read_report(std::string_view report, hoplab::v1::RequestResult& result) {
  while (!report.empty()) {
    const auto end = std::min(report.find('\n'), report.size());
    const auto line = report.substr(0, end);
    report.remove_prefix(std::min(end + 1, report.size()));
    // The first certificate is the server's own.
    if (line.starts_with("Subject:") && result.certificate_subject().empty()) {
      result.set_certificate_subject(printable(std::string(line.substr(8))));
    } else if (line.starts_with("Issuer:") && result.certificate_issuer().empty()) {
      result.set_certificate_issuer(printable(std::string(line.substr(7))));
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (name == "http_code") result.set_http_status(number_in<int32_t>(value));
    if (name == "http_version" && value != "0") result.set_http_version(std::string(value));
    if (name == "size_download") result.set_body_bytes(number_in<uint64_t>(value));
    if (name == "remote_ip") result.set_remote_address(std::string(value));
    if (name == "remote_port") result.set_remote_port(number_in<uint32_t>(value));
    if (name == "local_ip") result.set_local_address(std::string(value));
    if (name == "local_port") result.set_local_port(number_in<uint32_t>(value));
    if (name == "time_namelookup") result.set_name_lookup_us(microseconds_in(value));
    if (name == "time_connect") result.set_connect_us(microseconds_in(value));
    if (name == "time_appconnect") result.set_tls_us(microseconds_in(value));
    if (name == "time_starttransfer") result.set_first_byte_us(microseconds_in(value));
    if (name == "time_total") result.set_total_us(microseconds_in(value));
    if (name == "errormsg") result.set_error(printable(std::string(value)));
  }
}

Result<hoplab::v1::RequestResult> fetch(agent::Host& host, const std::string& url,
                                        std::chrono::milliseconds timeout, const CurlFiles& files) {
  std::error_code ignored;
  std::filesystem::remove(files.body, ignored);
  std::filesystem::remove(files.key_log, ignored);
  hoplab::v1::RequestResult result;
  result.set_started_ns(realtime_ns());
  const auto ran = host.run(curl_command(url, timeout, files), timeout + std::chrono::seconds(2));
  result.set_ended_ns(realtime_ns());
  if (!ran) return std::unexpected(ran.error());
  result.set_exit_code(ran->exit_code);
  read_report(ran->output, result);
  if (result.error().empty() && ran->exit_code != 0) result.set_error(printable(ran->error_output));
  result.set_body_start(printable(contents_of(files.body, kBodyStart)));
  result.set_tls_key_log(contents_of(files.key_log));
  return result;
}

}  // namespace hoplab::client
