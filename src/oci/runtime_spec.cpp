#include "oci/runtime_spec.h"

#include "base/error.h"

namespace mydock::oci {
namespace {

bool is_absolute(std::string_view path) {
  return !path.empty() && path.front() == '/' && path.find('\0') == std::string_view::npos;
}

}  // namespace

Spec parse_spec(std::string_view json) {
  Spec spec = from_json<Spec>(json);
  if (!spec.oci_version.starts_with("1.")) {
    fail(Kind::invalid, "unsupported ociVersion \"{}\"", spec.oci_version);
  }
  if (spec.root.path.empty()) fail(Kind::invalid, "root.path is empty");
  if (spec.process && !is_absolute(spec.process->cwd)) {
    fail(Kind::invalid, "process.cwd \"{}\" is not an absolute path", spec.process->cwd);
  }
  for (const Mount& mount : spec.mounts) {
    if (!is_absolute(mount.destination)) {
      fail(Kind::invalid, "mount destination \"{}\" is not an absolute path", mount.destination);
    }
  }
  return spec;
}

}  // namespace mydock::oci
