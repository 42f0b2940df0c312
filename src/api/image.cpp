#include "api/image.h"

namespace mydock::api {

namespace {

// Go wrote a nil slice or map as null.
template <class T>
void member(JsonWriter& writer, std::string_view name, const T& value, bool always) {
  if (!json_detail::is_empty(value)) {
    writer(name, value);
  } else if (always) {
    writer.key(name);
    writer.literal("null");
  }
}

void text_member(JsonWriter& writer, std::string_view name, const std::string& value, bool always) {
  if (always || !value.empty()) writer(name, value);
}

// Members that an image never has, but that were zero in the answers to old clients.
void zero_members(JsonWriter& writer) {
  writer("Hostname", std::string_view());
  writer("Domainname", std::string_view());
  writer("Image", std::string_view());
  for (const char* name :
       {"AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce"}) {
    writer(name, false);
  }
}

}  // namespace

void write_json(JsonWriter& writer, const ImageRunConfig& s) {
  const bool some = s.empty_members != EmptyMembers::none;
  writer.begin('{');
  if (s.empty_members == EmptyMembers::all) zero_members(writer);
  text_member(writer, "User", s.user, some);
  writer.omit_empty("ExposedPorts", s.exposed_ports);
  member(writer, "Env", s.env, some);
  member(writer, "Cmd", s.cmd, some);
  writer.omit_empty("Healthcheck", s.healthcheck);
  writer.omit_empty("ArgsEscaped", s.args_escaped);
  member(writer, "Volumes", s.volumes, some);
  text_member(writer, "WorkingDir", s.working_dir, some);
  member(writer, "Entrypoint", s.entrypoint, some);
  member(writer, "OnBuild", s.on_build, some);
  member(writer, "Labels", s.labels, some);
  writer.omit_empty("StopSignal", s.stop_signal);
  writer.omit_empty("Shell", s.shell);
  writer.end('}');
}

void read_json(const JsonReader& reader, ImageRunConfig& s) {
  JsonReader v = reader;
  v("User", s.user);
  v("ExposedPorts", s.exposed_ports);
  v("Env", s.env);
  v("Cmd", s.cmd);
  v("Healthcheck", s.healthcheck);
  v("ArgsEscaped", s.args_escaped);
  v("Volumes", s.volumes);
  v("WorkingDir", s.working_dir);
  v("Entrypoint", s.entrypoint);
  v("OnBuild", s.on_build);
  v("Labels", s.labels);
  v("StopSignal", s.stop_signal);
  v("Shell", s.shell);
}

void shape_for(ApiVersion version, ImageInspect& image) {
  if (version < ApiVersion{1, 44}) {
    image.virtual_size = image.size;
    if (!image.created) image.created = Time{};
  }
  if (version < ApiVersion{1, 45}) {
    image.container = "";
    image.container_config.emplace();
  }
  image.config.empty_members = version < ApiVersion{1, 50}   ? EmptyMembers::all
                               : version < ApiVersion{1, 52} ? EmptyMembers::some
                                                             : EmptyMembers::none;
  if (version < ApiVersion{1, 52}) return;
  for (auto* member : {&image.parent, &image.comment, &image.docker_version, &image.author}) {
    if (*member && (*member)->empty()) member->reset();
  }
  image.docker_version.reset();
}

}  // namespace mydock::api
