#include <array>

#include "cli/command.h"
#include "cli/create/run_flags.h"
#include "cli/help.h"

namespace mydock::cli {

extern const Command kBuilderPrune;
extern const Command kImageBuild;
extern const Command kContainerAttach;
extern const Command kContainerCommit;
extern const Command kContainerCp;
extern const Command kContainerDebug;
extern const Command kContainerDiff;
extern const Command kContainerExec;
extern const Command kContainerExport;
extern const Command kContainerInspect;
extern const Command kContainerKill;
extern const Command kContainerLogs;
extern const Command kContainerLs;
extern const Command kContainerPause;
extern const Command kContainerPort;
extern const Command kContainerPrune;
extern const Command kContainerRename;
extern const Command kContainerRestart;
extern const Command kContainerRm;
extern const Command kContainerStart;
extern const Command kContainerStats;
extern const Command kContainerStop;
extern const Command kContainerTop;
extern const Command kContainerUnpause;
extern const Command kContainerUpdate;
extern const Command kContainerWait;
extern const Command kImageHistory;
extern const Command kImageImport;
extern const Command kImageInspect;
extern const Command kImageLoad;
extern const Command kImageLs;
extern const Command kImagePrune;
extern const Command kImagePull;
extern const Command kImagePush;
extern const Command kImageRm;
extern const Command kImageSave;
extern const Command kImageTag;
extern const Command kLogin;
extern const Command kLogout;
extern const Command kSearch;
extern const Command kNetworkConnect;
extern const Command kNetworkCreate;
extern const Command kNetworkDisconnect;
extern const Command kNetworkInspect;
extern const Command kNetworkLs;
extern const Command kNetworkPrune;
extern const Command kNetworkRm;
extern const Command kEvents;
extern const Command kInfo;
extern const Command kInspect;
extern const Command kSystemVersion;
extern const Command kVolumeCreate;
extern const Command kVolumeInspect;
extern const Command kVolumeLs;
extern const Command kVolumePrune;
extern const Command kVolumeRm;

namespace {

constexpr std::array kCommands = {&kBuilderPrune,    &kImageBuild,       &kContainerAttach,
                                  &kContainerCommit, &kContainerDiff,    &kContainerExec,
                                  &kContainerExport, &kContainerInspect, &kContainerKill,
                                  &kContainerLogs,   &kContainerLs,      &kContainerPause,
                                  &kContainerPort,   &kContainerPrune,   &kContainerCp,
                                  &kContainerDebug,  &kContainerRename,  &kContainerRestart,
                                  &kContainerRm,     &kContainerStart,   &kContainerStop,
                                  &kContainerTop,    &kContainerUnpause, &kContainerUpdate,
                                  &kContainerWait,   &kImageHistory,     &kImageImport,
                                  &kImageInspect,    &kImageLoad,        &kImageLs,
                                  &kImagePrune,      &kImagePull,        &kImagePush,
                                  &kImageRm,         &kImageSave,        &kImageTag,
                                  &kLogin,           &kLogout,           &kSearch,
                                  &kNetworkConnect,  &kNetworkCreate,    &kNetworkDisconnect,
                                  &kNetworkInspect,  &kNetworkLs,        &kNetworkPrune,
                                  &kNetworkRm,       &kEvents,           &kInfo,
                                  &kInspect,         &kSystemVersion,    &kVolumeCreate,
                                  &kVolumeInspect,   &kVolumeLs,         &kVolumePrune,
                                  &kVolumeRm,        &kContainerRun,     &kContainerCreate,
                                  &kContainerStats};

constexpr std::array kGroups = {
    Group{"builder", "Manage builds"}, Group{"container", "Manage containers"},
    Group{"image", "Manage images"},   Group{"network", "Manage networks"},
    Group{"system", "Manage Docker"},  Group{"volume", "Manage volumes"},
};

constexpr std::string_view kNoTls = "is not implemented yet";

constexpr Flag kTopFlags[] = {
    {"config", 0, FlagType::text, "Location of client config files (default \"~/.docker\")"},
    {"context", 'c', FlagType::text,
     "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var)"},
    {"debug", 'D', FlagType::boolean, "Enable debug mode"},
    {"host", 'H', FlagType::list, "Daemon socket to connect to"},
    {"log-level", 'l', FlagType::text,
     "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\") (default "
     "\"info\")"},
    {"tls", 0, FlagType::boolean, "Use TLS; implied by --tlsverify", kNoTls},
    {"tlscacert", 0, FlagType::text, "Trust certs signed only by this CA", kNoTls},
    {"tlscert", 0, FlagType::text, "Path to TLS certificate file", kNoTls},
    {"tlskey", 0, FlagType::text, "Path to TLS key file", kNoTls},
    {"tlsverify", 0, FlagType::boolean, "Use TLS and verify the remote", kNoTls},
    {"version", 'v', FlagType::boolean, "Print version information and quit"},
};

}  // namespace

constinit const Command kTopCommand{.name = "",
                                    .forms = "",
                                    .arguments = "[OPTIONS] COMMAND [ARG...]",
                                    .summary = "A self-sufficient runtime for containers",
                                    .flags = kTopFlags,
                                    .options_first = true};

std::span<const Command* const> all_commands() { return kCommands; }
std::span<const Group> command_groups() { return kGroups; }

}  // namespace mydock::cli
