#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"

namespace mydock::image {

// All images and names at one moment: a value, copied for each change. Private to this module.
class Catalog {
 public:
  ImagePtr find(const oci::Digest& id) const;
  ImagePtr find_name(const oci::Reference& name) const;
  // See Images::find. Errors: invalid.
  ImagePtr find(std::string_view name_or_id) const;
  // Throws not_found "No such image: …" for a nullptr of the above.
  ImagePtr get(std::string_view name_or_id) const;
  std::vector<ImagePtr> children(const oci::Digest& id) const;
  const std::map<oci::Digest, ImagePtr>& images() const { return images_; }

  void put(Image image);
  void erase(const oci::Digest& id);
  // Moves the names; the other images that had them before are returned, nullptr for none.
  std::vector<ImagePtr> name(std::span<const oci::Reference> names, const oci::Digest& id,
                             Time now);
  void unname(const oci::Reference& name);
  void unname_all(const oci::Digest& id);

 private:
  std::map<oci::Digest, ImagePtr> images_;
  std::map<std::string, oci::Digest, std::less<>> names_;  // by Reference::str()
};

// Whether `text` is the beginning of the id, with or without "sha256:".
bool is_id_prefix(const oci::Digest& id, std::string_view text);
// The text that a name has in the catalogue: a digest makes the tag void.
oci::Reference catalogued(oci::Reference name);

}  // namespace mydock::image
