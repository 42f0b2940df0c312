#include "cli/create/run_flags.h"

#include <algorithm>
#include <array>

namespace mydock::cli {

namespace {

constexpr std::string_view kWindowsOnly =
    "is only supported on a Docker daemon running on windows, but the Docker daemon is running on "
    "linux";

constexpr Flag kRunFlags[] = {
    {"add-host", 0, FlagType::list, "Add a custom host-to-IP mapping (host:ip)"},
    {"annotation", 0, FlagType::map,
     "Add an annotation to the container (passed through to the OCI runtime) "
     "(default map[])"},
    {"attach", 'a', FlagType::list, "Attach to STDIN, STDOUT or STDERR"},
    {"blkio-weight", 0, FlagType::natural16,
     "Block IO (relative weight), between 10 and 1000, or 0 to disable (default "
     "0)"},
    {"blkio-weight-device", 0, FlagType::list,
     "Block IO weight (relative device weight) (default [])"},
    {"cap-add", 0, FlagType::list, "Add Linux capabilities"},
    {"cap-drop", 0, FlagType::list, "Drop Linux capabilities"},
    {"cgroup-parent", 0, FlagType::text, "Optional parent cgroup for the container"},
    {"cgroupns", 0, FlagType::text,
     "Cgroup namespace to use (host|private)\n'host':    Run the container in "
     "the Docker host's cgroup namespace\n'private': Run the container in its "
     "own private cgroup namespace\n'':        Use the cgroup namespace as "
     "configured by the\n           default-cgroupns-mode option on the daemon "
     "(default)"},
    {"cidfile", 0, FlagType::text, "Write the container ID to the file"},
    {"cpu-count", 0, FlagType::integer, "CPU count (Windows only)", kWindowsOnly},
    {"cpu-percent", 0, FlagType::integer, "CPU percent (Windows only)", kWindowsOnly},
    {"cpu-period", 0, FlagType::integer, "Limit CPU CFS (Completely Fair Scheduler) period"},
    {"cpu-quota", 0, FlagType::integer, "Limit CPU CFS (Completely Fair Scheduler) quota"},
    {"cpu-rt-period", 0, FlagType::integer, "Limit CPU real-time period in microseconds"},
    {"cpu-rt-runtime", 0, FlagType::integer, "Limit CPU real-time runtime in microseconds"},
    {"cpu-shares", 'c', FlagType::integer, "CPU shares (relative weight)"},
    {"cpus", 0, FlagType::decimal, "Number of CPUs"},
    {"cpuset-cpus", 0, FlagType::text, "CPUs in which to allow execution (0-3, 0,1)"},
    {"cpuset-mems", 0, FlagType::text, "MEMs in which to allow execution (0-3, 0,1)"},
    {"detach", 'd', FlagType::boolean, "Run container in background and print container ID"},
    {"detach-keys", 0, FlagType::text, "Override the key sequence for detaching a container"},
    {"device", 0, FlagType::list, "Add a host device to the container"},
    {"device-cgroup-rule", 0, FlagType::list, "Add a rule to the cgroup allowed devices list"},
    {"device-read-bps", 0, FlagType::list,
     "Limit read rate (bytes per second) from a device (default [])"},
    {"device-read-iops", 0, FlagType::list,
     "Limit read rate (IO per second) from a device (default [])"},
    {"device-write-bps", 0, FlagType::list,
     "Limit write rate (bytes per second) to a device (default [])"},
    {"device-write-iops", 0, FlagType::list,
     "Limit write rate (IO per second) to a device (default [])"},
    {"disable-content-trust", 0, FlagType::boolean, "Skip image verification (default true)"},
    {"dns", 0, FlagType::list, "Set custom DNS servers"},
    {"dns-option", 0, FlagType::list, "Set DNS options"},
    {"dns-search", 0, FlagType::list, "Set custom DNS search domains"},
    {"domainname", 0, FlagType::text, "Container NIS domain name"},
    {"entrypoint", 0, FlagType::text, "Overwrite the default ENTRYPOINT of the image"},
    {"env", 'e', FlagType::list, "Set environment variables"},
    {"env-file", 0, FlagType::list, "Read in a file of environment variables"},
    {"expose", 0, FlagType::list, "Expose a port or a range of ports"},
    {"gpus", 0, FlagType::gpus, "GPU devices to add to the container ('all' to pass all GPUs)"},
    {"group-add", 0, FlagType::list, "Add additional groups to join"},
    {"health-cmd", 0, FlagType::text, "Command to run to check health"},
    {"health-interval", 0, FlagType::duration,
     "Time between running the check (ms|s|m|h) (default 0s)"},
    {"health-retries", 0, FlagType::integer, "Consecutive failures needed to report unhealthy"},
    {"health-start-interval", 0, FlagType::duration,
     "Time between running the check during the start period (ms|s|m|h) (default "
     "0s)"},
    {"health-start-period", 0, FlagType::duration,
     "Start period for the container to initialize before starting "
     "health-retries countdown (ms|s|m|h) (default 0s)"},
    {"health-timeout", 0, FlagType::duration,
     "Maximum time to allow one check to run (ms|s|m|h) (default 0s)"},
    {"help", 0, FlagType::boolean, "Print usage"},
    {"hostname", 'h', FlagType::text, "Container host name"},
    {"init", 0, FlagType::boolean,
     "Run an init inside the container that forwards signals and reaps processes"},
    {"interactive", 'i', FlagType::boolean, "Keep STDIN open even if not attached"},
    {"io-maxbandwidth", 0, FlagType::bytes,
     "Maximum IO bandwidth limit for the system drive (Windows only)", kWindowsOnly},
    {"io-maxiops", 0, FlagType::natural, "Maximum IOps limit for the system drive (Windows only)",
     kWindowsOnly},
    {"ip", 0, FlagType::text, "IPv4 address (e.g., 172.30.100.104)"},
    {"ip6", 0, FlagType::text, "IPv6 address (e.g., 2001:db8::33)"},
    {"ipc", 0, FlagType::text, "IPC mode to use"},
    {"isolation", 0, FlagType::text, "Container isolation technology"},
    {"kernel-memory", 0, FlagType::bytes, "Kernel memory limit"},
    {"label", 'l', FlagType::list, "Set meta data on a container"},
    {"label-file", 0, FlagType::list, "Read in a line delimited file of labels"},
    {"link", 0, FlagType::list, "Add link to another container"},
    {"link-local-ip", 0, FlagType::list, "Container IPv4/IPv6 link-local addresses"},
    {"log-driver", 0, FlagType::text, "Logging driver for the container"},
    {"log-opt", 0, FlagType::list, "Log driver options"},
    {"mac-address", 0, FlagType::text, "Container MAC address (e.g., 92:d0:c6:0a:29:33)"},
    {"memory", 'm', FlagType::bytes, "Memory limit"},
    {"memory-reservation", 0, FlagType::bytes, "Memory soft limit"},
    {"memory-swap", 0, FlagType::bytes,
     "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"},
    {"memory-swappiness", 0, FlagType::integer,
     "Tune container memory swappiness (0 to 100) (default -1)"},
    {"mount", 0, FlagType::mount, "Attach a filesystem mount to the container"},
    {"name", 0, FlagType::text, "Assign a name to the container"},
    {"network", 0, FlagType::network, "Connect a container to a network"},
    {"network-alias", 0, FlagType::list, "Add network-scoped alias for the container"},
    {"no-healthcheck", 0, FlagType::boolean, "Disable any container-specified HEALTHCHECK"},
    {"on-unhealthy", 0, FlagType::text, "none, kill, restart or stop"},
    {"oom-kill-disable", 0, FlagType::boolean, "Disable OOM Killer"},
    {"oom-score-adj", 0, FlagType::integer, "Tune host's OOM preferences (-1000 to 1000)"},
    {"pid", 0, FlagType::text, "PID namespace to use"},
    {"pids-limit", 0, FlagType::integer, "Tune container pids limit (set -1 for unlimited)"},
    {"platform", 0, FlagType::text, "Set platform if server is multi-platform capable"},
    {"privileged", 0, FlagType::boolean, "Give extended privileges to this container"},
    {"publish", 'p', FlagType::publish, "Publish a container's port(s) to the host"},
    {"publish-all", 'P', FlagType::boolean, "Publish all exposed ports to random ports"},
    {"pull", 0, FlagType::text,
     "Pull image before running (\"always\", \"missing\", \"never\") (default "
     "\"missing\")"},
    {"quiet", 'q', FlagType::boolean, "Suppress the pull output"},
    {"read-only", 0, FlagType::boolean, "Mount the container's root filesystem as read only"},
    {"restart", 0, FlagType::text,
     "Restart policy to apply when a container exits (default \"no\")"},
    {"rm", 0, FlagType::boolean,
     "Automatically remove the container and its associated anonymous volumes "
     "when it exits"},
    {"runtime", 0, FlagType::text, "Runtime to use for this container"},
    {"security-opt", 0, FlagType::list, "Security Options"},
    {"shm-size", 0, FlagType::bytes, "Size of /dev/shm"},
    {"sig-proxy", 0, FlagType::boolean, "Proxy received signals to the process (default true)"},
    {"stop-signal", 0, FlagType::text, "Signal to stop the container"},
    {"stop-timeout", 0, FlagType::integer, "Timeout (in seconds) to stop a container"},
    {"storage-opt", 0, FlagType::list, "Storage driver options for the container"},
    {"sysctl", 0, FlagType::map, "Sysctl options (default map[])"},
    {"timeout", 0, FlagType::integer, "Stop it after so many seconds"},
    {"tmpfs", 0, FlagType::list, "Mount a tmpfs directory"},
    {"tty", 't', FlagType::boolean, "Allocate a pseudo-TTY"},
    {"ulimit", 0, FlagType::ulimit, "Ulimit options (default [])"},
    {"use-api-socket", 0, FlagType::boolean, "Bind mount Docker API socket and required auth"},
    {"user", 'u', FlagType::text, "Username or UID (format: <name|uid>[:<group|gid>])"},
    {"userns", 0, FlagType::text, "User namespace to use"},
    {"uts", 0, FlagType::text, "UTS namespace to use"},
    {"volume", 'v', FlagType::list, "Bind mount a volume"},
    {"volume-driver", 0, FlagType::text, "Optional volume driver for the container"},
    {"volumes-from", 0, FlagType::list, "Mount volumes from the specified container(s)"},
    {"workdir", 'w', FlagType::text, "Working directory inside the container"},
};

// create has run's flags, but for the words of --pull, which are docker's to the letter.
constexpr auto kCreateFlags = [] {
  std::array<Flag, std::size(kRunFlags)> flags{};
  std::copy(std::begin(kRunFlags), std::end(kRunFlags), flags.begin());
  for (Flag& flag : flags) {
    if (flag.name == "pull") {
      flag.help =
          "Pull image before creating (\"always\", \"|missing\", \"never\") (default \"missing\")";
    }
  }
  return flags;
}();

}  // namespace

constinit const Command kContainerRun{.name = "run",
                                      .forms = "container run, run",
                                      .arguments = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                                      .summary = "Create and run a new container from an image",
                                      .flags = kRunFlags,
                                      .least = 1,
                                      .options_first = true,
                                      .run = run_container};

constinit const Command kContainerCreate{.name = "create",
                                         .forms = "container create, create",
                                         .arguments = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
                                         .summary = "Create a new container",
                                         .flags = kCreateFlags,
                                         .least = 1,
                                         .options_first = true,
                                         .run = create_command,
                                         .without = "detach detach-keys sig-proxy"};

}  // namespace mydock::cli
