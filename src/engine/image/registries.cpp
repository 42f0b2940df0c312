#include "engine/registries.h"

#include <algorithm>

#include "base/base64.h"
#include "base/error.h"
#include "engine/image/progress_lines.h"
#include "engine/parts.h"
#include "image/pull.h"
#include "image/push.h"
#include "oci/manifest.h"
#include "registry/client.h"
#include "registry/refusal.h"

namespace mydock::engine {

namespace {

constexpr std::int64_t kUsualLimit = 25;
constexpr std::int64_t kMostResults = 100;

registry::Configuration configuration_of(const EngineOptions& options) {
  return {.insecure = options.registry.insecure,
          .mirrors = options.registry.mirrors,
          .certificates = options.registry.certificates,
          .proxies = {.http = options.registry.http_proxy,
                      .https = options.registry.https_proxy,
                      .none = options.registry.no_proxy},
          .user_agent = "docker/" + options.version + " mydock"};
}

registry::Credentials to_credentials(const api::AuthConfig& auth) {
  registry::Credentials credentials{.username = auth.username,
                                    .password = auth.password,
                                    .identity_token = auth.identity_token,
                                    .registry_token = auth.registry_token};
  if (credentials.username.empty() && !auth.auth.empty()) {
    const std::string both = decode_base64(auth.auth).value_or("");
    const std::size_t colon = both.find(':');  // a password may hold more of them
    if (colon != both.npos) {
      credentials.username = both.substr(0, colon);
      credentials.password = both.substr(colon + 1);
    }
  }
  return credentials;
}

// "alpine" with "3.19" or "sha256:…".
oci::Reference reference_of(const PullRequest& request) {
  std::string name = request.name;
  if (name.ends_with(':')) name.pop_back();
  if (!request.tag.empty()) {
    name += (request.tag.find(':') != request.tag.npos ? "@" : ":") + request.tag;
  }
  oci::Reference reference = oci::Reference::parse_name(name);
  if (reference.familiar_name() == "scratch") fail(Kind::forbidden, "'scratch' is a reserved name");
  return reference;
}

void say(const ImageProgress& progress, std::string status) {
  api::ProgressMessage line;
  line.status = std::move(status);
  progress(line);
}

void publish(Parts& parts, std::string_view action, const oci::Reference& reference,
             const image::Image& image) {
  Attributes attributes = image.config.config.labels;
  attributes["name"] = reference.familiar_name();
  parts.events.publish("image", action, reference.familiar(), std::move(attributes));
}

std::string push_denied(const registry::Refusal& refusal) {
  if (refusal.code() == "DENIED") {
    return "denied: requested access to the resource is denied";
  }
  return refusal.message();
}

// What is wrong with a registry's data is not wrong with the request.
template <class F>
auto from_remote(F&& work) {
  try {
    return std::forward<F>(work)();
  } catch (const Error& error) {
    if (error.kind() != Kind::invalid) throw;
    throw Error(Kind::system, error.message(), error.error_number());
  }
}

api::DistributionPlatform to_api(const oci::Platform& platform) {
  return {.architecture = platform.architecture,
          .os = platform.os,
          .os_version = platform.os_version,
          .variant = platform.variant};
}

}  // namespace

Registries::Registries(Parts& parts)
    : parts_(parts), client_(std::make_unique<registry::Client>(configuration_of(parts.options))) {
  parts.images.downloads.set_most(parts.options.registry.most_downloads);
}
Registries::~Registries() = default;

void Registries::pull(const PullRequest& request, const ImageProgress& progress,
                      const std::stop_token& stop) {
  const oci::Reference asked = reference_of(request);
  image::PullOptions options;
  if (!request.platform.empty()) options.platform = oci::parse_platform(request.platform);
  options.parallel = parts_.options.registry.most_downloads;
  options.attempts = parts_.options.registry.download_attempts;
  const registry::Repository repository =
      client_->open(asked, to_credentials(request.auth), registry::Access::pull, stop);
  std::vector<oci::Reference> names{asked};
  if (asked.tag.empty() && !asked.digest) {
    names.clear();
    try {
      for (const std::string& tag : repository.tags(stop)) {
        names.push_back(asked);
        names.back().tag = tag;
      }
    } catch (const Error& error) {
      registry::explain_pull(error, asked);
    }
  }
  ProgressLines lines(progress);
  for (const oci::Reference& name : names) {
    const image::Pulled pulled = from_remote(
        [&] { return image::pull(parts_.images, repository, name, options, lines, stop); });
    say(progress, "Digest: " + pulled.digest.str());
    say(progress, fmt::format("Status: {} for {}",
                              pulled.newer ? "Downloaded newer image" : "Image is up to date",
                              name.familiar()));
    publish(parts_, "pull", name, *pulled.image);
  }
}

void Registries::push(std::string_view name, std::string_view tag, const api::AuthConfig& auth,
                      const ImageProgress& progress, const std::stop_token& stop) {
  std::string text(name);
  if (!tag.empty()) text += ":" + std::string(tag);
  const oci::Reference asked = oci::Reference::parse_name(text);
  if (asked.digest) fail(Kind::invalid, "cannot push a digest reference");
  std::vector<oci::Reference> names;
  image::ListOptions everything;
  everything.all = true;
  bool known = false;
  for (const image::Listed& listed : parts_.images.images.list(everything)) {
    for (const oci::Reference& here : listed.image->names) {
      if (here.name() != asked.name() || here.digest) continue;
      known = true;
      if (asked.tag.empty() || here.tag == asked.tag) names.push_back(here);
    }
  }
  say(progress, fmt::format("The push refers to repository [{}]", asked.name()));
  if (!known) {
    fail(Kind::not_found, "An image does not exist locally with the tag: {}",
         asked.familiar_name());
  }
  if (names.empty()) fail(Kind::not_found, "tag does not exist: {}", asked.familiar());
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.tag < b.tag; });
  ProgressLines lines(progress);
  try {
    const registry::Repository repository =
        client_->open(asked, to_credentials(auth), registry::Access::push, stop);
    for (const oci::Reference& one : names) {
      const image::ImagePtr image = parts_.images.images.resolve(one.familiar());
      const image::Pushed pushed =
          image::push(parts_.images, repository, image, one,
                      {.parallel = parts_.options.registry.most_uploads}, lines, stop);
      const auto size = static_cast<std::int64_t>(pushed.size);
      say(progress, fmt::format("{}: digest: {} size: {}", one.tag, pushed.digest.str(), size));
      api::ProgressMessage last;
      last.progress_detail = api::ProgressDetail{};
      last.aux = RawJson{
          to_json(api::PushResult{.tag = one.tag, .digest = pushed.digest.str(), .size = size})};
      progress(last);
      publish(parts_, "push", one, *image);
    }
  } catch (const registry::Refusal& refusal) {
    fail(Kind::system, "{}", push_denied(refusal));
  }
}

api::DistributionInspect Registries::distribution(std::string_view name,
                                                  const api::AuthConfig& auth,
                                                  const std::stop_token& stop) {
  if (oci::is_full_id(name)) fail(Kind::system, "no manifest found for full image ID");
  const oci::Reference asked = oci::Reference::parse_familiar(name);
  try {
    const registry::Repository repository =
        client_->open(asked, to_credentials(auth), registry::Access::pull, stop);
    const registry::Document document =
        repository.manifest(asked.digest ? asked.digest->str() : asked.tag, stop);
    api::DistributionInspect answer;
    answer.descriptor = {.media_type = document.media_type,
                         .digest = document.digest.str(),
                         .size = static_cast<std::int64_t>(document.text.size())};
    const oci::Document parsed = oci::parse_document(document.text, document.media_type);
    if (const auto* index = std::get_if<oci::Index>(&parsed)) {
      for (const oci::Descriptor& entry : index->manifests) {
        if (entry.platform) answer.platforms.push_back(to_api(*entry.platform));
      }
    } else {
      const oci::Descriptor& config = std::get<oci::Manifest>(parsed).config;
      const oci::ImageConfig image = oci::parse_image_config(repository.blob(config, stop));
      answer.platforms.push_back(to_api(image.platform()));
    }
    return answer;
  } catch (const registry::Refusal& refusal) {
    if (refusal.says_denied()) fail(Kind::unauthorized, "{}", refusal.message());
    if (refusal.says_absent()) fail(Kind::not_found, "{}", refusal.message());
    throw;
  }
}

api::AuthAnswer Registries::log_in(const api::AuthConfig& auth, const std::stop_token& stop) {
  const registry::Credentials credentials = to_credentials(auth);
  api::AuthAnswer answer;
  answer.identity_token = client_->log_in(auth.server_address, credentials, stop);
  answer.status = "Login Succeeded";
  return answer;
}

std::vector<api::SearchResult> Registries::search(std::string_view term, std::int64_t limit,
                                                  const api::Filters& filters,
                                                  const api::AuthConfig& auth,
                                                  const std::stop_token& stop) {
  filters.require_known({"is-automated", "is-official", "stars"});
  if (term.find("://") != term.npos) {
    fail(Kind::invalid, "invalid repository name: repository name ({}) should not have a scheme",
         term);
  }
  if (limit == 0) limit = kUsualLimit;
  if (limit < 1 || limit > kMostResults) {
    fail(Kind::invalid, "limit {} is outside the range of [1, 100]", limit);
  }
  const auto official = filters.flag("is-official");
  const bool automated = filters.flag("is-automated").value_or(false);
  std::int64_t stars = 0;
  for (const std::string& text : filters.values("stars")) {
    try {
      stars = std::max<std::int64_t>(stars, std::stoll(text));
    } catch (const std::exception&) {
      fail(Kind::invalid, "invalid filter 'stars={}'", text);
    }
  }
  std::vector<api::SearchResult> results;
  if (automated) return results;
  for (const registry::SearchResult& one :
       client_->search({.term = std::string(term), .limit = limit}, to_credentials(auth), stop)) {
    if (official && one.is_official != *official) continue;
    if (one.star_count < stars) continue;
    results.push_back({.description = one.description,
                       .is_official = one.is_official,
                       .is_automated = false,
                       .name = one.name,
                       .star_count = one.star_count});
  }
  return results;
}

}  // namespace mydock::engine
