#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/stream.h"
#include "image/store.h"

namespace mydock::image {

// An archive that is both a docker-archive and an OCI layout, of the images that `names` mean. A
// name with a tag keeps that tag, a bare repository name keeps all its tags, an id keeps none.
// The names are resolved by the constructor, so that its errors come before the first byte.
class Saving {
 public:
  // Errors: not_found, invalid.
  Saving(Store& store, std::span<const std::string> names);
  void write(Sink& to, const std::stop_token& stop) const;

 private:
  struct Item {
    ImagePtr image;
    std::vector<oci::Reference> tags;
  };
  struct Named {
    ImagePtr image;
    std::optional<oci::Reference> tag;
  };
  std::vector<Named> named(const std::string& name) const;
  void add(const ImagePtr& image, const std::optional<oci::Reference>& tag);

  Store& store_;
  std::unique_ptr<Lease> lease_;  // an image that is removed meanwhile is saved all the same
  std::vector<Item> items_;
};

}  // namespace mydock::image
