#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace mydock::oci {

// The name of an image in full: domain/repository[:tag][@digest].
struct Reference {
  std::string domain = "docker.io";
  std::string repository;        // "library/alpine"
  std::string tag;               // empty: none given
  std::optional<Digest> digest;  // as well as the tag, or instead of it

  // As Docker reads what people type: "alpine" is docker.io/library/alpine:latest. With a digest
  // there is no default tag. Errors: invalid, in Docker's words ("invalid reference format", …).
  static Reference parse_familiar(std::string_view text);
  // The same without a default tag.
  static Reference parse_name(std::string_view text);

  std::string name() const;           // docker.io/library/alpine
  std::string str() const;            // docker.io/library/alpine:latest
  std::string familiar_name() const;  // alpine
  std::string familiar() const;       // alpine:latest; parses to the same reference again
  bool operator==(const Reference&) const = default;
};

// What a tag may be: "latest", "v1.2-rc"; at most 128 characters.
bool is_tag(std::string_view text);
// 64 lower-case hex digits: an id, never a name.
bool is_full_id(std::string_view text);

}  // namespace mydock::oci
