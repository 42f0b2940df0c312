#include "image/catalog.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::image {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";

// The bare name "sha256:…" and 64 digits are ids; anything else must be a reference.
std::optional<oci::Digest> as_full_id(std::string_view text) {
  if (auto digest = oci::Digest::find(text)) return digest;
  if (oci::is_full_id(text)) return oci::Digest::find(std::string(kAlgorithm) + std::string(text));
  return std::nullopt;
}

}  // namespace

bool is_id_prefix(const oci::Digest& id, std::string_view text) {
  if (text.starts_with(kAlgorithm)) return id.str().starts_with(text);
  return id.hex().starts_with(text);
}

oci::Reference catalogued(oci::Reference name) {
  if (name.digest) {
    name.tag.clear();
  } else if (name.tag.empty()) {
    name.tag = "latest";
  }
  return name;
}

ImagePtr Catalog::find(const oci::Digest& id) const {
  const auto found = images_.find(id);
  return found == images_.end() ? nullptr : found->second;
}

ImagePtr Catalog::find_name(const oci::Reference& name) const {
  const auto found = names_.find(catalogued(name).str());
  return found == names_.end() ? nullptr : find(found->second);
}

ImagePtr Catalog::find(std::string_view name_or_id) const {
  if (const auto id = as_full_id(name_or_id)) return find(*id);
  if (auto image = find_name(oci::Reference::parse_familiar(name_or_id))) return image;
  ImagePtr found;
  for (const auto& [id, image] : images_) {
    if (!is_id_prefix(id, name_or_id)) continue;
    if (found) return nullptr;  // ambiguous: Docker, too, says that there is no such image
    found = image;
  }
  return found;
}

ImagePtr Catalog::get(std::string_view name_or_id) const {
  if (auto image = find(name_or_id)) return image;
  if (const auto id = as_full_id(name_or_id)) fail(Kind::not_found, "No such image: {}", id->str());
  fail(Kind::not_found, "No such image: {}", oci::Reference::parse_familiar(name_or_id).familiar());
}

std::vector<ImagePtr> Catalog::children(const oci::Digest& id) const {
  std::vector<ImagePtr> children;
  for (const auto& [child_id, image] : images_) {
    if (image->parent == id) children.push_back(image);
  }
  return children;
}

void Catalog::put(Image image) {
  const oci::Digest id = image.id;
  images_.insert_or_assign(id, std::make_shared<const Image>(std::move(image)));
}

void Catalog::erase(const oci::Digest& id) {
  if (const auto image = find(id)) {
    for (const auto& name : image->names) names_.erase(name.str());
  }
  images_.erase(id);
}

std::vector<ImagePtr> Catalog::name(std::span<const oci::Reference> names, const oci::Digest& id,
                                    Time now) {
  std::vector<ImagePtr> owners;
  Image image = *find(id);
  for (const oci::Reference& name : names) {
    const std::string text = catalogued(name).str();
    ImagePtr owner = find_name(name);
    if (owner && owner->id != id) unname(name);
    if (names_.insert_or_assign(text, id).second) image.names.push_back(catalogued(name));
    owners.push_back(owner && owner->id != id ? owner : nullptr);
  }
  image.tagged = now;
  std::ranges::sort(image.names, {}, [](const oci::Reference& one) { return one.str(); });
  put(std::move(image));
  return owners;
}

void Catalog::unname(const oci::Reference& name) {
  const ImagePtr owner = find_name(name);
  if (!owner) return;
  Image image = *owner;
  std::erase(image.names, catalogued(name));
  names_.erase(catalogued(name).str());
  put(std::move(image));
}

void Catalog::unname_all(const oci::Digest& id) {
  Image image = *find(id);
  for (const auto& name : image.names) names_.erase(name.str());
  image.names.clear();
  put(std::move(image));
}

std::vector<std::string> Image::tags() const {
  std::vector<std::string> tags;
  for (const auto& name : names) {
    if (!name.digest) tags.push_back(name.familiar());
  }
  return tags;
}

std::vector<std::string> Image::digests() const {
  std::vector<std::string> digests;
  for (const auto& name : names) {
    if (name.digest) digests.push_back(name.familiar());
  }
  return digests;
}

}  // namespace mydock::image
