#include <sys/utsname.h>

#include <array>
#include <ctime>

#include "api/version.h"
#include "base/clock.h"
#include "cli/format/table.h"
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

constexpr std::string_view kShape = R"(Client:
 Version:\t{{.Client.Version}}
 API version:\t{{.Client.ApiVersion}}
{{- if ne .Client.ApiVersion .Client.DefaultAPIVersion}} (downgraded from {{.Client.DefaultAPIVersion}})
{{- end}}
 OS/Arch:\t{{.Client.Os}}/{{.Client.Arch}}
 Context:\t{{.Client.Context}}
{{- with .Server}}

Server:{{if .Platform.Name}} {{.Platform.Name}}{{end}}
 {{- range .Components}}
 {{.Name}}:
  {{- if eq .Name "Engine"}}
  Version:\t{{.Version}}
  API version:\t{{.Details.ApiVersion}} (minimum version {{.Details.MinAPIVersion}})
  {{- with index .Details "GoVersion"}}
  Go version:\t{{.}}{{end}}
  {{- with index .Details "GitCommit"}}
  Git commit:\t{{.}}{{end}}
  {{- with index .Details "BuildTime"}}
  Built:\t{{.}}{{end}}
  OS/Arch:\t{{.Details.Os}}/{{.Details.Arch}}
  Experimental:\t{{.Details.Experimental}}
  {{- else}}
  Version:\t{{.Version}}
  {{- range $key, $value := .Details}}
  {{$key}}:\t{{$value}}
  {{- end}}
  {{- end}}
 {{- end}}
{{- end}}
)";

std::string architecture() {
  utsname name{};
  uname(&name);
  const std::string_view machine = name.machine;
  if (machine == "x86_64") return "amd64";
  return std::string(machine == "aarch64" ? "arm64" : machine);
}

Value client_part(api::ApiVersion version) {
  return Value::map({{"Platform", Value::map({{"Name", ""}})},
                     {"Version", kVersion},
                     {"ApiVersion", version.text()},
                     {"DefaultAPIVersion", api::kAdvertised.text()},
                     {"Os", "linux"},
                     {"Arch", architecture()},
                     {"Context", "default"}});
}

// docker shows the time of the build as C's asctime does.
std::string build_date(const std::string& text) {
  const auto time = parse_rfc3339(text);
  if (!time) return text;
  const auto seconds = static_cast<std::time_t>(time->time_since_epoch().count() / 1000000000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> date{};
  std::strftime(date.data(), date.size(), "%a %b %e %H:%M:%S %Y", &parts);
  return date.data();
}

// Like `value`, with every member of this name made readable, however deep.
Value with_dates(const Value& value) {
  if (value.is_list()) {
    ValueList items;
    for (const Value& item : value.items()) items.push_back(with_dates(item));
    return Value::list(std::move(items));
  }
  if (!value.is_map()) return value;
  ValueMap members;
  for (const auto& [name, member] : value.members()) {
    members.emplace_back(
        name, name == "BuildTime" ? Value(build_date(member.to_text())) : with_dates(member));
  }
  return Value::map(std::move(members));
}

int run(Invocation& call) {
  Value server;
  std::string problem;
  try {
    server = from_daemon([&] { return parse_value(call.api().system().version_json()); });
  } catch (const Error& error) {  // the client's part is shown all the same
    problem = error.message();
  }
  const Value all = Value::map(
      {{"Client", client_part(call.api().session().version())}, {"Server", with_dates(server)}});
  const std::string format = call.flags.text("format");
  if (format == "json") {
    call.console.line(to_json_line(all));
  } else if (!format.empty()) {
    print_shaped(call.console, format, all,
                 {.row_type = "system.versionInfo", .name = "version", .typed = true});
  } else {
    call.console.text(
        align_tabs(execute_format(parse_format(unescape_format(kShape)), all), 20, 1));
  }
  if (problem.empty()) return 0;
  throw ExitError(1, problem);
}

}  // namespace

extern const Command kSystemVersion;
constinit const Command kSystemVersion{.name = "version",
                                       .forms = "version",
                                       .arguments = "[OPTIONS]",
                                       .summary = "Show the Docker version information",
                                       .flags = kFlags,
                                       .least = 0,
                                       .most = 0,
                                       .run = run};

}  // namespace mydock::cli
