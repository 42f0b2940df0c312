#include "registry/repository.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "oci/hasher.h"
#include "oci/manifest.h"
#include "registry/patience.h"

namespace mydock::registry {

namespace {

constexpr std::chrono::seconds kDocumentTime{60};
constexpr std::size_t kMostTags = 100'000;
constexpr std::size_t kLargestTagPage = std::size_t{8} << 20;
constexpr std::string_view kAccept =
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, */*";

struct TagList {
  std::vector<std::string> tags;
};
template <class V>
void fields(V& v, Of<TagList> auto& t) {
  v("tags", t.tags);
}

http::Outgoing document_request(std::string method, const std::stop_token& stop) {
  http::Outgoing outgoing;
  outgoing.method = std::move(method);
  outgoing.stop = stop;
  outgoing.deadline = outgoing.body_deadline = deadline_after(kDocumentTime);
  return outgoing;
}

std::string bare_type(const std::string& content_type) {
  std::string type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

// "bytes 100-199/200" -> 100
std::optional<std::uint64_t> range_start(const std::string& content_range) {
  if (!content_range.starts_with("bytes ")) return std::nullopt;
  std::uint64_t start = 0;
  const char* end = content_range.data() + content_range.size();
  const auto [at, error] = std::from_chars(content_range.data() + 6, end, start);
  if (error != std::errc{} || at == end || *at != '-') return std::nullopt;
  return start;
}

// Of a Link header: `</v2/x/tags/list?last=b>; rel="next"`.
std::string next_link(const std::string& link) {
  const std::size_t end = link.find('>');
  if (!link.starts_with('<') || end == link.npos) return {};
  return link.find("rel=\"next\"", end) == link.npos ? std::string() : link.substr(1, end - 1);
}

void check_digest(const std::string& reference, const Document& document) {
  const auto wanted = oci::Digest::find(reference);
  if (!wanted) return;
  TextSource text(document.text);
  if (!oci::matches(*wanted, text)) {
    fail(Kind::system, "manifest verification failed for digest {}", reference);
  }
}

}  // namespace

void pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  const Fd never(check(::eventfd(0, EFD_CLOEXEC), "make an eventfd"));
  wait_for(never, POLLIN, stop, deadline_after(time));
}

std::string Repository::path(std::string_view rest) const {
  return fmt::format("/v2/{}/{}", name_.repository, rest);
}

// The first endpoint that can: a mirror that cannot is passed over.
template <class F>
auto Repository::at_each(F&& act) const {
  for (const Endpoint& endpoint : endpoints_) {
    if (!endpoint.mirror) break;
    try {
      return act(*endpoint.session);
    } catch (const Error& error) {
      if (error.kind() == Kind::cancelled) throw;
      log::info("registry mirror {}: {}", endpoint.session->base().origin(), error.what());
    }
  }
  return act(session());
}

Document Repository::manifest_at(Session& session, const std::string& reference,
                                 const std::stop_token& stop) const {
  http::Outgoing outgoing = document_request("GET", stop);
  outgoing.headers.emplace_back("Accept", kAccept);
  http::Response response = session.send(session.url(path("manifests/" + reference)), outgoing);
  if (response.status() != 200) throw refusal_of(response);
  Document document{.media_type = bare_type(response.header("Content-Type")),
                    .digest = {},
                    .text = response.read_body(oci::kLargestDocument)};
  document.digest = oci::sha256_of(document.text);
  check_digest(reference, document);
  // For a tag nobody but the registry knows the digest; but it must not contradict itself.
  if (const auto told = oci::Digest::find(response.header("Docker-Content-Digest"))) {
    check_digest(told->str(), document);
  }
  return document;
}

Document Repository::manifest(const std::string& reference, const std::stop_token& stop) const {
  return at_each([&](Session& session) {
    return patiently(stop, [&] { return manifest_at(session, reference, stop); });
  });
}

std::optional<oci::Descriptor> Repository::find_manifest(const std::string& reference,
                                                         const std::stop_token& stop) const {
  return patiently(stop, [&]() -> std::optional<oci::Descriptor> {
    http::Outgoing outgoing = document_request("HEAD", stop);
    outgoing.headers.emplace_back("Accept", kAccept);
    http::Response response =
        session().send(session().url(path("manifests/" + reference)), outgoing);
    if (response.status() == 404) return std::nullopt;
    if (response.status() != 200) throw refusal_of(response);
    const auto digest = oci::Digest::find(response.header("Docker-Content-Digest"));
    if (!digest) return std::nullopt;
    oci::Descriptor found;
    found.media_type = bare_type(response.header("Content-Type"));
    found.digest = *digest;
    return found;
  });
}

BlobStream Repository::open_blob(const oci::Descriptor& blob, std::uint64_t offset,
                                 const std::stop_token& stop) const {
  return at_each([&](Session& session) {
    http::Outgoing outgoing;
    outgoing.stop = stop;
    outgoing.deadline = deadline_after(kDocumentTime);
    if (offset > 0) outgoing.headers.emplace_back("Range", fmt::format("bytes={}-", offset));
    const http::Url url = session.url(path("blobs/" + blob.digest.str()));
    http::Response response = session.send(url, outgoing);
    if (offset > 0 && response.status() == 416) {
      outgoing.headers.clear();
      response = session.send(url, outgoing);
    }
    if (response.status() == 206 && range_start(response.header("Content-Range")) == offset) {
      return BlobStream{std::move(response), offset};
    }
    if (response.status() != 200) throw refusal_of(response);
    return BlobStream{std::move(response), 0};
  });
}

std::string Repository::blob(const oci::Descriptor& blob, const std::stop_token& stop) const {
  return patiently(stop, [&] {
    BlobStream stream = open_blob(blob, 0, stop);
    std::string text = stream.response.read_body(oci::kLargestDocument);
    TextSource source(text);
    if (text.size() != static_cast<std::size_t>(blob.size) || !oci::matches(blob.digest, source)) {
      fail(Kind::invalid, "blob {} is not what its digest says", blob.digest.str());
    }
    return text;
  });
}

std::vector<std::string> Repository::tags(const std::stop_token& stop) const {
  std::vector<std::string> tags;
  http::Url url = session().url(path("tags/list"));
  for (;;) {
    std::string next;
    const TagList page = patiently(stop, [&] {
      http::Response response = session().send(url, document_request("GET", stop));
      if (response.status() != 200) throw refusal_of(response);
      next = next_link(response.header("Link"));
      return from_json<TagList>(response.read_body(kLargestTagPage));
    });
    for (const std::string& tag : page.tags) {
      if (oci::is_tag(tag)) tags.push_back(tag);
    }
    if (next.empty() || page.tags.empty()) return tags;
    if (tags.size() > kMostTags) fail(Kind::system, "{} has too many tags", name_.familiar_name());
    url = http::resolve_url(url, next);
  }
}

bool Repository::has_blob(const oci::Digest& blob, const std::stop_token& stop) const {
  return patiently(stop, [&] {
    http::Response response =
        session().send(session().url(path("blobs/" + blob.str())), document_request("HEAD", stop));
    if (response.status() == 200) return true;
    // Some answer 403 for a repository that is not there yet; pushing tells.
    if (response.status() == 404 || response.status() == 403) return false;
    throw refusal_of(response);
  });
}

void explain_pull(const Error& error, const oci::Reference& name) {
  const auto* refusal = dynamic_cast<const Refusal*>(&error);
  if (refusal == nullptr) throw;
  if (refusal->code() == "DENIED") {
    fail(Kind::not_found,
         "pull access denied for {}, repository does not exist or may require 'docker login': {}",
         name.familiar_name(), error.message());
  }
  if (refusal->code() == "NAME_UNKNOWN") {
    fail(Kind::not_found, "repository {} not found: {}", name.familiar_name(), error.message());
  }
  if (refusal->code() == "UNAUTHORIZED") {
    fail(Kind::not_found,
         "pull access denied for {}, repository does not exist or may require 'docker login': {}",
         name.familiar_name(), error.message());
  }
  if (refusal->code() == "MANIFEST_UNKNOWN" || refusal->status() == 404) {
    fail(Kind::not_found, "manifest for {} not found: {}", name.familiar(), error.message());
  }
  throw;
}

}  // namespace mydock::registry
