#include "api/units.h"
#include "cli/create/values.h"
#include "cli/format/template.h"
#include "cli/format/value.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/version.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"format", 'f', FlagType::text,
     "Format output using a custom template:\n'json':             Print in JSON "
     "format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
};

// Lines of docker info: a title, and the member that it shows.
struct Line {
  std::string_view title, member;
};
constexpr Line kCounts[] = {{"Containers", "Containers"},
                            {" Running", "ContainersRunning"},
                            {" Paused", "ContainersPaused"},
                            {" Stopped", "ContainersStopped"},
                            {"Images", "Images"},
                            {"Server Version", "ServerVersion"},
                            {"Storage Driver", "Driver"}};
constexpr Line kHost[] = {{"Kernel Version", "KernelVersion"},
                          {"Operating System", "OperatingSystem"},
                          {"OSType", "OSType"},
                          {"Architecture", "Architecture"},
                          {"CPUs", "NCPU"}};

class InfoText {
 public:
  void add_value(std::string_view title, const Value& value) { add(title, value.to_text()); }
  void add(std::string_view title, std::string_view value) {
    text_ += fmt::format(" {}: {}\n", title, value);
  }
  void add_present(std::string_view title, const Value& value) {
    if (!value.to_text().empty()) add_value(title, value);
  }
  void add_list(std::string_view title, const Value& list) {
    std::string joined;
    for (const Value& item : list.items()) joined += (joined.empty() ? "" : " ") + item.to_text();
    add(title, joined);
  }
  void add_items(std::string_view title, const Value& list) {
    if (list.items().empty()) return;
    text_ += fmt::format(" {}:\n", title);
    for (const Value& item : list.items()) text_ += fmt::format("  {}\n", item.to_text());
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_plugins(InfoText& text, const Value& info) {
  text.add("Plugins", "");
  text.add_list(" Volume", info["Plugins"]["Volume"]);
  text.add_list(" Network", info["Plugins"]["Network"]);
  if (!info["Plugins"]["Authorization"].items().empty()) {
    text.add_list(" Authorization", info["Plugins"]["Authorization"]);
  }
  text.add_list(" Log", info["Plugins"]["Log"]);
}

void add_runtimes(InfoText& text, const Value& info) {
  std::string names;
  for (const ValueMember* runtime : info["Runtimes"].sorted_members()) {
    names += (names.empty() ? "" : " ") + runtime->first;
  }
  text.add_value("Swarm", info["Swarm"]["LocalNodeState"]);
  text.add("Runtimes", names);
  text.add_value("Default Runtime", info["DefaultRuntime"]);
  text.add_value("Init Binary", info["InitBinary"]);
  text.add_present("containerd version", info["ContainerdCommit"]["ID"]);
  text.add_present("runc version", info["RuncCommit"]["ID"]);
  text.add_present("init version", info["InitCommit"]["ID"]);
}

// "name=seccomp,profile=builtin" is a line and an indented one for each option.
void add_security(InfoText& text, const Value& options) {
  if (options.items().empty()) return;
  text.add("Security Options", "");
  for (const Value& option : options.items()) {
    bool named = false;
    for (const std::string& part : split_csv(option.to_text())) {
      const auto [key, value] = split_pair(part);
      if (key == "name" || value.empty()) {
        text.add(" " + (value.empty() ? key : value), "");
        named = true;
      } else if (named) {
        text.add(fmt::format("  {}{}", key == "profile" ? "Profile" : key, ""), value);
      }
    }
  }
}

void add_places(InfoText& text, const Value& info) {
  text.add("Total Memory", api::binary_size(info["MemTotal"].real()));
  text.add_value("Name", info["Name"]);
  text.add_value("ID", info["ID"]);
  text.add_value("Docker Root Dir", info["DockerRootDir"]);
  text.add_value("Debug Mode", info["Debug"]);
  text.add_present("HTTP Proxy", info["HttpProxy"]);
  text.add_present("HTTPS Proxy", info["HttpsProxy"]);
  text.add_present("No Proxy", info["NoProxy"]);
  text.add_items("Labels", info["Labels"]);
  text.add_value("Experimental", info["ExperimentalBuild"]);
  text.add_items("Insecure Registries", info["RegistryConfig"]["InsecureRegistryCIDRs"]);
  text.add_items("Registry Mirrors", info["RegistryConfig"]["Mirrors"]);
  text.add_value("Live Restore Enabled", info["LiveRestoreEnabled"]);
  text.add_present("Product License", info["ProductLicense"]);
}

std::string server_text(const Value& info) {
  InfoText text;
  for (const Line& line : kCounts) text.add_value(line.title, info[line.member]);
  for (const Value& pair : info["DriverStatus"].items()) {
    if (pair.items().size() == 2) text.add_value(" " + pair.items()[0].to_text(), pair.items()[1]);
  }
  text.add_value("Logging Driver", info["LoggingDriver"]);
  text.add_value("Cgroup Driver", info["CgroupDriver"]);
  text.add_value("Cgroup Version", info["CgroupVersion"]);
  add_plugins(text, info);
  add_runtimes(text, info);
  add_security(text, info["SecurityOptions"]);
  for (const Line& line : kHost) text.add_value(line.title, info[line.member]);
  add_places(text, info);
  return text.take();
}

Value with_client(const Value& info) {
  ValueMap members = info.members();
  members.emplace_back("ClientInfo", Value::map({{"Debug", false},
                                                 {"Version", kVersion},
                                                 {"Context", "default"},
                                                 {"Plugins", Value::list({})}}));
  return Value::map(std::move(members));
}

int run(Invocation& call) {
  const std::string format = call.flags.text("format");
  Value info;
  std::string problem;
  try {
    info = from_daemon([&] { return parse_value(call.api().system().info_json()); });
  } catch (const Error& error) {  // the client's part is shown all the same
    problem = error.message();
  }
  if (format == "json") {
    call.console.line(to_json_line(with_client(info)));
  } else if (!format.empty()) {
    print_shaped(call.console, format, with_client(info),
                 {.row_type = "system.dockerInfo", .typed = true});
  } else {
    call.console.text(fmt::format(
        "Client:\n Version:    {}\n Context:    default\n Debug Mode: false\n\nServer:\n",
        kVersion));
    if (problem.empty()) call.console.text(server_text(info) + "\n");
  }
  if (!problem.empty()) throw ExitError(1, problem);
  for (const Value& warning : info["Warnings"].items()) call.console.err(warning.to_text());
  return 0;
}

}  // namespace

extern const Command kInfo;
constinit const Command kInfo{.name = "info",
                              .forms = "system info, info",
                              .arguments = "[OPTIONS]",
                              .summary = "Display system-wide information",
                              .flags = kFlags,
                              .least = 0,
                              .most = 0,
                              .run = run};

}  // namespace mydock::cli
