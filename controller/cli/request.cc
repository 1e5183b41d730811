// request and trace: the journey, printed.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "agents/common/net/ip_address.h"
#include "controller/cli/commands.h"
#include "controller/cli/session.h"
#include "controller/lab/agents.h"
#include "controller/report/json.h"
#include "controller/report/pcapng.h"
#include "controller/report/text.h"

namespace hoplab::cli {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string lab;
  std::string format = "text";
  std::string language = "en";
  std::string output;
  std::string bundle;
  std::string timeout = "15s";
  bool cold = false;
  bool every_hop = false;
  bool warm = false;
  int verbosity = 0;
};

unsigned terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

// Where the report goes: the file asked for, or standard output.
class Destination {
 public:
  explicit Destination(const std::string& file) {
    if (file.empty()) return;
    file_.open(file, std::ios::binary);
    if (!file_) throw Failure({ErrorKind::kInvalid, "cannot write " + file, ""});
  }
  std::ostream& stream() { return file_.is_open() ? file_ : std::cout; }
  void close() {
    stream().flush();
    if (!stream()) {
      throw Failure(
          {ErrorKind::kEnvironment, "the report could not be written whole", "is the disk full?"});
    }
  }

 private:
  std::ofstream file_;
};

void print_journey(const v1::Journey& journey, const ReportOptions& options) {
  Destination destination(options.output);
  std::ostream& out = destination.stream();
  if (options.format == "json") {
    check(report::print_json(journey, out));
  } else {
    const char* no_colour = std::getenv("NO_COLOR");
    report::TextOptions text;
    text.verbosity = options.verbosity;
    text.colour = options.output.empty() && ::isatty(STDOUT_FILENO) == 1 &&
                  (no_colour == nullptr || *no_colour == '\0');
    text.width = options.output.empty() ? terminal_width() : 100;
    text.language =
        options.language == "ko" ? report::Language::kKorean : report::Language::kEnglish;
    report::print_text(journey, text, out);
  }
  destination.close();
}

// Both forms that hold what the journey was made from.
void keep_bundle(const v1::Bundle& bundle, const v1::Journey& journey,
                 const ReportOptions& options) {
  if (!options.bundle.empty()) {
    std::ofstream out(options.bundle, std::ios::binary);
    if (!bundle.SerializeToOstream(&out)) {
      throw Failure({ErrorKind::kUnavailable, "cannot write " + options.bundle,
                     "is there room, and may you write there?"});
    }
  }
  if (options.format == "pcapng") {
    Destination destination(options.output);
    report::print_pcapng(bundle, journey, destination.stream());
    destination.close();
  }
}

bool wants_bundle(const ReportOptions& options) {
  return !options.bundle.empty() || options.format == "pcapng";
}

// Before anything is asked of the lab: a report that has nowhere to go would be lost.
void check_writable(const std::string& file) {
  if (file.empty()) return;
  const fs::path path(file);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (fs::is_directory(path, error))
    throw Failure({ErrorKind::kInvalid, file + " is a folder", ""});
  if (::access(exists ? path.c_str() : folder.c_str(), W_OK) == 0) return;
  throw Failure({ErrorKind::kInvalid,
                 fmt::format("cannot write {}: {}", file, std::strerror(errno)),
                 "give a file in a folder that is there"});
}

void check_report(const ReportOptions& options) {
  check_writable(options.output);
  check_writable(options.bundle);
  if (options.format == "pcapng" && options.output.empty() && ::isatty(STDOUT_FILENO) == 1) {
    throw Failure({ErrorKind::kInvalid, "a terminal cannot show pcapng",
                   "into a file with -o FILE, or: … | wireshark -k -i -"});
  }
}

int exit_code_of(const v1::Journey& journey) {
  const auto result = journey.verdict().result();
  return result == v1::Verdict::OK || result == v1::Verdict::DEGRADED ? 0 : 1;
}

template <typename Stream>
v1::Journey read_journey(Stream& stream, const ReportOptions& options, int* command_exit) {
  v1::Journey journey;
  // What a program reads from standard output is the report alone.
  const bool mixed = options.format == "text" || !options.output.empty();
  std::ostream& command_output = mixed ? std::cout : std::cerr;
  for (v1::JourneyReply reply; stream.Read(&reply);) {
    switch (reply.what_case()) {
      case v1::JourneyReply::kProgress:
        if (::isatty(STDERR_FILENO) == 1) std::cerr << "… " << reply.progress() << '\n';
        break;
      case v1::JourneyReply::kOutput:
        command_output << reply.output().output();
        std::cerr << reply.output().error_output();
        if (reply.output().has_exit_code()) *command_exit = reply.output().exit_code();
        command_output.flush();
        break;
      case v1::JourneyReply::kJourney:
        journey = std::move(*reply.mutable_journey());
        if (options.format != "pcapng") print_journey(journey, options);
        break;
      case v1::JourneyReply::kBundle:
        keep_bundle(reply.bundle(), journey, options);
        break;
      case v1::JourneyReply::WHAT_NOT_SET:
        break;
    }
  }
  check(stream.Finish());
  return journey;
}

// A host with, perhaps, a port (RFC 3986, section 3.2), as far as a lab has such.
bool names_a_host(std::string_view authority) {
  authority.remove_prefix(authority.find('@') + 1);
  const bool literal = authority.starts_with('[');
  const size_t end =
      literal ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
  std::string_view host = authority.substr(0, end);
  const std::string_view rest = authority.substr(end);
  if (literal && host.size() < 4) return false;
  if (literal) {
    const auto address = net::parse_ip(host.substr(1, host.size() - 2));
    if (!address || address->is_v4()) return false;
    host = "literal";
  }
  const auto allowed = [&](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c >= 0x80;
  };
  if (host.empty() || host[0] == '-' || host[0] == '.' || !std::ranges::all_of(host, allowed)) {
    return false;
  }
  if (rest.empty()) return true;
  unsigned port = 0;
  const auto [stop, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
  return rest[0] == ':' && error == std::errc{} && stop == rest.data() + rest.size() && port > 0 &&
         port < 65536;
}

// The URL as curl takes it; http:// where no scheme is given.
std::string checked_url(const std::string& text, const std::string& client) {
  const std::string url = text.find("://") == std::string::npos ? "http://" + text : text;
  const std::string_view behind = std::string_view(url).substr(url.find("://") + 3);
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  const bool spaced =
      std::ranges::any_of(url, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  const std::string_view authority = behind.substr(0, behind.find_first_of("/?#"));
  if (web && !spaced && names_a_host(authority)) return url;
  const auto bare = net::parse_ip(authority);
  const bool unbracketed = web && !spaced && bare && bare->is_v6();
  throw Failure({ErrorKind::kInvalid, fmt::format("\"{}\" is no http:// or https:// address", text),
                 unbracketed
                     ? fmt::format("an IPv6 address stands in brackets (RFC 3986, section 3.2.2): "
                                   "{}[{}]{}",
                                   url.substr(0, url.size() - behind.size()), authority,
                                   behind.substr(authority.size()))
                 : web ? "write it as a browser shows it: https://www.naver.com/"
                       : "for anything else: hoplab trace " + client + " -- COMMAND"});
}

int request(const std::string& client, const std::string& url, const ReportOptions& options) {
  check_report(options);
  v1::JourneyRequest message;
  message.set_client(client);
  message.set_url(checked_url(url, client));
  message.set_cold(!options.warm);
  message.set_timeout_ms(milliseconds_of(options.timeout));
  const lab::Paths paths = find_lab(options.lab);
  message.set_with_bundle(wants_bundle(options));
  message.set_every_hop(options.every_hop || options.format == "pcapng");
  const auto controller = controller_of(paths);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  const auto stream = controller->Request(&context, message);
  int unused = 0;
  return exit_code_of(read_journey(*stream, options, &unused));
}

int trace(const std::string& node, const std::vector<std::string>& command,
          const ReportOptions& options) {
  check_report(options);
  const lab::Paths paths = find_lab(options.lab);
  v1::TraceRequest message;
  message.set_node(node);
  for (const auto& word : command) message.add_command(word);
  message.set_cold(options.cold);
  message.set_timeout_ms(milliseconds_of(options.timeout));
  message.set_with_bundle(wants_bundle(options));
  message.set_every_hop(options.every_hop || options.format == "pcapng");
  const auto controller = controller_of(paths);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  const auto stream = controller->Trace(&context, message);
  int command_exit = 0;
  const v1::Journey journey = read_journey(*stream, options, &command_exit);
  // A command that could not be started, or did not end in time, has no exit code of its own.
  return command_exit == 0 && journey.result().exit_code() == 0 ? 0 : 1;
}

void add_report_options(CLI::App& command, ReportOptions& options) {
  add_lab_option(command, options.lab);
  command.add_option("--format", options.format, "How to print it; pcapng is for Wireshark")
      ->check(CLI::IsMember({"text", "json", "pcapng"}))
      ->capture_default_str();
  command.add_option("--lang", options.language, "Language of the report")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  command.add_option("-o,--output", options.output, "Write the report to a file")
      ->type_name("FILE");
  command
      .add_option("--bundle", options.bundle,
                  "Keep what the report was made from: frames, state, events")
      ->type_name("FILE");
  command.add_option("--timeout", options.timeout, "Give up after")
      ->capture_default_str()
      ->type_name("DURATION");
  command.add_flag("--every-hop", options.every_hop,
                   "Long transfers too packet by packet, however many are alike");
  command.add_flag("-v,--verbose", options.verbosity, "Every hop (-v), every header (-vv)");
}

}  // namespace

void add_request(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("request", "One request from a client, reported hop by hop");
  auto options = std::make_shared<ReportOptions>();
  auto client = std::make_shared<std::string>();
  auto url = std::make_shared<std::string>();
  command->add_option("CLIENT", *client, "The client node")->required();
  command->add_option("URL", *url, "http:// or https://")->required();
  auto* cold = command->add_flag("--cold", options->cold,
                                 "From nothing: no lease, no ARP entry, no cached name (default)");
  command->add_flag("--warm", options->warm, "With what the lab remembers")->excludes(cold);
  add_report_options(*command, *options);
  command->callback([=, &invocation] { invocation.exit_code = request(*client, *url, *options); });

  auto* trace_command = app.add_subcommand("trace", "Any command on a node, reported the same way");
  auto trace_options = std::make_shared<ReportOptions>();
  trace_options->timeout = "60s";
  auto node = std::make_shared<std::string>();
  auto words = std::make_shared<std::vector<std::string>>();
  trace_command->add_option("NODE", *node, "Where it runs")->required();
  trace_command->add_option("COMMAND", *words, "After --")->required();
  trace_command->add_flag("--cold", trace_options->cold,
                          "Forget leases, ARP entries and names first");
  add_report_options(*trace_command, *trace_options);
  trace_command->callback(
      [=, &invocation] { invocation.exit_code = trace(*node, *words, *trace_options); });
}

}  // namespace hoplab::cli
