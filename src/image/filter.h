#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"

namespace mydock::image {

// "k" or "k=v"; all of them.
bool has_labels(const Image& image, const std::vector<std::string>& labels);
// Any of them; none given: false.
bool has_any_label(const Image& image, const std::vector<std::string>& labels);
// Go's path.Match: * and ? stop at "/", [a-z], [^a-z], backslash. Errors: invalid (bad pattern).
bool path_matches(std::string_view pattern, std::string_view path);
// Whether a pattern means this name: "alpine", "alpine:3.*", "*/*".
bool reference_matches(std::string_view pattern, const oci::Reference& name);

}  // namespace mydock::image
