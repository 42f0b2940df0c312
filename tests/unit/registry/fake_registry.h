#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "http/server.h"
#include "oci/hasher.h"

namespace mydock::registry {

// A registry on loopback that keeps all in memory, and does what `hook` says instead where that
// answers true.
class FakeRegistry {
 public:
  using Hook = std::function<bool(http::Request&, http::Responder&)>;

  FakeRegistry()
      : server_(
            [this](http::Request& request, http::Responder& respond) { serve(request, respond); }) {
    Fd listening = http::listen_tcp("127.0.0.1", 0);
    port_ = http::local_port(listening);
    server_.listen(std::move(listening));
  }

  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  std::string url() const { return "http://" + address(); }

  std::string put_blob(const std::string& bytes) {
    const std::lock_guard lock(mutex);
    const std::string digest = oci::sha256_of(bytes).str();
    blobs[digest] = bytes;
    return digest;
  }
  // Under its tag and its digest; returns the latter.
  std::string put_manifest(const std::string& repository, const std::string& tag,
                           const std::string& type, const std::string& text) {
    const std::lock_guard lock(mutex);
    const std::string digest = oci::sha256_of(text).str();
    manifests[repository + ":" + tag] = manifests[repository + ":" + digest] = {type, text};
    return digest;
  }
  std::size_t count(const std::string& line) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(requests, line));
  }
  bool saw(std::string_view part) {
    const std::lock_guard lock(mutex);
    return std::ranges::any_of(
        requests, [&](const std::string& line) { return line.find(part) != line.npos; });
  }

  Hook hook;  // set it before the first request
  std::mutex mutex;
  std::map<std::string, std::string> blobs;
  std::map<std::string, std::pair<std::string, std::string>> manifests;  // type, text
  std::vector<std::string> requests;                                     // "GET /v2/a/manifests/1"
  std::vector<std::string> authorizations;  // of the requests that had one
  bool ranges = true;

 private:
  static void refuse(http::Responder& respond, int status, std::string_view code) {
    respond.send(status, "application/json",
                 fmt::format(R"({{"errors":[{{"code":"{}","message":"no such thing"}}]}})", code));
  }

  void serve(http::Request& request, http::Responder& respond) {
    {
      const std::lock_guard lock(mutex);
      requests.push_back(fmt::format("{} {}", request.method(), request.target()));
      if (const std::string* given = request.find_header("Authorization")) {
        authorizations.push_back(*given);
      }
    }
    if (hook && hook(request, respond)) return;
    const std::string& path = request.path();
    if (path == "/v2/") return respond.send(200, "", "");
    for (const char* part : {"/manifests/", "/blobs/uploads/", "/blobs/", "/tags/"}) {
      const std::size_t at = path.find(part);
      if (at == path.npos) continue;
      const std::string repository = path.substr(4, at - 4);
      const std::string rest = path.substr(at + std::string_view(part).size());
      if (std::string_view(part) == "/manifests/")
        return manifest(request, respond, repository, rest);
      if (std::string_view(part) == "/blobs/uploads/")
        return upload(request, respond, repository, rest);
      if (std::string_view(part) == "/blobs/") return blob(request, respond, rest);
      return list_tags(respond, repository);
    }
    respond.send(404, "", "");
  }

  void manifest(http::Request& request, http::Responder& respond, const std::string& repository,
                const std::string& reference) {
    if (request.method() == "PUT") {
      const std::string text = request.read_body();
      respond.header("Docker-Content-Digest",
                     put_manifest(repository, reference, request.header("Content-Type"), text));
      return respond.send(201, "", "");
    }
    const std::lock_guard lock(mutex);
    const auto found = manifests.find(repository + ":" + reference);
    if (found == manifests.end()) return refuse(respond, 404, "MANIFEST_UNKNOWN");
    respond.header("Docker-Content-Digest", oci::sha256_of(found->second.second).str());
    respond.send(200, found->second.first, found->second.second);
  }

  void blob(http::Request& request, http::Responder& respond, const std::string& digest) {
    std::string bytes;
    {
      const std::lock_guard lock(mutex);
      const auto found = blobs.find(digest);
      if (found == blobs.end()) return refuse(respond, 404, "BLOB_UNKNOWN");
      bytes = found->second;
    }
    const std::string range = request.header("Range");
    if (!ranges || range.empty()) return respond.send(200, "application/octet-stream", bytes);
    const std::size_t start = std::stoul(range.substr(6));
    if (start >= bytes.size()) return respond.send(416, "", "");
    respond.header("Content-Range",
                   fmt::format("bytes {}-{}/{}", start, bytes.size() - 1, bytes.size()));
    respond.send(206, "application/octet-stream", std::string_view(bytes).substr(start));
  }

  void upload(http::Request& request, http::Responder& respond, const std::string& repository,
              const std::string& id) {
    if (request.method() == "POST") {
      const auto mounted = request.query("mount");
      const std::lock_guard lock(mutex);
      if (mounted && blobs.contains(*mounted)) return respond.send(201, "", "");
      respond.header("Location",
                     fmt::format("/v2/{}/blobs/uploads/{}?_state=x", repository, ++uploads_));
      return respond.send(202, "", "");
    }
    const std::string body = request.read_body(std::size_t{64} << 20);
    const std::lock_guard lock(mutex);
    pending_[id] += body;
    if (request.method() == "PATCH") {
      respond.header("Location", fmt::format("/v2/{}/blobs/uploads/{}?_state=y", repository, id));
      return respond.send(202, "", "");
    }
    if (oci::sha256_of(pending_[id]).str() != request.query("digest").value_or("")) {
      return refuse(respond, 400, "DIGEST_INVALID");
    }
    blobs[*request.query("digest")] = std::move(pending_[id]);
    respond.send(201, "", "");
  }

  void list_tags(http::Responder& respond, const std::string& repository) {
    std::string list;
    const std::lock_guard lock(mutex);
    for (const auto& [name, document] : manifests) {
      if (!name.starts_with(repository + ":") || name.find("sha256:") != name.npos) continue;
      list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", name.substr(repository.size() + 1));
    }
    respond.send(200, "application/json", fmt::format(R"({{"tags":[{}]}})", list));
  }

  std::uint16_t port_ = 0;
  int uploads_ = 0;
  std::map<std::string, std::string> pending_;
  http::Server server_;
};

}  // namespace mydock::registry
