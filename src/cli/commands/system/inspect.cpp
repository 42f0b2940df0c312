#include "cli/listing/inspect.h"
#include "cli/format/value.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"as", 0, FlagType::text, "As a command that makes an equal one ('run')"},
    {"format", 'f', FlagType::text,
     "Format output using a custom template:\n'json':             Print in JSON "
     "format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"size", 's', FlagType::boolean, "Display total file sizes if the type is container"},
    {"type", 0, FlagType::text, "Only inspect objects of the given type"},
};

using Getter = std::string (*)(Invocation& call, const std::string& name);
struct ObjectType {
  std::string_view name;
  Getter get;
};

std::string at_path(Invocation& call, std::string_view noun, const std::string& name) {
  const std::string path = fmt::format("/{}/{}", noun, client::percent_encode(name));
  return call.api().session().text(client::Call{.path = path});
}

constexpr ObjectType kTypes[] = {
    {"container",
     [](Invocation& call, const std::string& name) {
       return call.api().containers().inspect_json(name, call.flags.boolean("size"));
     }},
    {"image", [](Invocation& call,
                 const std::string& name) { return call.api().images().inspect_json(name); }},
    {"network",
     [](Invocation& call, const std::string& name) { return at_path(call, "networks", name); }},
    {"volume",
     [](Invocation& call, const std::string& name) { return at_path(call, "volumes", name); }},
};

std::optional<std::string> find_object(Invocation& call, const std::string& type,
                                       const std::string& name) {
  for (const ObjectType& kind : kTypes) {
    if (!type.empty() && kind.name != type) continue;
    try {
      return kind.get(call, name);
    } catch (const Error& error) {  // the next type's turn
      // An older daemon refuses a name that cannot be one of this type.
      if (error.kind() != Kind::not_found && (error.kind() != Kind::invalid || !type.empty()))
        throw;
      if (!type.empty()) throw;
    }
  }
  return std::nullopt;
}

int run(Invocation& call) {
  if (call.flags.has("as")) return print_run_lines(call, call.args);
  const std::string type = call.flags.text("type");
  bool known = type.empty();
  for (const ObjectType& kind : kTypes) known = known || kind.name == type;
  if (!known)
    fail(Kind::invalid,
         "unknown type: {}: must be one of \"container\", \"image\", \"network\", \"volume\"",
         go_quote(type));
  return print_inspected(call, call.args,
                         [&](const std::string& name) { return find_object(call, type, name); });
}

}  // namespace

extern const Command kInspect;
constinit const Command kInspect{.name = "inspect",
                                 .forms = "inspect",
                                 .arguments = "[OPTIONS] NAME|ID [NAME|ID...]",
                                 .summary = "Return low-level information on Docker objects",
                                 .flags = kFlags,
                                 .least = 1,
                                 .run = run};

}  // namespace mydock::cli
