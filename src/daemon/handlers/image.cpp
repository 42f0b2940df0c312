#include <array>

#include "api/json_stream.h"
#include "base/error.h"
#include "daemon/progress_stream.h"
#include "daemon/registry_auth.h"
#include "daemon/routes.h"
#include "engine/images.h"
#include "engine/registries.h"
#include "oci/platform.h"

namespace mydock::daemon {

namespace {

// An image is of one platform here: another one that is asked for is not found.
void require_platform(Call& call, const std::string& name, const std::string& asked) {
  if (asked.empty()) return;
  const auto wanted = oci::normalized(from_json<oci::Platform>(asked));
  const api::ImageInspect image = call.engine.images().inspect(name);
  const oci::Platform actual{.os = image.os,
                             .architecture = image.architecture,
                             .variant = image.variant,
                             .os_version = {},
                             .os_features = {}};
  if (oci::runs(wanted, oci::normalized(actual))) return;
  fail(Kind::not_found,
       "image with reference {} was found but its platform ({}) does not match the specified "
       "platform ({})",
       name, oci::to_string(actual), oci::to_string(wanted));
}

void list(Call& call) {
  engine::ImageListOptions options;
  options.all = call.flag("all");
  options.shared_size = call.flag("shared-size");
  options.filters = api::Filters::parse(call.query("filters"));
  if (const std::string old = call.query("filter"); !old.empty())
    options.filters.add("reference", old);
  std::vector<api::ImageSummary> images = call.engine.images().list(options);
  for (api::ImageSummary& image : images) api::shape_for(call.version, image);
  call.answer(200, images);
}

void inspect(Call& call) {
  require_platform(call, call.path("name"), call.query("platform"));
  api::ImageInspect image = call.engine.images().inspect(call.path("name"));
  api::shape_for(call.version, image);
  call.answer(200, image);
}

void history(Call& call) {
  require_platform(call, call.path("name"), call.query("platform"));
  call.answer(200, call.engine.images().history(call.path("name")));
}

void tag(Call& call) {
  call.engine.images().tag(call.path("name"), call.query("repo"), call.query("tag"));
  call.respond.send(201, "", "");
}

void remove(Call& call) {
  const engine::ImageRemoveOptions options{.force = call.flag("force"),
                                           .prune_parents = !call.flag("noprune")};
  for (const std::string& platform : call.request.query_all("platforms")) {
    require_platform(call, call.path("name"), platform);
  }
  call.answer(200, call.engine.images().remove(call.path("name"), options));
}

void import(Call& call) {
  if (call.query("fromSrc") != "-") {
    fail(Kind::not_implemented, "importing from a URL is not implemented yet");
  }
  engine::ImportOptions options;
  options.reference = call.query("repo");
  if (const std::string tag = call.query("tag"); !tag.empty()) options.reference += ":" + tag;
  options.message = call.query("message");
  options.platform = call.query("platform");
  options.changes = call.request.query_all("changes");
  ProgressStream stream(call);
  stream.run([&](const engine::ImageProgress& progress) {
    const std::string id =
        call.engine.images().import(call.request.body(), options, call.request.gone());
    api::ProgressMessage done;
    done.status = id;
    progress(done);
  });
}

void create(Call& call) {
  if (!call.query("fromSrc").empty()) return import(call);
  ProgressStream stream(call);
  stream.run([&](const engine::ImageProgress& progress) {
    call.engine.registries().pull({.name = call.query("fromImage"),
                                   .tag = call.query("tag"),
                                   .platform = call.query("platform"),
                                   .auth = registry_auth(call)},
                                  progress, call.request.gone());
  });
}

void load(Call& call) {
  // The host's own platform is what is loaded anyway.
  if (const std::string asked = call.query("platform"); !asked.empty()) {
    const auto wanted = oci::normalized(from_json<oci::Platform>(asked));
    if (!oci::runs(oci::host_platform(), wanted)) {
      fail(Kind::not_implemented, "loading the platform {} is not implemented yet",
           oci::to_string(wanted));
    }
  }
  const bool quiet = call.flag("quiet", true);
  ProgressStream stream(call);
  stream.run([&](const engine::ImageProgress& progress) {
    const auto filtered = [&](const api::ProgressMessage& message) {
      if (!quiet || message.progress_detail == std::nullopt) progress(message);
    };
    try {
      call.engine.images().load(call.request.body(), filtered, call.request.gone());
    } catch (const Error& error) {
      // Load reports its errors in the stream, always.
      if (error.kind() == Kind::cancelled) throw;
      progress(api::error_message(error.message()));
    }
  });
}

void save(Call& call, const std::vector<std::string>& names) {
  // The names are looked up before the head is sent, so that an unknown one is a 404.
  for (const std::string& name : names) {
    static_cast<void>(call.engine.images().inspect(name));
    require_platform(call, name, call.query("platform"));
  }
  Sink& out = call.respond.begin_stream(200, "application/x-tar");
  call.engine.images().save(names, out, call.request.gone());
  call.respond.end_stream();
}

void save_one(Call& call) { save(call, {call.path("name")}); }

void save_several(Call& call) {
  std::vector<std::string> names = call.request.query_all("names");
  if (names.empty()) fail(Kind::invalid, "no image names were given");
  save(call, names);
}

void prune(Call& call) {
  call.answer(200, call.engine.images().prune(api::Filters::parse(call.query("filters"))));
}

constexpr std::array kRoutes{
    Route{"GET", "/images/json", {1, 24}, list},
    Route{"POST", "/images/create", {1, 24}, create},
    Route{"POST", "/images/load", {1, 24}, load},
    Route{"GET", "/images/get", {1, 24}, save_several},
    Route{"POST", "/images/prune", {1, 25}, prune},
    Route{"GET", "/images/{name...}/json", {1, 24}, inspect},
    Route{"GET", "/images/{name...}/history", {1, 24}, history},
    Route{"GET", "/images/{name...}/get", {1, 24}, save_one},
    Route{"POST", "/images/{name...}/tag", {1, 24}, tag},
    Route{"DELETE", "/images/{name...}", {1, 24}, remove},
};

}  // namespace

std::span<const Route> image_routes() { return kRoutes; }

}  // namespace mydock::daemon
