#include "cli/listing/images.h"

#include <algorithm>
#include <map>

#include "api/units.h"
#include "base/clock.h"
#include "base/id.h"
#include "cli/format/unicode.h"
#include "cli/format/units.h"

namespace mydock::cli {

namespace {

constexpr std::string_view kNone = "<none>";

std::string since(std::int64_t created) {
  if (created <= 0) return "N/A";
  return human_duration(now() - Time(std::chrono::seconds(created))) + " ago";
}

std::string counted(std::int64_t value, bool size) {
  if (value < 0) return "N/A";
  return size ? api::human_size_short(static_cast<double>(value)) : std::to_string(value);
}

Value image_row(const api::ImageSummary& image, bool truncate, std::string_view repository,
                std::string_view tag, std::string_view digest) {
  const std::int64_t unique = image.shared_size < 0 ? -1 : image.size - image.shared_size;
  return Value::map({{"Containers", counted(image.containers, false)},
                     {"CreatedAt", go_time_text(image.created)},
                     {"CreatedSince", since(image.created)},
                     {"Digest", digest},
                     {"ID", truncate ? short_id(image.id) : image.id},
                     {"Repository", repository},
                     {"SharedSize", counted(image.shared_size, true)},
                     {"Size", counted(image.size, true)},
                     {"Tag", tag},
                     {"UniqueSize", counted(unique, true)},
                     {"VirtualSize", api::human_size(static_cast<double>(
                                         image.virtual_size.value_or(image.size)))}});
}

// "host:5000/a:1" is {"host:5000/a", "1"}.
std::pair<std::string, std::string> split_tag(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  const std::size_t slash = name.rfind('/');
  if (colon == std::string::npos || (slash != std::string::npos && colon < slash))
    return {name, ""};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

}  // namespace

Listing image_listing(bool with_digests) {
  Listing listing;
  listing.row_type = "*formatter.imageContext";
  listing.default_table =
      with_digests
          ? "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}"
            "{{else}}N/A{{end}}\t{{.Size}}"
          : "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
  listing.quiet = "{{.ID}}";
  listing.headers = {{"ID", "IMAGE ID"},
                     {"Repository", "REPOSITORY"},
                     {"Tag", "TAG"},
                     {"Digest", "DIGEST"},
                     {"CreatedSince", "CREATED"},
                     {"CreatedAt", "CREATED AT"},
                     {"Size", "SIZE"},
                     {"Containers", "CONTAINERS"},
                     {"VirtualSize", "SIZE"},
                     {"SharedSize", "SHARED SIZE"},
                     {"UniqueSize", "UNIQUE SIZE"}};
  return listing;
}

void add_image_rows(const api::ImageSummary& image, bool truncate, bool digests,
                    std::vector<Value>& rows) {
  std::map<std::string, std::vector<std::string>> tags_by_name;
  std::map<std::string, std::vector<std::string>> digests_by_name;
  for (const std::string& name : image.repo_tags) {
    auto [repository, tag] = split_tag(name);
    if (repository != kNone) tags_by_name[repository].push_back(tag);
  }
  for (const std::string& name : image.repo_digests) {
    const std::size_t at = name.find('@');
    if (at == std::string::npos || name.starts_with(kNone)) continue;
    digests_by_name[name.substr(0, at)].push_back(name.substr(at + 1));
  }
  const std::size_t before = rows.size();
  const auto add = [&](std::string_view repository, std::string_view tag, std::string_view digest) {
    rows.push_back(image_row(image, truncate, repository, tag, digest));
  };
  for (const auto& [repository, tags] : tags_by_name) {
    const auto found = digests_by_name.find(repository);
    for (const std::string& tag : tags) {
      if (!digests || found == digests_by_name.end()) {
        add(repository, tag, kNone);
      } else {
        for (const std::string& digest : found->second) add(repository, tag, digest);
      }
    }
    if (found != digests_by_name.end()) digests_by_name.erase(found);
  }
  for (const auto& [repository, list] : digests_by_name) {
    if (!digests) add(repository, kNone, kNone);
    for (const std::string& digest : list) {
      if (digests) add(repository, kNone, digest);
    }
  }
  if (rows.size() == before) add(kNone, kNone, kNone);
}

Listing history_listing(bool human) {
  Listing listing;
  listing.row_type = "*formatter.historyContext";
  listing.default_table =
      human ? "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
            : "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
  listing.quiet = "{{.ID}}";
  listing.headers = {{"ID", "IMAGE"},
                     {"CreatedSince", "CREATED"},
                     {"CreatedAt", "CREATED AT"},
                     {"CreatedBy", "CREATED BY"},
                     {"Size", "SIZE"},
                     {"Comment", "COMMENT"}};
  return listing;
}

Value history_row(const api::ImageHistoryEntry& entry, bool truncate, bool human) {
  std::string by = entry.created_by;
  std::replace(by.begin(), by.end(), '\t', ' ');
  const Time created{std::chrono::seconds(entry.created)};
  return Value::map({{"Comment", entry.comment},
                     {"CreatedAt", to_rfc3339(created)},
                     {"CreatedBy", truncate ? ellipsis(by, 45) : by},
                     {"CreatedSince", human ? since(entry.created) : to_rfc3339(created)},
                     {"ID", truncate && entry.id != "<missing>" ? short_id(entry.id) : entry.id},
                     {"Size", human ? api::human_size_short(static_cast<double>(entry.size))
                                    : std::to_string(entry.size)}});
}

}  // namespace mydock::cli
