#include "api/image_list.h"

namespace mydock::api {

void shape_for(ApiVersion version, ImageSummary& image) {
  if (version < ApiVersion{1, 43} && image.repo_tags.empty() && image.repo_digests.empty()) {
    image.repo_tags = {"<none>:<none>"};
    image.repo_digests = {"<none>@<none>"};
  }
  if (version < ApiVersion{1, 44}) image.virtual_size = image.size;
  if (version < ApiVersion{1, 51}) image.containers = -1;
}

}  // namespace mydock::api
