#include "cli/create/environment.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr std::string_view kSwarmOnly =
    "is only for cluster volumes, and this node is not a swarm manager";

constexpr Flag kFlags[] = {
    {"availability", 0, FlagType::text,
     "Cluster Volume availability (\"active\", \"pause\", \"drain\") (default "
     "\"active\")",
     kSwarmOnly},
    {"driver", 'd', FlagType::text, "Specify volume driver name (default \"local\")"},
    {"group", 0, FlagType::text, "Cluster Volume group (cluster volumes)", kSwarmOnly},
    {"label", 0, FlagType::list, "Set metadata for a volume"},
    {"limit-bytes", 0, FlagType::bytes, "Minimum size of the Cluster Volume in bytes", kSwarmOnly},
    {"opt", 'o', FlagType::map, "Set driver specific options (default map[])"},
    {"required-bytes", 0, FlagType::bytes, "Maximum size of the Cluster Volume in bytes",
     kSwarmOnly},
    {"scope", 0, FlagType::text,
     "Cluster Volume access scope (\"single\", \"multi\") (default \"single\")", kSwarmOnly},
    {"secret", 0, FlagType::map, "Cluster Volume secrets (default map[])", kSwarmOnly},
    {"sharing", 0, FlagType::text,
     "Cluster Volume access sharing (\"none\", \"readonly\", \"onewriter\", "
     "\"all\") (default \"none\")",
     kSwarmOnly},
    {"topology-preferred", 0, FlagType::list,
     "A topology that the Cluster Volume would be preferred in", kSwarmOnly},
    {"topology-required", 0, FlagType::list,
     "A topology that the Cluster Volume must be accessible from", kSwarmOnly},
    {"type", 0, FlagType::text,
     "Cluster Volume access type (\"mount\", \"block\") (default \"block\")", kSwarmOnly},
};

int run(Invocation& call) {
  api::VolumeCreate create;
  if (!call.args.empty()) create.name = call.args[0];
  create.driver = call.flags.text("driver", "local");
  create.driver_opts = to_map(call.flags.list("opt"));
  create.labels = to_map(call.flags.list("label"));
  const auto volume = from_daemon([&] { return call.api().volumes().create(create); });
  call.console.line(volume.name);
  return 0;
}

}  // namespace

extern const Command kVolumeCreate;
constinit const Command kVolumeCreate{.name = "volume create",
                                      .forms = "volume create",
                                      .arguments = "[OPTIONS] [VOLUME]",
                                      .summary = "Create a volume",
                                      .flags = kFlags,
                                      .least = 0,
                                      .most = 1,
                                      .run = run};

}  // namespace mydock::cli
