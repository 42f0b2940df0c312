#include "cli/invocation.h"
#include "cli/listing/images.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Show all images (default hides intermediate images)"},
    {"digests", 0, FlagType::boolean, "Show digests"},
    {"filter", 'f', FlagType::filter, "Filter output based on conditions provided"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"no-trunc", 0, FlagType::boolean, "Don't truncate output"},
    {"quiet", 'q', FlagType::boolean, "Only show image IDs"},
    {"tree", 0, FlagType::boolean, "List multi-platform images as a tree (EXPERIMENTAL)"},
};

int run(Invocation& call) {
  const Flags& flags = call.flags;
  if (flags.boolean("tree")) fail(Kind::not_implemented, "--tree is not implemented");
  client::ImageListQuery query;
  query.all = flags.boolean("all");
  query.filters = read_filters(flags.list("filter"));
  if (!call.args.empty()) query.filters.add("reference", call.args[0]);
  const auto images = from_daemon([&] { return call.api().images().list(query); });
  const std::string format = flags.text("format");
  const bool digests = flags.boolean("digests") || format.find(".Digest") != std::string::npos;
  std::vector<Value> rows;
  for (const api::ImageSummary& image : images) {
    add_image_rows(image, !flags.boolean("no-trunc"), digests, rows);
  }
  print_listing(call.console, image_listing(flags.boolean("digests")), rows,
                {.format = format, .quiet = flags.boolean("quiet")});
  return 0;
}

}  // namespace

extern const Command kImageLs;
constinit const Command kImageLs{.name = "images",
                                 .forms = "image ls, image list, images",
                                 .arguments = "[OPTIONS] [REPOSITORY[:TAG]]",
                                 .summary = "List images",
                                 .flags = kFlags,
                                 .least = 0,
                                 .most = 1,
                                 .run = run};

}  // namespace mydock::cli
