#include "base/file.h"
#include "base/json.h"
#include "runtime/shim/options.h"
#include "runtime/task.h"

namespace mydock::runtime {

void write_bundle(const fs::path& bundle, const oci::Spec& spec, const TaskOptions& options) {
  make_directories(bundle, 0700);
  // The run directory is on tmpfs: what is in it need not outlive a power cut.
  write_file_atomically(bundle / kSpecName, to_json(spec), 0600, Durability::renamed);
  write_file_atomically(bundle / kOptionsName, to_json(options), 0600, Durability::renamed);
}

std::string cgroup_path_of(const fs::path& bundle) {
  const auto text = find_file(bundle / kSpecName);
  return text ? oci::parse_spec(*text).linux.cgroups_path : std::string();
}

}  // namespace mydock::runtime
