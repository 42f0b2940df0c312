#include "volume/volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mutex.h"
#include "state/database.h"
#include "volume/volume_name.h"

namespace mydock::volume {

namespace {

using Texts = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 1> kSchema{R"(
CREATE TABLE volume_volumes (
  name TEXT PRIMARY KEY, driver TEXT NOT NULL, created INTEGER NOT NULL, labels TEXT NOT NULL,
  options TEXT NOT NULL) WITHOUT ROWID;
)"};

constexpr std::string_view kData = "_data";
// Where a volume waits to be deleted. No volume's name begins with a dot.
constexpr std::string_view kRemoving = ".removing";

constexpr std::array<std::string_view, 4> kDriverOptions{"type", "device", "o", "size"};

void check_options(const VolumeSpec& spec) {
  for (const auto& [key, value] : spec.options) {
    if (std::find(kDriverOptions.begin(), kDriverOptions.end(), key) == kDriverOptions.end()) {
      fail(Kind::invalid, "create {}: invalid option: \"{}\"", spec.name, key);
    }
  }
  if (!spec.options.empty()) {
    fail(Kind::not_implemented, "create {}: options of the local driver are not implemented",
         spec.name);
  }
}

}  // namespace

void check_volume_name(std::string_view name) {
  const auto word = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  const auto allowed = [&](unsigned char c) { return word(c) || c == '_' || c == '.' || c == '-'; };
  if (name.size() > 255) {
    fail(Kind::invalid, "create {}…: a volume's name has at most 255 characters",
         name.substr(0, 32));
  }
  const bool good = name.size() > 1 && word(static_cast<unsigned char>(name.front())) &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (good) return;
  if (name.size() == 1 && word(static_cast<unsigned char>(name.front()))) {
    fail(Kind::invalid,
         "create {}: volume name is too short, names should be at least two "
         "alphanumeric characters",
         name);
  }
  fail(Kind::invalid,
       "create {0}: \"{0}\" includes invalid characters for a local volume name, only "
       "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
       "absolute path",
       name);
}

struct Volumes::Tables {
  Tables(state::Database& the_database, fs::path the_root)
      : database(the_database), root(std::move(the_root)) {}

  state::Database& database;
  fs::path root;
  mutable Mutex mutex{Rank::image};
  std::map<std::string, Volume, std::less<>> volumes GUARDED_BY(mutex);

  fs::path directory(std::string_view name) const { return root / name; }
  fs::path grave(std::string_view name) const { return root / kRemoving / name; }
  void load();
  void finish_removals();
  void write_row(const Volume& volume);
  void remove_row(std::string_view name);
  void make_directory(std::string_view name) const;
};

void Volumes::Tables::load() {
  state::Reading reading(database);
  auto rows = reading.query("SELECT name, driver, created, labels, options FROM volume_volumes");
  const Lock lock(mutex);
  while (rows.step()) {
    Volume volume;
    volume.name = rows.text(0);
    volume.driver = rows.text(1);
    volume.created = rows.time(2);
    volume.labels = from_json<Texts>(rows.text(3));
    volume.options = from_json<Texts>(rows.text(4));
    volume.mountpoint = directory(volume.name) / kData;
    volumes.emplace(volume.name, volume);
  }
}

// A crash may have come between the move and the row's end.
void Volumes::Tables::finish_removals() {
  for (const auto& entry : fs::directory_iterator(root / kRemoving)) {
    const std::string name = entry.path().filename();
    if (!fs::exists(directory(name))) remove_row(name);
    remove_tree(entry.path());
  }
}

void Volumes::Tables::write_row(const Volume& volume) {
  state::Transaction transaction(database);
  transaction.run(
      "INSERT OR REPLACE INTO volume_volumes (name, driver, created, labels, options) "
      "VALUES (?,?,?,?,?)",
      volume.name, volume.driver, volume.created, to_json(volume.labels), to_json(volume.options));
  transaction.commit();
}

void Volumes::Tables::remove_row(std::string_view name) {
  state::Transaction transaction(database);
  transaction.run("DELETE FROM volume_volumes WHERE name = ?", name);
  transaction.commit();
}

// One that is there without a row keeps its contents, as with dockerd.
void Volumes::Tables::make_directory(std::string_view name) const {
  make_directories(directory(name), 0701);
  make_directories(directory(name) / kData, 0755);
  sync_directory(directory(name));
  sync_directory(root);
}

Volumes::Volumes(state::Database& database, fs::path root)
    : tables_(std::make_unique<Tables>(database, std::move(root))) {
  make_directories(tables_->root, 0701);
  make_directories(tables_->root / kRemoving, 0700);
  database.migrate("volume", kSchema);
  tables_->finish_removals();
  tables_->load();
}

Volumes::~Volumes() = default;

Volume Volumes::create(const VolumeSpec& spec) {
  Volume volume;
  volume.name = spec.name.empty() ? new_id() : spec.name;
  if (!spec.driver.empty() && spec.driver != "local") {
    fail(Kind::not_found, "create {}: error looking up volume plugin {}: plugin \"{}\" not found",
         volume.name, spec.driver, spec.driver);
  }
  check_volume_name(volume.name);
  check_options(spec);
  if (auto there = find(volume.name)) return *there;
  volume.labels = spec.labels;
  volume.options = spec.options;
  volume.created = now();
  volume.mountpoint = tables_->directory(volume.name) / kData;
  if (spec.name.empty()) volume.labels.emplace(kAnonymousLabel, "");
  tables_->make_directory(volume.name);
  {
    // Of two that create the same volume, the first one's labels stay.
    const Lock lock(tables_->mutex);
    const auto [place, fresh] = tables_->volumes.emplace(volume.name, volume);
    if (!fresh) return place->second;
  }
  try {
    tables_->write_row(volume);
  } catch (const Error&) {
    const Lock lock(tables_->mutex);
    tables_->volumes.erase(volume.name);
    throw;
  }
  return volume;
}

std::optional<Volume> Volumes::find(std::string_view name) const {
  const Lock lock(tables_->mutex);
  const auto found = tables_->volumes.find(name);
  return found == tables_->volumes.end() ? std::nullopt : std::optional(found->second);
}

Volume Volumes::get(std::string_view name) const {
  if (auto volume = find(name)) return *std::move(volume);
  fail(Kind::not_found, "get {}: no such volume", name);
}

std::vector<Volume> Volumes::list() const {
  const Lock lock(tables_->mutex);
  std::vector<Volume> result;
  for (const auto& [name, volume] : tables_->volumes) result.push_back(volume);
  return result;
}

void Volumes::remove(std::string_view name, const std::vector<std::string>& users, bool force) {
  if (!find(name)) {
    if (force) return;
    fail(Kind::not_found, "get {}: no such volume", name);
  }
  if (!users.empty()) {
    std::string list;
    for (const std::string& user : users) list += (list.empty() ? "" : ", ") + user;
    fail(Kind::conflict, "remove {}: volume is in use - [{}]", name, list);
  }
  // The move is the intent: from then on the next start would finish what is left.
  const fs::path grave = tables_->grave(name);
  remove_tree(grave);
  if (::rename(tables_->directory(name).c_str(), grave.c_str()) != 0 && errno != ENOENT) {
    fail_errno("remove {}: move {}", name, tables_->directory(name).native());
  }
  {
    const Lock lock(tables_->mutex);
    if (const auto found = tables_->volumes.find(name); found != tables_->volumes.end()) {
      tables_->volumes.erase(found);
    }
  }
  tables_->remove_row(name);
  remove_tree(grave);
}

}  // namespace mydock::volume
