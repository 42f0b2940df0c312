#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/root.h"

namespace mydock::state {
class Database;
}

namespace mydock::volume {

constexpr std::string_view kAnonymousLabel = "com.docker.volume.anonymous";

struct Volume {
  std::string name;
  std::string driver = "local";
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> options;
  Time created{};
  fs::path mountpoint;
  bool anonymous() const { return labels.count(std::string(kAnonymousLabel)) != 0; }
  bool operator==(const Volume&) const = default;
};

struct VolumeSpec {
  std::string name;    // empty: 64 hex digits and the anonymous label
  std::string driver;  // empty: local
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> options;
};

// The local driver's volumes: `root`/<name>/_data. Safe on any thread.
class Volumes {
 public:
  // `root` is made, mode 0701, if it is not there.
  Volumes(state::Database& database, fs::path root);
  ~Volumes();

  // The one that is there already, if the name is taken. Errors: invalid, not_found (driver),
  // conflict, not_implemented (driver options), with Docker's words.
  Volume create(const VolumeSpec& spec);
  std::optional<Volume> find(std::string_view name) const;
  Volume get(std::string_view name) const;  // not_found: "get X: no such volume"
  std::vector<Volume> list() const;         // by name
  // `users`: ids of the containers that refer to it, asked when nobody can come to hold it any
  // more. With `force`, an absent volume is fine. Errors: not_found, conflict ("remove X: volume is
  // in use - [ID, ID]").
  using Users = std::function<std::vector<std::string>()>;
  void remove_unless_used(std::string_view name, const Users& users, bool force);
  void remove(std::string_view name, const std::vector<std::string>& users, bool force);

  // Nobody removes the volume meanwhile: for the time between its choice and the container's row.
  // Errors: not_found; conflict (it is being removed).
  class [[nodiscard]] Hold {
   public:
    Hold(Hold&&) noexcept;
    Hold& operator=(Hold&&) = delete;
    ~Hold();

   private:
    friend class Volumes;
    struct State;
    explicit Hold(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Hold hold(std::string_view name);

  // Runs `copy`, which may fill an empty volume; one at a time for each volume. What a copy that
  // failed, or that a crash cut short, has left is taken away again.
  void fill(const Volume& volume, const std::function<void()>& copy);

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// Fills an empty volume directory with what the image holds at `path`, with owners, modes, times,
// xattrs, links and devices; the directory itself gets the owner and mode of the image's. Nothing
// is done if the volume holds anything, or if the image has no directory there. Both trees are
// walked by descriptor and no link is followed. False: nothing was done.
bool copy_up(const Root& image, std::string_view path, const fs::path& volume);

}  // namespace mydock::volume
