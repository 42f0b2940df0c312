#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "oci/descriptor.h"
#include "oci/reference.h"
#include "registry/session.h"

namespace mydock::registry {

// A manifest or an index as the registry has it.
struct Document {
  std::string media_type;  // of the Content-Type, without parameters
  oci::Digest digest;      // of `text`
  std::string text;
};

struct Endpoint {
  std::shared_ptr<Session> session;
  bool mirror = false;
};

// A blob on its way: its bytes from `offset` on.
struct BlobStream {
  http::Response response;
  std::uint64_t offset = 0;
};

using OpenSource = std::function<std::unique_ptr<Source>()>;

// One repository of one registry. What fails for a while is tried again, a few times. Errors of all
// of these: Refusal (the registry said no), system (it cannot be reached, or sends nonsense),
// cancelled, deadline. Safe on several threads.
class Repository {
 public:
  Repository(oci::Reference name, std::vector<Endpoint> endpoints)
      : name_(std::move(name)), endpoints_(std::move(endpoints)) {}

  const oci::Reference& name() const { return name_; }

  // `reference`: a tag, or a digest that the text then has. At most 4 MiB. Errors: invalid too.
  Document manifest(const std::string& reference, const std::stop_token& stop) const;
  // No value: it is not there.
  std::optional<oci::Descriptor> find_manifest(const std::string& reference,
                                               const std::stop_token& stop) const;
  // A small blob, whole and verified: an image's configuration.
  std::string blob(const oci::Descriptor& blob, const std::stop_token& stop) const;
  // Begins a download, at `offset` if the registry can do that, else at 0. Tried once.
  BlobStream open_blob(const oci::Descriptor& blob, std::uint64_t offset,
                       const std::stop_token& stop) const;
  std::vector<std::string> tags(const std::stop_token& stop) const;

  // Whether the registry has the blob already.
  bool has_blob(const oci::Digest& blob, const std::stop_token& stop) const;
  // Has the registry take it from another of its repositories; false: it did not.
  bool mount_blob(const oci::Digest& blob, const std::string& from,
                  const std::stop_token& stop) const;
  // In one piece; in pieces when a proxy between will not take that. `open` is called for each try.
  void push_blob(const oci::Descriptor& blob, const OpenSource& open,
                 const std::stop_token& stop) const;
  // Errors: system too, when the registry understood another digest.
  void push_manifest(const std::string& reference, const Document& document,
                     const std::stop_token& stop) const;

 private:
  std::string path(std::string_view rest) const;
  Session& session() const { return *endpoints_.back().session; }
  template <class F>
  auto at_each(F&& act) const;
  Document manifest_at(Session& session, const std::string& reference,
                       const std::stop_token& stop) const;
  http::Url begin_upload(const std::stop_token& stop) const;
  void upload_whole(http::Url at, const oci::Descriptor& blob, Source& from,
                    const std::stop_token& stop) const;
  void upload_in_pieces(http::Url at, const oci::Descriptor& blob, Source& from,
                        const std::stop_token& stop) const;
  void finish_upload(http::Url at, const oci::Descriptor& blob, const std::stop_token& stop) const;

  oci::Reference name_;
  std::vector<Endpoint> endpoints_;  // the registry itself is the last
};

// To be called while `error` is handled. What Docker says when an image cannot be pulled: "pull
// access denied for …", "manifest for … not found: …", both not_found; anything else as it is.
[[noreturn]] void explain_pull(const Error& error, const oci::Reference& name);

}  // namespace mydock::registry
