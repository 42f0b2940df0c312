#include "client/container_calls.h"

namespace mydock::client {

namespace {

Query stop_query(const StopQuery& query) {
  Query out;
  out.add_if("signal", query.signal);
  if (query.timeout) out.add("t", std::to_string(*query.timeout));
  return out;
}

}  // namespace

api::ContainerWait Waiting::finish() {
  return from_json<api::ContainerWait>(response_.read_body());
}

api::ContainerCreated ContainerCalls::create(std::string_view name,
                                             const api::ContainerCreate& create,
                                             std::string_view platform) {
  return session_.json<api::ContainerCreated>(
      {.method = "POST",
       .path = "/containers/create",
       .query = Query().add_if("name", name).add_if("platform", platform),
       .json = to_json(create)});
}

std::vector<api::ContainerSummary> ContainerCalls::list(const ContainerListQuery& query) {
  Query out;
  out.flag("all", query.all).flag("size", query.size).add_if("filters", query.filters.encode());
  if (query.limit != 0) out.add("limit", std::to_string(query.limit));
  return session_.json<std::vector<api::ContainerSummary>>(
      {.path = "/containers/json", .query = out});
}

api::ContainerInspect ContainerCalls::inspect(std::string_view ref) {
  return from_json<api::ContainerInspect>(inspect_json(ref));
}

std::string ContainerCalls::inspect_json(std::string_view ref, bool size) {
  return session_.text(
      {.path = object_path("containers", ref, "json"), .query = Query().flag("size", size)});
}

void ContainerCalls::start(std::string_view ref, std::string_view detach_keys) {
  session_.done({.method = "POST",
                 .path = object_path("containers", ref, "start"),
                 .query = Query().add_if("detachKeys", detach_keys)});
}

bool ContainerCalls::stop(std::string_view ref, const StopQuery& query) {
  const http::Response response = session_.send({.method = "POST",
                                                 .path = object_path("containers", ref, "stop"),
                                                 .query = stop_query(query)});
  return response.status() != 304;
}

void ContainerCalls::restart(std::string_view ref, const StopQuery& query) {
  session_.done({.method = "POST",
                 .path = object_path("containers", ref, "restart"),
                 .query = stop_query(query)});
}

void ContainerCalls::kill(std::string_view ref, std::string_view signal) {
  session_.done({.method = "POST",
                 .path = object_path("containers", ref, "kill"),
                 .query = Query().add_if("signal", signal)});
}

void ContainerCalls::pause(std::string_view ref) {
  session_.done({.method = "POST", .path = object_path("containers", ref, "pause")});
}

void ContainerCalls::unpause(std::string_view ref) {
  session_.done({.method = "POST", .path = object_path("containers", ref, "unpause")});
}

void ContainerCalls::rename(std::string_view ref, std::string_view name) {
  session_.done({.method = "POST",
                 .path = object_path("containers", ref, "rename"),
                 .query = Query().add("name", name)});
}

void ContainerCalls::remove(std::string_view ref, const RemoveQuery& query) {
  session_.done(
      {.method = "DELETE",
       .path = object_path("containers", ref),
       .query =
           Query().flag("v", query.volumes).flag("force", query.force).flag("link", query.link)});
}

api::ContainerUpdated ContainerCalls::update(std::string_view ref,
                                             const api::ContainerUpdate& update) {
  return session_.json<api::ContainerUpdated>({.method = "POST",
                                               .path = object_path("containers", ref, "update"),
                                               .json = to_json(update)});
}

api::ContainerTop ContainerCalls::top(std::string_view ref, std::string_view ps_args) {
  return session_.json<api::ContainerTop>(
      {.path = object_path("containers", ref, "top"), .query = Query().add_if("ps_args", ps_args)});
}

std::vector<api::FileChange> ContainerCalls::changes(std::string_view ref) {
  return session_.json<std::vector<api::FileChange>>(
      {.path = object_path("containers", ref, "changes")});
}

Waiting ContainerCalls::wait(std::string_view ref, std::string_view condition,
                             std::stop_token stop) {
  return Waiting(session_.send({.method = "POST",
                                .path = object_path("containers", ref, "wait"),
                                .query = Query().add_if("condition", condition),
                                .stop = std::move(stop)}));
}

void ContainerCalls::resize(std::string_view ref, std::uint32_t rows, std::uint32_t columns) {
  session_.done(
      {.method = "POST",
       .path = object_path("containers", ref, "resize"),
       .query = Query().add("h", std::to_string(rows)).add("w", std::to_string(columns))});
}

api::ContainersPruned ContainerCalls::prune(const api::Filters& filters) {
  return session_.json<api::ContainersPruned>(
      {.method = "POST",
       .path = "/containers/prune",
       .query = Query().add_if("filters", filters.encode())});
}

api::IdAnswer ContainerCalls::commit(const CommitQuery& query, const api::ContainerConfig& config) {
  Query out;
  out.add("container", query.container).add_if("repo", query.repository).add_if("tag", query.tag);
  out.add_if("comment", query.comment).add_if("author", query.author);
  if (!query.pause) out.add("pause", "0");
  for (const std::string& change : query.changes) out.add("changes", change);
  return session_.json<api::IdAnswer>(
      {.method = "POST", .path = "/commit", .query = out, .json = to_json(config)});
}

}  // namespace mydock::client
