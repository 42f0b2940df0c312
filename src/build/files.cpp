#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "archive/diff.h"
#include "archive/directory.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "build/copy.h"
#include "build/session.h"
#include "build/upper.h"
#include "build/words.h"
#include "oci/manifest.h"

namespace mydock::build {

namespace {

// An active snapshot that goes with this, unless it became a layer.
class Snapshot {
 public:
  Snapshot(image::Snapshots& snapshots, const std::optional<oci::ChainId>& parent)
      : snapshots_(snapshots), key_(new_id()) {
    snapshots_.prepare(key_, parent, state::Durability::relaxed);
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() {
    if (kept_) return;
    try {
      snapshots_.remove(key_, state::Durability::relaxed);
    } catch (const std::exception& error) {
      log::warn("remove snapshot {}: {}; left for the next start", key_, error.what());
    }
  }
  const std::string& key() const { return key_; }
  void keep() { kept_ = true; }

 private:
  image::Snapshots& snapshots_;
  std::string key_;
  bool kept_ = false;
};

}  // namespace

void Session::take_layer(StageState& stage, const std::string& key, const std::string& comment,
                         const Made& made, Time created) {
  stage.chain = made.chain;
  if (made.diff) stage.image.rootfs.diff_ids.push_back(*made.diff);
  if (stage.image.rootfs.diff_ids.size() > oci::kMostLayers) {
    fail(Kind::invalid, "the image has more than {} layers", oci::kMostLayers);
  }
  stage.image.created = created;
  stage.image.history.push_back({created, comment, stage.image.author, "", !made.diff});
  stage.untouched.reset();
  stage.history_key = Key("after")
                          .add(stage.history_key)
                          .add(key)
                          .add(made.chain ? made.chain->str() : "")
                          .add(to_rfc3339(created))
                          .hex();
}

bool Session::use_cached(StageState& stage, const std::string& key, const std::string& comment) {
  if (request_.no_cache) return false;
  const auto hit = cache_.find(lease_, key);
  if (!hit) return false;
  report_.text(" ---> Using cache\n");
  // Without a layer it is the stage's own; the entry may come from another stack.
  const Made made{hit->diff ? hit->chain : stage.chain, hit->diff, hit->bytes};
  take_layer(stage, key, comment, made, hit->created);
  return true;
}

void Session::make_layer(StageState& stage, const std::string& key, const std::string& comment,
                         const Fill& fill) {
  if (use_cached(stage, key, comment)) return;
  Snapshot snapshot(store_.snapshots, stage.chain);
  const Changed changed = fill(snapshot.key());
  bool moved = false;
  const Made made = commit_snapshot(stage, snapshot.key(), changed, moved);
  if (moved) snapshot.keep();
  const Time created = step_time();
  fresh_.push_back({key, "regular", comment, made.chain, made.diff, made.bytes, created, now(), 0});
  take_layer(stage, key, comment, made, created);
}

Session::Made Session::commit_snapshot(const StageState& stage, const std::string& snapshot,
                                       const Changed& changed, bool& moved) {
  const fs::path directory = store_.snapshots.directory(snapshot);
  const Fd upper = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (changed) keep_only(upper, {changed->begin(), changed->end()});
  if (archive::list_directory(upper).empty()) return {stage.chain, {}, 0};
  if (epoch_) limit_times(upper, *epoch_);
  image::StagedBlob tar =
      store_.content.stage([&](Sink& sink) { archive::write_layer_diff(upper, sink, stop_); });
  const auto committed = store_.layers.commit(lease_, snapshot, stage.chain, std::move(tar));
  moved = committed.moved;
  return {committed.layer.chain, committed.layer.diff, committed.layer.bytes};
}

void Session::workdir(StageState& stage, const Instruction& instruction) {
  const std::string path = expanded(stage, instruction.rest);
  if (path.empty()) fail(Kind::invalid, "cannot normalize nothing");
  stage.image.config.working_dir = clean_path(stage.image.config.working_dir, path);
  const std::string& directory = stage.image.config.working_dir;
  const std::string key = Key("workdir")
                              .add(stage.chain ? stage.chain->str() : "")
                              .add(directory)
                              .add(epoch_ ? to_rfc3339(*epoch_) : "")
                              .hex();
  const std::string comment = shell_prefix(stage.image.config) + "WORKDIR " + directory;
  make_layer(stage, key, comment, [&](const std::string& snapshot) -> Changed {
    const Root root = worker_.open_writable(store_.snapshots.mounts(snapshot));
    root.make_directories(resolve_destination(root, directory), 0755);
    return std::nullopt;
  });
}

std::vector<std::string> Session::layers_of(const std::string& ref) {
  if (const auto index = find_stage(file_, ref, current_)) {
    const StageState& stage = done_.at(*index);
    return stage.chain ? store_.snapshots.layers(*stage.chain) : std::vector<std::string>{};
  }
  if (find_stage(file_, ref, file_.stages.size())) {
    fail(Kind::invalid,
         "cannot copy from stage \"{}\", it needs to be defined before current stage \"{}\"", ref,
         file_.stages[current_].name);
  }
  const image::ImagePtr image = base_image(ref, "");
  return image->chain ? store_.snapshots.layers(*image->chain) : std::vector<std::string>{};
}

void Session::copy(StageState& stage, const Instruction& instruction) {
  if (instruction.flag("checksum")) {
    fail(Kind::invalid, "checksum requires HTTP(S) or Git sources");
  }
  const auto from = instruction.flag("from");
  if (!from) {
    return copy_from(stage, instruction, "", Root::open(request_.context));
  }
  if (from->find('$') != std::string::npos) {
    fail(Kind::invalid,
         "variable expansion is not supported for --from, define a new stage with FROM using ARG "
         "from global scope as a workaround");
  }
  const std::vector<std::string> layers = layers_of(*from);
  if (layers.empty()) fail(Kind::invalid, "COPY failed: {} has no files", *from);
  copy_from(stage, instruction, *from, worker_.open_layers(layers));
}

namespace {

CopyOrder order_of(const Instruction& instruction, const std::vector<std::string>& words,
                   std::string_view workdir) {
  CopyOrder order;
  order.keyword = instruction.keyword;
  std::size_t heredoc = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!instruction.json && heredoc < instruction.heredocs.size() &&
        heredoc_mark(instruction.words[i])) {
      order.inline_files.push_back(instruction.heredocs[heredoc++]);
    } else {
      order.sources.push_back(words[i]);
    }
  }
  const std::string& to = words.back();
  const bool directory = to.ends_with('/') || to == "." || to.ends_with("/.");
  order.destination = clean_path(to.starts_with('/') ? "" : workdir, to);
  if (directory && order.destination != "/") order.destination += '/';
  order.keep_parents = instruction.flag_set("parents");
  order.unpack = instruction.keyword == "ADD" && instruction.flag("unpack") != "false";
  order.changes.leave_out = archive::IgnoreList::of(instruction.flag_list("exclude"));
  return order;
}

}  // namespace

void Session::copy_from(StageState& stage, const Instruction& instruction, const std::string& from,
                        const Root& source) {
  std::vector<std::string> words;
  for (const std::string& word : instruction.words) words.push_back(expanded(stage, word));
  CopyOrder order = order_of(instruction, words, stage.image.config.working_dir);
  order.from_context = from.empty();
  const Variables variables = stage.arguments.variables(stage.image.config.env);
  for (Heredoc& file : order.inline_files) {
    if (file.expand) file.content = expand_body(file.content, variables);
  }
  std::string owner_text;
  if (from.empty()) order.changes.owner = FileOwner{};
  if (const auto chown = instruction.flag("chown")) {
    owner_text = expanded(stage, *chown);
    const bool names = owner_text.find_first_not_of("0123456789:") != std::string::npos;
    order.changes.owner =
        parse_owner(owner_text, names && stage.chain
                                    ? worker_.open_layers(store_.snapshots.layers(*stage.chain))
                                    : Root::open(request_.scratch));
  }
  if (const auto chmod = instruction.flag("chmod")) {
    order.changes.mode = ModeChange::parse(expanded(stage, *chmod));
  }
  const std::string destination = order.destination;
  const bool unpack = order.unpack;
  const bool parents = order.keep_parents;
  const CopyPlan plan(std::move(order), source);
  const oci::Digest digest = plan.digest(stop_);
  const std::string comment = fmt::format(
      "{}{} {}{}:{} in {} ", shell_prefix(stage.image.config), instruction.keyword,
      owner_text.empty() ? "" : "--chown=" + owner_text, plan.kind(), digest.hex(), words.back());
  const std::string key = Key("copy")
                              .add(stage.chain ? stage.chain->str() : "")
                              .add(destination)
                              .add(digest.str())
                              .add(unpack ? "unpack" : "")
                              .add(parents ? "parents" : "")
                              .add(epoch_ ? to_rfc3339(*epoch_) : "")
                              .hex();
  make_layer(stage, key, comment, [&](const std::string& snapshot) -> Changed {
    const Root root = worker_.open_writable(store_.snapshots.mounts(snapshot));
    plan.run(root, stop_);
    return std::nullopt;
  });
}

}  // namespace mydock::build
