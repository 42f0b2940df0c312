#include "client/image_calls.h"

namespace mydock::client {

namespace {

http::Headers registry_auth_header(std::string_view auth) {
  // Older daemons insist on one for push: "e30=" is {}.
  return {{"X-Registry-Auth", std::string(auth.empty() ? "e30=" : auth)}};
}

}  // namespace

std::vector<api::ImageSummary> ImageCalls::list(const ImageListQuery& query) {
  return session_.json<std::vector<api::ImageSummary>>(
      {.path = "/images/json",
       .query = Query()
                    .flag("all", query.all)
                    .flag("shared-size", query.shared_size)
                    .add_if("filters", query.filters.encode())});
}

api::ImageInspect ImageCalls::inspect(std::string_view name) {
  return from_json<api::ImageInspect>(inspect_json(name));
}

std::string ImageCalls::inspect_json(std::string_view name, std::string_view platform) {
  return session_.text(
      {.path = object_path("images", name, "json"), .query = Query().add_if("platform", platform)});
}

std::vector<api::ImageHistoryEntry> ImageCalls::history(std::string_view name,
                                                        std::string_view platform) {
  return session_.json<std::vector<api::ImageHistoryEntry>>(
      {.path = object_path("images", name, "history"),
       .query = Query().add_if("platform", platform)});
}

void ImageCalls::tag(std::string_view name, std::string_view repository, std::string_view tag) {
  session_.done({.method = "POST",
                 .path = object_path("images", name, "tag"),
                 .query = Query().add("repo", repository).add_if("tag", tag)});
}

std::vector<api::ImageDeleted> ImageCalls::remove(std::string_view name, bool force, bool no_prune,
                                                  const std::vector<std::string>& platforms) {
  Query query;
  query.flag("force", force).flag("noprune", no_prune);
  for (const std::string& platform : platforms) query.add("platforms", platform);
  return session_.json<std::vector<api::ImageDeleted>>(
      {.method = "DELETE", .path = object_path("images", name), .query = query});
}

api::ImagesPruned ImageCalls::prune(const api::Filters& filters) {
  return session_.json<api::ImagesPruned>({.method = "POST",
                                           .path = "/images/prune",
                                           .query = Query().add_if("filters", filters.encode())});
}

http::Response ImageCalls::load(Source& tar, bool quiet, std::string_view platform) {
  return session_.send(
      {.method = "POST",
       .path = "/images/load",
       .query = Query().add("quiet", quiet ? "1" : "0").add_if("platform", platform),
       .body = &tar});
}

http::Response ImageCalls::import(const ImportQuery& query, Source* tar) {
  Query out;
  out.add("fromSrc", query.source).add_if("repo", query.repository).add_if("tag", query.tag);
  out.add_if("message", query.message).add_if("platform", query.platform);
  for (const std::string& change : query.changes) out.add("changes", change);
  return session_.send({.method = "POST", .path = "/images/create", .query = out, .body = tar});
}

http::Response ImageCalls::save(const std::vector<std::string>& names, std::string_view platform) {
  Query out;
  out.add_if("platform", platform);
  for (const std::string& name : names) out.add("names", name);
  return session_.send({.path = "/images/get", .query = out});
}

http::Response ImageCalls::pull(const PullQuery& query) {
  return session_.send({.method = "POST",
                        .path = "/images/create",
                        .query = Query()
                                     .add("fromImage", query.image)
                                     .add_if("tag", query.tag)
                                     .add_if("platform", query.platform),
                        .headers = registry_auth_header(query.registry_auth),
                        .stop = query.stop});
}

std::vector<api::SearchResult> ImageCalls::search(const SearchQuery& query) {
  Query out;
  out.add("term", query.term).add_if("filters", query.filters.encode());
  if (query.limit > 0) out.add("limit", std::to_string(query.limit));
  return session_.json<std::vector<api::SearchResult>>(
      {.path = "/images/search",
       .query = out,
       .headers = registry_auth_header(query.registry_auth)});
}

http::Response ImageCalls::push(std::string_view name, std::string_view tag,
                                std::string_view registry_auth) {
  return session_.send({.method = "POST",
                        .path = object_path("images", name, "push"),
                        .query = Query().add_if("tag", tag),
                        .headers = registry_auth_header(registry_auth)});
}

}  // namespace mydock::client
