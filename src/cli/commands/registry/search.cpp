#include <algorithm>

#include "cli/format/unicode.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/registry/credentials.h"

namespace mydock::cli {

namespace {

constexpr std::size_t kShownDescription = 45;

constexpr Flag kFlags[] = {
    {"filter", 'f', FlagType::filter, "Filter output based on conditions provided"},
    {"format", 0, FlagType::text, "Pretty-print search using a Go template"},
    {"limit", 0, FlagType::integer, "Max number of search results"},
    {"no-trunc", 0, FlagType::boolean, "Don't truncate output"},
};

Listing search_listing() {
  Listing listing;
  listing.row_type = "*search.context";
  listing.default_table = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}";
  listing.quiet = "{{.Name}}";
  listing.headers = {{"Name", "NAME"},
                     {"Description", "DESCRIPTION"},
                     {"StarCount", "STARS"},
                     {"IsOfficial", "OFFICIAL"},
                     {"IsAutomated", "AUTOMATED"}};
  return listing;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

int run(Invocation& call) {
  client::SearchQuery query;
  query.term = call.args[0];
  query.limit = call.flags.integer("limit", 0);
  query.filters = read_filters(call.flags.list("filter"));
  const std::size_t slash = query.term.find('/');
  const std::string first = query.term.substr(0, std::min(slash, query.term.size()));
  const bool has_domain = slash != query.term.npos && first.find_first_of(".:") != first.npos;
  query.registry_auth = registry_auth_for(call.config_folder, has_domain ? first : "docker.io");
  const auto results = from_daemon([&] { return call.api().images().search(query); });
  std::vector<Value> rows;
  for (const api::SearchResult& one : results) {
    std::string description = one_line(one.description);
    if (!call.flags.boolean("no-trunc")) description = ellipsis(description, kShownDescription);
    rows.push_back(Value::map({{"Name", one.name},
                               {"Description", description},
                               {"StarCount", std::to_string(one.star_count)},
                               {"IsOfficial", one.is_official ? "[OK]" : ""},
                               {"IsAutomated", ""}}));
  }
  print_listing(call.console, search_listing(), rows, {.format = call.flags.text("format")});
  return 0;
}

}  // namespace

extern const Command kSearch;
constinit const Command kSearch{.name = "search",
                                .forms = "search",
                                .arguments = "[OPTIONS] TERM",
                                .summary = "Search Docker Hub for images",
                                .flags = kFlags,
                                .least = 1,
                                .most = 1,
                                .run = run};

}  // namespace mydock::cli
