#include "controller/report/route_tables.h"

#include <fmt/format.h>

#include <ostream>

namespace hoplab::report {
namespace {

std::string next_hops_of(const v1::Route& route) {
  if (!route.kind().empty() && route.kind() != "unicast") return route.kind();
  std::string text;
  for (const v1::NextHop& hop : route.next_hops()) {
    if (!text.empty()) text += ", ";
    text += hop.via().empty() ? hop.interface() : fmt::format("{} {}", hop.via(), hop.interface());
  }
  return text;
}

std::string as_path_of(const v1::BgpPath& path) {
  std::string text;
  for (const uint32_t asn : path.as_path()) text += fmt::format(" {}", asn);
  return text.empty() ? " –" : text;
}

std::string attributes_of(const v1::BgpPath& path) {
  std::string text = fmt::format("AS path{}  origin {}", as_path_of(path), path.detail().origin());
  if (path.local_preference() != 0) {
    text += fmt::format("  local preference {}", path.local_preference());
  }
  if (path.detail().has_med()) text += fmt::format("  MED {}", path.detail().med());
  for (const auto& community : path.detail().communities()) text += "  " + community;
  if (!path.detail().originator_id().empty()) {
    text += fmt::format("  originator {}", path.detail().originator_id());
  }
  return text;
}

// As what was looked up says it, or as one of a list.
enum class Manner { kMatch, kListed };

template <typename Reasons>
void print_reasons(const Reasons& reasons, Manner manner, Language language, const Paint& paint,
                   std::ostream& out) {
  for (const v1::Fact& reason : reasons) {
    v1::Fact listed = reason;
    listed.set_key("listed." + reason.key());
    const bool other =
        manner == Manner::kListed && sentence(language, listed.key()).data() != nullptr;
    out << "      " << paint.dim(say(language, other ? listed : reason)) << '\n';
  }
}

}  // namespace

void print_routes(const v1::RouteTable& table, Language language, const Paint& paint,
                  std::ostream& out) {
  for (const v1::RouteChoice& choice : table.routes()) {
    const std::string line =
        fmt::format("{} {:18} {:9} {}", choice.used() ? '*' : ' ', choice.route().prefix(),
                    choice.route().protocol(), next_hops_of(choice.route()));
    out << (choice.used() ? paint.bold(line) : line) << '\n';
    print_reasons(choice.reasons(), choice.matches() ? Manner::kMatch : Manner::kListed, language,
                  paint, out);
  }
}

void print_looking_glass(const v1::LookingGlass& glass, Language language, const Paint& paint,
                         std::ostream& out) {
  std::string prefix;
  for (const v1::PathChoice& choice : glass.paths()) {
    const v1::BgpPath& path = choice.path();
    if (path.prefix() != prefix) out << paint.bold(path.prefix()) << '\n';
    prefix = path.prefix();
    const std::string from = path.peer().empty()        ? std::string("made here")
                             : path.peer_node().empty() ? path.peer()
                                                        : path.peer_node();
    out << fmt::format("  {} {:14} {}{}\n",
                       path.best()        ? '*'
                       : path.multipath() ? '='
                                          : ' ',
                       from, path.internal() ? "internal  " : "", attributes_of(path));
    print_reasons(choice.reasons(), Manner::kMatch, language, paint, out);
  }
}

}  // namespace hoplab::report
