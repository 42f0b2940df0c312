#include "registry/client.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "registry/refusal.h"

namespace mydock::registry {

namespace {

constexpr std::string_view kSearchHost = "index.docker.io";
constexpr std::size_t kLargestSearch = std::size_t{8} << 20;
constexpr std::chrono::seconds kSearchTime{30};

struct SearchAnswer {
  std::vector<SearchResult> results;
};
template <class V>
void fields(V& v, Of<SearchAnswer> auto& a) {
  v("results", a.results);
}

bool is_hub(std::string_view host) {
  return host == kHub || host == "index.docker.io" || host == kHubApi;
}

}  // namespace

std::string registry_of(std::string_view server) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (server.starts_with(scheme)) server.remove_prefix(scheme.size());
  }
  server = server.substr(0, server.find('/'));
  return server.empty() || is_hub(server) ? std::string(kHub) : std::string(server);
}

Client::Client(Configuration configuration)
    : hosts_((check_configuration(configuration), std::move(configuration))), tokens_(hosts_) {}

Repository Client::open(const oci::Reference& name, const Credentials& credentials, Access access,
                        const std::stop_token& stop) {
  const std::string scope = fmt::format("repository:{}:{}", name.repository,
                                        access == Access::push ? "pull,push" : "pull");
  std::vector<Endpoint> endpoints;
  if (access == Access::pull && name.domain == kHub) {
    for (const std::string& mirror : hosts_.configuration().mirrors) {
      // The Hub's password is not a mirror's business.
      endpoints.push_back({std::make_shared<Session>(hosts_, tokens_, http::parse_url(mirror),
                                                     Credentials{}, std::vector{scope}),
                           true});
    }
  }
  endpoints.push_back({std::make_shared<Session>(hosts_, tokens_, hosts_.base_of(name.domain, stop),
                                                 credentials, std::vector{scope}),
                       false});
  // With mirrors the registry itself may never be asked, nor be reachable.
  if (endpoints.size() == 1) endpoints.back().session->ping(stop);
  return Repository(name, std::move(endpoints));
}

std::string Client::log_in(std::string_view server, const Credentials& credentials,
                           const std::stop_token& stop) {
  Session session(hosts_, tokens_, hosts_.base_of(registry_of(server), stop), credentials, {});
  return session.log_in(stop);
}

std::vector<SearchResult> Client::search(const SearchQuery& query, const Credentials& credentials,
                                         const std::stop_token& stop) {
  std::string term = query.term;
  http::Url url = http::parse_authority(kSearchHost, true);
  const std::size_t slash = term.find('/');
  const std::string first = term.substr(0, std::min(slash, term.size()));
  if (slash != term.npos && (first == "localhost" || first.find_first_of(".:") != first.npos)) {
    if (!is_hub(first)) url = hosts_.base_of(first, stop);
    term.erase(0, slash + 1);
  }
  url.target = http::with_query("/v1/search", "q", term);
  url.target = http::with_query(url.target, "n", std::to_string(query.limit));
  http::Outgoing outgoing;
  outgoing.stop = stop;
  outgoing.deadline = outgoing.body_deadline = deadline_after(kSearchTime);
  if (!credentials.username.empty() && !credentials.password.empty()) {
    outgoing.headers.emplace_back("Authorization", basic_authorization(credentials));
  }
  http::Response response = hosts_.follow(url, outgoing);
  if (response.status() != 200) {
    fail(Kind::system, "Unexpected status code {}", response.status());
  }
  return in_context("search", [&] {
    return from_json<SearchAnswer>(response.read_body(kLargestSearch)).results;
  });
}

}  // namespace mydock::registry
