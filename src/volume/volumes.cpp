#include "volume/volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/failpoint.h"
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

// A volume that an image is being copied into is named by a file here.
constexpr std::string_view kFilling = ".filling";

constexpr std::array<std::string_view, 4> kDriverOptions{"type", "device", "o", "size"};

void check_options(const VolumeSpec& spec) {
  for (const auto& [key, value] : spec.options) {
    if (std::find(kDriverOptions.begin(), kDriverOptions.end(), key) == kDriverOptions.end()) {
      fail(Kind::invalid, "create {}: invalid option: \"{}\"", spec.name, key);
    }
  }
  if (spec.options.empty()) return;
  if (spec.options.contains("size")) {
    fail(Kind::not_implemented, "create {}: quota size requested but no quota support", spec.name);
  }
  for (const char* key : {"device", "type"}) {
    if (!spec.options.contains(key) || spec.options.at(key).empty()) {
      fail(Kind::invalid, "create {}: missing required option: \"{}\"", spec.name, key);
    }
  }
}

void empty_directory(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) remove_tree(entry.path());
}

[[noreturn]] void refuse_users(std::string_view name, const std::vector<std::string>& users) {
  std::string list;
  for (const std::string& user : users) list += (list.empty() ? "" : ", ") + user;
  fail(Kind::conflict, "remove {}: volume is in use - [{}]", name, list);
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
  std::map<std::string, int, std::less<>> holds GUARDED_BY(mutex);
  std::set<std::string, std::less<>> removing GUARDED_BY(mutex);
  std::set<std::string, std::less<>> filling GUARDED_BY(mutex);
  Condition filled;

  fs::path directory(std::string_view name) const { return root / name; }
  fs::path grave(std::string_view name) const { return root / kRemoving / name; }
  void load();
  void finish_removals();
  void drop_unnamed() const;
  void drop_half_filled() const;
  // Errors: not_found, conflict; else nobody can hold the volume from now on.
  bool claim_removal(std::string_view name, bool force) EXCLUDES(mutex);
  void bury(std::string_view name) EXCLUDES(mutex);
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

// A crash may have come between a volume's directory and its row. One that holds something stays.
void Volumes::Tables::drop_unnamed() const {
  std::vector<fs::path> unnamed;
  {
    const Lock lock(mutex);
    for (const auto& entry : fs::directory_iterator(root)) {
      const std::string name = entry.path().filename();
      if (name != kRemoving && !volumes.contains(name)) unnamed.push_back(entry.path());
    }
  }
  for (const fs::path& path : unnamed) {
    ::rmdir((path / kData).c_str());
    ::rmdir(path.c_str());
  }
}

void Volumes::Tables::drop_half_filled() const {
  if (!fs::exists(root / kFilling)) return;
  for (const auto& entry : fs::directory_iterator(root / kFilling)) {
    const fs::path data = directory(entry.path().filename().string()) / kData;
    if (fs::exists(data)) empty_directory(data);
    fs::remove(entry.path());
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
  tables_->drop_half_filled();
  tables_->drop_unnamed();
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
  failpoint("volume.made");
  {
    // Of two that create the same volume, the first one's labels stay.
    const Lock lock(tables_->mutex);
    const auto [place, fresh] = tables_->volumes.emplace(volume.name, volume);
    if (!fresh) return place->second;
  }
  try {
    tables_->write_row(volume);
    failpoint("volume.stored");
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

bool Volumes::Tables::claim_removal(std::string_view name, bool force) {
  const Lock lock(mutex);
  if (!volumes.contains(name)) {
    if (force) return false;
    fail(Kind::not_found, "get {}: no such volume", name);
  }
  if (holds.contains(name)) fail(Kind::conflict, "remove {}: volume is in use", name);
  if (!removing.emplace(name).second) {
    fail(Kind::conflict, "remove {}: its removal is already in progress", name);
  }
  return true;
}

void Volumes::Tables::bury(std::string_view name) {
  // The move is the intent: from then on the next start would finish what is left.
  const fs::path place = grave(name);
  remove_tree(place);
  if (::rename(directory(name).c_str(), place.c_str()) != 0 && errno != ENOENT) {
    fail_errno("remove {}: move {}", name, directory(name).native());
  }
  failpoint("volume.moved");
  {
    const Lock lock(mutex);
    if (const auto found = volumes.find(name); found != volumes.end()) volumes.erase(found);
  }
  remove_row(name);
  failpoint("volume.erased");
  remove_tree(place);
}

void Volumes::remove_unless_used(std::string_view name, const Users& users, bool force) {
  if (!tables_->claim_removal(name, force)) return;
  const auto release = [&] {
    const Lock lock(tables_->mutex);
    tables_->removing.erase(tables_->removing.find(name));
  };
  try {
    if (const auto list = users(); !list.empty()) refuse_users(name, list);
    tables_->bury(name);
  } catch (...) {  // it must not be held for removal for ever
    release();
    throw;
  }
  release();
}

void Volumes::remove(std::string_view name, const std::vector<std::string>& users, bool force) {
  remove_unless_used(
      name, [&] { return users; }, force);
}

struct Volumes::Hold::State {
  Tables& tables;
  std::string name;
};

Volumes::Hold::Hold(std::unique_ptr<State> state) : state_(std::move(state)) {}

Volumes::Hold::Hold(Hold&&) noexcept = default;

Volumes::Hold::~Hold() {
  if (!state_) return;
  const Lock lock(state_->tables.mutex);
  const auto found = state_->tables.holds.find(state_->name);
  if (--found->second == 0) state_->tables.holds.erase(found);
}

Volumes::Hold Volumes::hold(std::string_view name) {
  const Lock lock(tables_->mutex);
  if (tables_->removing.contains(name)) fail(Kind::conflict, "volume {} is being removed", name);
  if (!tables_->volumes.contains(name)) fail(Kind::not_found, "get {}: no such volume", name);
  ++tables_->holds[std::string(name)];
  return Hold(std::make_unique<Hold::State>(Hold::State{*tables_, std::string(name)}));
}

void Volumes::fill(const Volume& volume, const std::function<void()>& copy) {
  {
    const Lock lock(tables_->mutex);
    while (tables_->filling.contains(volume.name)) tables_->filled.wait(tables_->mutex, {});
    tables_->filling.insert(volume.name);
  }
  const auto release = [&] {
    const Lock lock(tables_->mutex);
    tables_->filling.erase(volume.name);
    tables_->filled.notify_all();
  };
  const fs::path mark = tables_->root / kFilling / volume.name;
  try {
    // Only one that is empty is filled, so there is nothing of anybody else's to lose.
    if (fs::is_empty(volume.mountpoint)) {
      make_directories(mark.parent_path(), 0700);
      static_cast<void>(open_file(mark, O_WRONLY | O_CREAT, 0600));
      try {
        copy();
      } catch (...) {
        empty_directory(volume.mountpoint);
        fs::remove(mark);
        throw;
      }
      fs::remove(mark);
    }
  } catch (...) {  // others wait for their turn
    release();
    throw;
  }
  release();
}

}  // namespace mydock::volume
