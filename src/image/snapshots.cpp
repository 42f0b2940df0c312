#include "image/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/error.h"
#include "base/id.h"
#include "base/tree.h"

namespace mydock::image {

namespace {

constexpr std::size_t kNameDigits = 6;

std::optional<std::string> text_of(const std::optional<oci::ChainId>& chain) {
  if (!chain) return std::nullopt;
  return chain->str();
}

void make_directory_exactly(const fs::path& path, mode_t mode) {
  check(::mkdir(path.c_str(), mode), "mkdir {}", path.string());
  check(::chmod(path.c_str(), mode), "chmod {}", path.string());
}

}  // namespace

struct Snapshots::Row {
  std::optional<std::string> parent;
  std::string directory;
  bool committed = false;
};

namespace {

template <class Session>
state::Statement select_row(Session& session, std::string_view key) {
  return session.query("SELECT parent, directory, committed FROM image_snapshots WHERE key=?", key);
}

}  // namespace

Snapshots::Snapshots(fs::path root, state::Database& database, Trash& trash)
    : layers_(root / "layers"), database_(database), trash_(trash) {
  make_directories(layers_, 0700);
}

std::optional<Snapshots::Row> Snapshots::find(std::string_view key) const {
  state::Reading reading(database_);
  state::Statement row = select_row(reading, key);
  if (!row.step()) return std::nullopt;
  return Row{row.maybe_text(0), row.text(1), row.boolean(2)};
}

void Snapshots::prepare(std::string_view key, const std::optional<oci::ChainId>& parent,
                        state::Durability durability) {
  state::Transaction transaction(database_, durability);
  prepare(transaction, key, parent);
  transaction.commit();
}

void Snapshots::prepare(state::Transaction& transaction, std::string_view key,
                        const std::optional<oci::ChainId>& parent) {
  if (select_row(transaction, key).step()) {
    fail(Kind::conflict, "snapshot {} exists already", key);
  }
  std::optional<std::string> parent_directory;
  if (parent) {
    state::Statement row = select_row(transaction, parent->str());
    if (!row.step()) fail(Kind::not_found, "layer {} is not there", parent->str());
    parent_directory = row.text(1);
  }
  const std::string directory = make_directory(parent_directory);
  transaction.run(
      "INSERT INTO image_snapshots(key, parent, directory, committed, bytes) "
      "VALUES(?, ?, ?, 0, 0)",
      key, text_of(parent), directory);
}

// The merged root shows the upper directory's own mode and owner, so they are the parent's.
std::string Snapshots::make_directory(const std::optional<std::string>& parent_directory) const {
  std::string name = random_hex(kNameDigits);
  while (::mkdir((layers_ / name).c_str(), 0700) != 0) {
    if (errno != EEXIST) fail_errno("mkdir {}", (layers_ / name).string());
    name = random_hex(kNameDigits);
  }
  struct stat root {};
  root.st_mode = 0755;
  root.st_uid = ::geteuid();
  root.st_gid = ::getegid();
  if (parent_directory) {
    const fs::path path = layers_ / *parent_directory / "diff";
    check(::stat(path.c_str(), &root), "stat {}", path.string());
  }
  const fs::path diff = layers_ / name / "diff";
  make_directory_exactly(diff, 0700);
  if (root.st_uid != ::geteuid() || root.st_gid != ::getegid()) {
    check(::chown(diff.c_str(), root.st_uid, root.st_gid), "chown {}", diff.string());
  }
  check(::chmod(diff.c_str(), root.st_mode & 07777), "chmod {}", diff.string());
  make_directory_exactly(layers_ / name / "work", 0700);
  return name;
}

std::vector<std::string> Snapshots::lower_of(std::optional<std::string> chain) const {
  std::vector<std::string> lower;
  state::Reading reading(database_);
  while (chain) {
    state::Statement row = select_row(reading, *chain);
    if (!row.step()) fail(Kind::not_found, "layer {} is not there", *chain);
    lower.push_back((layers_ / row.text(1) / "diff").string());
    chain = row.maybe_text(0);
  }
  return lower;
}

OverlayMount Snapshots::mounts(std::string_view key) const {
  const auto row = find(key);
  if (!row || row->committed) fail(Kind::not_found, "No such snapshot: {}", key);
  const fs::path directory = layers_ / row->directory;
  return {lower_of(row->parent), (directory / "diff").string(), (directory / "work").string()};
}

std::vector<std::string> Snapshots::layers(const oci::ChainId& chain) const {
  return lower_of(chain.str());
}

fs::path Snapshots::directory(std::string_view key) const {
  const auto row = find(key);
  if (!row) fail(Kind::not_found, "No such snapshot: {}", key);
  return layers_ / row->directory / "diff";
}

bool Snapshots::commit(state::Transaction& transaction, std::string_view key,
                       const oci::ChainId& chain, std::uint64_t bytes) {
  if (select_row(transaction, chain.str()).step()) return false;
  const auto changed = transaction.run(
      "UPDATE image_snapshots SET key=?, committed=1, bytes=? WHERE key=? AND committed=0",
      chain.str(), bytes, key);
  if (changed == 0) fail(Kind::not_found, "No such snapshot: {}", key);
  return true;
}

bool Snapshots::contains(const oci::ChainId& chain) const { return find(chain.str()).has_value(); }

std::optional<std::string> Snapshots::find_parent(std::string_view key) const {
  const auto row = find(key);
  return row ? row->parent : std::nullopt;
}

bool Snapshots::remove(std::string_view key, state::Durability durability) {
  std::optional<fs::path> directory;
  {
    state::Transaction transaction(database_, durability);
    directory = remove(transaction, key);
    transaction.commit();
  }
  if (directory) discard(*directory);
  return directory.has_value();
}

std::optional<fs::path> Snapshots::remove(state::Transaction& transaction, std::string_view key) {
  std::string directory;
  {
    state::Statement row = select_row(transaction, key);
    if (!row.step() || row.boolean(2)) return std::nullopt;
    directory = row.text(1);
  }
  transaction.run("DELETE FROM image_snapshots WHERE key=?", key);
  return layers_ / directory;
}

Usage Snapshots::usage(std::string_view key) const { return measure(directory(key)); }

std::vector<std::string> Snapshots::active_keys() const {
  std::vector<std::string> keys;
  state::Reading reading(database_);
  state::Statement rows = reading.query("SELECT key FROM image_snapshots WHERE committed=0");
  while (rows.step()) keys.push_back(rows.text(0));
  return keys;
}

std::vector<std::string> Snapshots::recover() {
  std::map<std::string, std::string> known;  // directory -> key
  {
    state::Transaction transaction(database_, state::Durability::relaxed);
    transaction.run("DELETE FROM image_snapshots WHERE committed=0 AND key GLOB ?",
                    std::string(kTransient) + "*");
    transaction.commit();
  }
  {
    state::Reading reading(database_);
    state::Statement rows = reading.query("SELECT directory, key FROM image_snapshots");
    while (rows.step()) known.emplace(rows.text(0), rows.text(1));
  }
  std::vector<std::string> complaints;
  for (const auto& entry : fs::directory_iterator(layers_)) {
    if (known.erase(entry.path().filename().string()) != 0) continue;
    try {
      trash_.discard(entry.path());
    } catch (const Error& error) {
      complaints.push_back(error.message());
    }
  }
  for (const auto& [directory, key] : known) {
    complaints.push_back(fmt::format("snapshot {} has lost its directory {}", key, directory));
  }
  return complaints;
}

// A file with several names counts once. Only so many such files are remembered: of what comes
// after, each name counts its share.
Usage measure(const fs::path& directory) {
  constexpr std::size_t kMostRemembered = std::size_t{64} << 10;
  Usage usage;
  std::map<std::pair<dev_t, ino_t>, nlink_t> names_left;
  visit_tree(directory, [&](const struct stat& status) {
    auto bytes = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) {
      const std::pair<dev_t, ino_t> file(status.st_dev, status.st_ino);
      if (const auto known = names_left.find(file); known != names_left.end()) {
        if (--known->second == 0) names_left.erase(known);
        return;
      }
      if (names_left.size() < kMostRemembered) {
        names_left.emplace(file, status.st_nlink - 1);
      } else {
        bytes /= status.st_nlink;
      }
    }
    ++usage.inodes;
    usage.bytes += bytes;
  });
  return usage;
}

}  // namespace mydock::image
