#include <array>

#include "base/base64.h"
#include "base/error.h"
#include "daemon/routes.h"
#include "engine/container_files.h"

namespace mydock::daemon {

namespace {

constexpr std::string_view kTar = "application/x-tar";

std::string path_of(const Call& call) {
  std::string path = call.query("path");
  if (path.empty()) fail(Kind::invalid, "bad parameter: 'path' cannot be empty");
  return path;
}

void add_stat(Call& call, const api::PathStat& stat) {
  call.respond.header("X-Docker-Container-Path-Stat", encode_base64(to_json(stat)));
}

void stat(Call& call) {
  add_stat(call, call.engine.files().stat(call.path("ref"), path_of(call)));
  call.respond.send(200, "", "");
}

void get(Call& call) {
  engine::ContainerFiles& files = call.engine.files();
  engine::ContainerFiles::Archive archive =
      call.flag("mydock.glob") ? files.prepare_matches(call.path("ref"), path_of(call))
                               : files.prepare_archive(call.path("ref"), path_of(call));
  add_stat(call, archive.stat());
  Sink& out = call.respond.begin_stream(200, kTar);
  archive.run(out, call.request.gone());
  call.respond.end_stream();
}

void put(Call& call) {
  const engine::PutOptions options{.keep_kinds = call.flag("noOverwriteDirNonDir"),
                                   .copy_owner = call.flag("copyUIDGID")};
  call.engine.files().put(call.path("ref"), path_of(call), call.request.body(), options,
                          call.request.gone());
  call.respond.send(200, "", "");
}

void export_tar(Call& call) {
  engine::ContainerFiles::Export files = call.engine.files().prepare_export(call.path("ref"));
  Sink& out = call.respond.begin_stream(200, "application/octet-stream");
  files.run(out, call.request.gone());
  call.respond.end_stream();
}

void commit(Call& call) {
  engine::CommitOptions options;
  options.container = call.query("container");
  options.repository = call.query("repo");
  options.tag = call.query("tag");
  options.comment = call.query("comment");
  options.author = call.query("author");
  options.pause = call.flag("pause", true);
  options.changes = call.request.query_all("changes");
  options.config = call.json<api::ContainerConfig>("{}");
  call.answer(201, api::IdAnswer{call.engine.files().commit(options, call.engine.stopping())});
}

constexpr std::array kRoutes{
    Route{"HEAD", "/containers/{ref}/archive", {1, 24}, stat},
    Route{"GET", "/containers/{ref}/archive", {1, 24}, get},
    Route{"PUT", "/containers/{ref}/archive", {1, 24}, put},
    Route{"GET", "/containers/{ref}/export", {1, 24}, export_tar},
    Route{"POST", "/commit", {1, 24}, commit},
};

}  // namespace

std::span<const Route> container_files_routes() { return kRoutes; }

}  // namespace mydock::daemon
