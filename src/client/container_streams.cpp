// The calls of ContainerCalls that carry a stream.
#include "base/base64.h"
#include "base/error.h"
#include "client/container_calls.h"

namespace mydock::client {

api::PathStat path_stat(const http::Response& response) {
  const auto text = decode_base64(response.header("X-Docker-Container-Path-Stat"));
  if (!text) fail(Kind::invalid, "unable to decode container path stat header");
  return from_json<api::PathStat>(*text);
}

HijackedStream ContainerCalls::attach(std::string_view ref, const AttachQuery& query) {
  return session_.upgrade({.path = object_path("containers", ref, "attach"),
                           .query = Query()
                                        .flag("stream", query.stream)
                                        .flag("logs", query.logs)
                                        .flag("stdin", query.stdin_open)
                                        .flag("stdout", query.stdout_open)
                                        .flag("stderr", query.stderr_open)
                                        .add_if("detachKeys", query.detach_keys)});
}

http::Response ContainerCalls::logs(std::string_view ref, const LogsQuery& query) {
  return session_.send({.path = object_path("containers", ref, "logs"),
                        .query = Query()
                                     .flag("stdout", query.stdout_open)
                                     .flag("stderr", query.stderr_open)
                                     .flag("follow", query.follow)
                                     .flag("timestamps", query.timestamps)
                                     .flag("details", query.details)
                                     .add_if("since", query.since)
                                     .add_if("until", query.until)
                                     .add_if("tail", query.tail),
                        .stop = query.stop});
}

void ContainerCalls::clear_logs(std::string_view ref) {
  session_.done({.method = "DELETE", .path = object_path("containers", ref, "logs")});
}

http::Response ContainerCalls::stats(std::string_view ref, bool stream, bool one_shot,
                                     std::stop_token stop) {
  return session_.send(
      {.path = object_path("containers", ref, "stats"),
       .query = Query().add("stream", stream ? "1" : "0").flag("one-shot", one_shot),
       .stop = std::move(stop)});
}

http::Response ContainerCalls::export_tar(std::string_view ref) {
  return session_.send({.path = object_path("containers", ref, "export")});
}

api::PathStat ContainerCalls::stat_path(std::string_view ref, std::string_view path) {
  const http::Response response = session_.send({.method = "HEAD",
                                                 .path = object_path("containers", ref, "archive"),
                                                 .query = Query().add("path", path)});
  return path_stat(response);
}

http::Response ContainerCalls::get_archive(std::string_view ref, std::string_view path) {
  return session_.send(
      {.path = object_path("containers", ref, "archive"), .query = Query().add("path", path)});
}

http::Response ContainerCalls::get_matches(std::string_view ref, std::string_view pattern) {
  return session_.send({.path = object_path("containers", ref, "archive"),
                        .query = Query().add("path", pattern).flag("mydock.glob", true)});
}

void ContainerCalls::put_archive(std::string_view ref, std::string_view path, Source& tar,
                                 bool no_overwrite, bool copy_owner) {
  session_.done({.method = "PUT",
                 .path = object_path("containers", ref, "archive"),
                 .query = Query()
                              .add("path", path)
                              .flag("noOverwriteDirNonDir", no_overwrite)
                              .flag("copyUIDGID", copy_owner),
                 .body = &tar});
}

}  // namespace mydock::client
