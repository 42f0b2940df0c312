#include <sys/utsname.h>

#include "api/version.h"
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
 OS/Arch:\t{{.Client.Os}}/{{.Client.Arch}}
 Context:\t{{.Client.Context}}
{{- with .Server}}

Server:{{if .Platform.Name}} {{.Platform.Name}}{{end}}
 {{- range .Components}}
 {{.Name}}:
  {{- if eq .Name "Engine"}}
  Version:\t{{.Version}}
  API version:\t{{.Details.ApiVersion}} (minimum version {{.Details.MinAPIVersion}})
  {{- range $name, $title := $.Titles}}{{with index $.Engine $name}}
  {{$title}}:\t{{.}}{{end}}{{end}}
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

// The engine's details, whatever the place in the list of components.
Value engine_details(const Value& server) {
  for (const Value& component : server["Components"].items()) {
    if (component["Name"].to_text() == "Engine") return component["Details"];
  }
  return {};
}

int run(Invocation& call) {
  Value server;
  std::string problem;
  try {
    server = from_daemon([&] { return parse_value(call.api().system().version_json()); });
  } catch (const Error& error) {  // the client's part is shown all the same
    problem = error.message();
  }
  const Value titles = Value::map(
      {{"BuildTime", "Built"}, {"GitCommit", "Git commit"}, {"GoVersion", "Go version"}});
  const Value all = Value::map({{"Client", client_part(call.api().session().version())},
                                {"Server", server},
                                {"Titles", titles},
                                {"Engine", engine_details(server)}});
  const std::string format = call.flags.text("format");
  if (format == "json") {
    call.console.line(to_json_line(Value::map({all.members()[0], all.members()[1]})));
  } else if (!format.empty()) {
    call.console.line(execute_format(parse_format(format), all));
  } else {
    call.console.text(align_tabs(Template::parse(kShape).execute(all), 20, 1));
  }
  if (problem.empty()) return 0;
  throw ExitError(1, problem);
}

}  // namespace

extern const Command kSystemVersion;
constinit const Command kSystemVersion{.name = "version",
                                 .forms = "system version, version",
                                 .arguments = "[OPTIONS]",
                                 .summary = "Show the Docker version information",
                                 .flags = kFlags,
                                 .least = 0,
                                 .most = 0,
                                 .run = run};

}  // namespace mydock::cli
