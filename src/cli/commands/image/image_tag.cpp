#include "cli/format/value.h"
#include "cli/invocation.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  const auto target =
      in_context(fmt::format("Error parsing reference: {} is not a valid repository/tag",
                             go_quote(call.args[1])),
                 [&] { return oci::Reference::parse_familiar(call.args[1]); });
  if (target.digest) fail(Kind::invalid, "refusing to create a tag with a digest reference");
  from_daemon([&] { call.api().images().tag(call.args[0], target.familiar_name(), target.tag); });
  return 0;
}

}  // namespace

extern const Command kImageTag;
constinit const Command kImageTag{
    .name = "tag",
    .forms = "image tag, tag",
    .arguments = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    .summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    .least = 2,
    .most = 2,
    .run = run};

}  // namespace mydock::cli
