#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "oci/hasher.h"
#include "registry/patience.h"
#include "registry/repository.h"

namespace mydock::registry {

namespace {

constexpr std::chrono::seconds kStepTime{60};
constexpr std::chrono::seconds kCommitTime{600};  // some registries move the bytes only then
constexpr std::size_t kPiece = std::size_t{8} << 20;
constexpr std::size_t kLargestPiece = std::size_t{32} << 20;

http::Outgoing step(std::string method, const std::stop_token& stop,
                    std::chrono::seconds time = kStepTime) {
  http::Outgoing outgoing;
  outgoing.method = std::move(method);
  outgoing.stop = stop;
  outgoing.deadline = outgoing.body_deadline = deadline_after(time);
  return outgoing;
}

http::Url location_of(const http::Url& base, const http::Response& response) {
  const std::string location = response.header("Location");
  if (location.empty()) fail(Kind::system, "registry gave no place to upload to");
  const http::Url next =
      in_context("place to upload to", [&] { return http::resolve_url(base, location); });
  if (base.tls && !next.tls)
    fail(Kind::system, "upload from https to http refused: {}", next.origin());
  return next;
}

bool is_done(int status) { return status == 201 || status == 202 || status == 204; }

std::size_t piece_size(const http::Response& response) {
  const std::string text = response.header("OCI-Chunk-Min-Length");
  std::size_t least = 0;
  std::from_chars(text.data(), text.data() + text.size(), least);
  return std::clamp(least, kPiece, kLargestPiece);
}

// Up to `size` bytes.
std::string read_piece(Source& from, std::size_t size) {
  std::string piece(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const std::size_t got = from.read(std::as_writable_bytes(std::span(piece)).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  piece.resize(filled);
  return piece;
}

}  // namespace

bool Repository::mount_blob(const oci::Digest& blob, const std::string& from,
                            const std::stop_token& stop) const {
  session().add_scope(fmt::format("repository:{}:pull", from));
  http::Url url = session().url(path("blobs/uploads/"));
  url.target = http::with_query(url.target, "mount", blob.str());
  url.target = http::with_query(url.target, "from", from);
  http::Response response = session().send(url, step("POST", stop));
  if (response.status() == 201) return true;
  if (response.status() == 202) {  // an upload was begun instead, which nobody needs
    const http::Url begun = location_of(url, response);
    session().send(begun, step("DELETE", stop));
  }
  return false;
}

http::Url Repository::begin_upload(const std::stop_token& stop) const {
  const http::Url url = session().url(path("blobs/uploads/"));
  http::Response response = session().send(url, step("POST", stop));
  if (response.status() != 202) throw refusal_of(response);
  return location_of(url, response);
}

void Repository::finish_upload(http::Url at, const oci::Descriptor& blob,
                               const std::stop_token& stop) const {
  at.target = http::with_query(at.target, "digest", blob.digest.str());
  http::Response response = session().send(at, step("PUT", stop, kCommitTime));
  if (!is_done(response.status())) throw refusal_of(response);
}

void Repository::upload_whole(http::Url at, const oci::Descriptor& blob, Source& from,
                              const std::stop_token& stop) const {
  at.target = http::with_query(at.target, "digest", blob.digest.str());
  http::Outgoing outgoing;
  outgoing.method = "PUT";
  outgoing.stop = stop;  // no deadline: the body may be long, and each of its bytes has one
  outgoing.headers.emplace_back("Content-Type", "application/octet-stream");
  outgoing.body_source = &from;
  outgoing.source_length = static_cast<std::uint64_t>(blob.size);
  http::Response response = session().send(at, outgoing);
  if (!is_done(response.status())) throw refusal_of(response);
}

void Repository::upload_in_pieces(http::Url at, const oci::Descriptor& blob, Source& from,
                                  const std::stop_token& stop) const {
  std::size_t size = kPiece;
  std::uint64_t sent = 0;
  for (;;) {
    http::Outgoing outgoing = step("PATCH", stop, kCommitTime);
    outgoing.body = read_piece(from, size);
    if (outgoing.body.empty()) break;
    const std::uint64_t end = sent + outgoing.body.size();
    outgoing.has_body = true;
    outgoing.headers.emplace_back("Content-Type", "application/octet-stream");
    outgoing.headers.emplace_back("Content-Range", fmt::format("{}-{}", sent, end - 1));
    http::Response response = session().send(at, outgoing);
    if (!is_done(response.status())) throw refusal_of(response);
    at = location_of(at, response);
    size = piece_size(response);
    sent = end;
  }
  finish_upload(at, blob, stop);
}

void Repository::push_blob(const oci::Descriptor& blob, const OpenSource& open,
                           const std::stop_token& stop) const {
  bool in_pieces = false;
  patiently(stop, [&] {
    const http::Url at = begin_upload(stop);
    const std::unique_ptr<Source> from = open();
    try {
      return in_pieces ? upload_in_pieces(at, blob, *from, stop)
                       : upload_whole(at, blob, *from, stop);
    } catch (const Refusal& refusal) {
      if (in_pieces || refusal.status() != 413) throw;  // 413: too much at once
      in_pieces = true;
    }
    const http::Url again = begin_upload(stop);
    upload_in_pieces(again, blob, *open(), stop);
  });
}

void Repository::push_manifest(const std::string& reference, const Document& document,
                               const std::stop_token& stop) const {
  patiently(stop, [&] {
    http::Outgoing outgoing = step("PUT", stop);
    outgoing.body = document.text;
    outgoing.headers.emplace_back("Content-Type", document.media_type);
    http::Response response =
        session().send(session().url(path("manifests/" + reference)), outgoing);
    if (!is_done(response.status())) throw refusal_of(response);
    const auto told = oci::Digest::find(response.header("Docker-Content-Digest"));
    if (told && told->algorithm() == "sha256" && *told != document.digest) {
      fail(Kind::system, "registry took the manifest for {}, and it is {}", told->str(),
           document.digest.str());
    }
  });
}

}  // namespace mydock::registry
