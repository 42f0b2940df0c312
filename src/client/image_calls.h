#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/distribution.h"
#include "api/filters.h"
#include "api/image.h"
#include "api/image_list.h"
#include "client/session.h"

namespace mydock::client {

struct ImageListQuery {
  bool all = false;
  bool shared_size = false;
  api::Filters filters = {};
};
struct PullQuery {
  std::string image = {};  // repository, with its registry
  std::string tag = {};    // tag or digest; empty: all tags
  std::string platform = {};
  std::string registry_auth = {};  // X-Registry-Auth; empty: none
  std::stop_token stop = {};
};
struct SearchQuery {
  std::string term = {};
  std::int64_t limit = 0;  // 0: the daemon's own
  api::Filters filters = {};
  std::string registry_auth = {};
};
struct ImportQuery {
  std::string source = "-";  // "-": the body; or a URL
  std::string repository = {};
  std::string tag = {};
  std::string message = {};
  std::string platform = {};
  std::vector<std::string> changes = {};
};

// What answers with an http::Response is a stream: api::JsonLines of api::ProgressMessage for
// load, import, pull and push, a tar for save.
class ImageCalls {
 public:
  explicit ImageCalls(Session& session) : session_(session) {}

  std::vector<api::ImageSummary> list(const ImageListQuery& query);
  api::ImageInspect inspect(std::string_view name);
  // `platform`, here and below: an oci::Platform as JSON; empty: any.
  std::string inspect_json(std::string_view name,
                           std::string_view platform = {});  // as the daemon sent it
  std::vector<api::ImageHistoryEntry> history(std::string_view name,
                                              std::string_view platform = {});
  void tag(std::string_view name, std::string_view repository, std::string_view tag);
  std::vector<api::ImageDeleted> remove(std::string_view name, bool force, bool no_prune,
                                        const std::vector<std::string>& platforms = {});
  api::ImagesPruned prune(const api::Filters& filters);
  http::Response load(Source& tar, bool quiet, std::string_view platform = {});
  http::Response import(const ImportQuery& query, Source* tar);
  http::Response save(const std::vector<std::string>& names, std::string_view platform = {});
  http::Response pull(const PullQuery& query);
  std::vector<api::SearchResult> search(const SearchQuery& query);
  http::Response push(std::string_view name, std::string_view tag, std::string_view registry_auth);

 private:
  Session& session_;
};

}  // namespace mydock::client
