// module: archive
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "archive/apply.h"
#include "archive/compression.h"
#include "base/error.h"
#include "base/file.h"

using namespace mydock;

namespace {

// <top>/outer/target is unpacked to; the rest must stay as it is.
class Canary {
 public:
  Canary() {
    std::string name = "/dev/shm/mydock-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    top_ = name;
    fs::create_directories(target());
    fs::create_directories(top_ / "canary_dir");
    for (const char* path : {"canary", "outer/canary", "canary_dir/canary"}) {
      std::ofstream(top_ / path) << "alive";
    }
    before_ = outside();
  }
  ~Canary() { remove_tree(top_); }
  fs::path target() const { return top_ / "outer/target"; }
  void reset() const {
    remove_tree(target());
    fs::create_directory(target());
  }
  bool is_untouched() const { return outside() == before_; }

 private:
  std::map<std::string, std::string> outside() const {
    std::map<std::string, std::string> found;
    for (auto it = fs::recursive_directory_iterator(top_); it != fs::recursive_directory_iterator();
         ++it) {
      if (it->path() == target()) it.disable_recursion_pending();
      struct stat status {};
      ::lstat(it->path().c_str(), &status);
      std::string& text = found[it->path()];
      if (it->path() == target()) continue;
      text = fmt::format("{:o} {} {} {}", status.st_mode, status.st_uid, status.st_gid,
                         status.st_nlink);
      if (S_ISREG(status.st_mode)) text += read_file(it->path());
    }
    return found;
  }
  fs::path top_;
  std::map<std::string, std::string> before_;
};

int open_descriptors() {
  int count = 0;
  DIR* stream = ::opendir("/proc/self/fd");
  while (::readdir(stream) != nullptr) ++count;
  ::closedir(stream);
  return count;
}

}  // namespace

// A mutation would break the checksum nearly always, and nothing behind it would be tried.
void mend_checksums(std::string& tar) {
  for (std::size_t at = 0; at + 512 <= tar.size(); at += 512) {
    if (tar.compare(at + 257, 5, "ustar") != 0) continue;
    tar.replace(at + 148, 8, "        ");
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[at + i]);
    tar.replace(at + 148, 6, fmt::format("{:06o}", sum));
  }
}

// The first byte chooses how whiteouts are taken; the rest is a tar, packed or not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Canary canary;
  if (size < 1) return 0;
  const int descriptors = open_descriptors();
  try {
    std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] < 0x80) mend_checksums(bytes);
    TextSource text(std::move(bytes));
    archive::Decompressor tar(text);
    if (tar.kind() == archive::Compression::xz || tar.kind() == archive::Compression::bzip2)
      return 0;
    archive::ApplyOptions options;
    options.whiteouts = static_cast<archive::WhiteoutMode>(data[0] % 3);
    options.set_owner = ::geteuid() == 0;
    options.most_bytes = std::uint64_t{4} << 20;
    archive::apply_layer(tar, open_file(canary.target(), O_RDONLY | O_DIRECTORY), options);
  } catch (const Error&) {
  }
  if (!canary.is_untouched() || open_descriptors() != descriptors) std::abort();
  canary.reset();
  return 0;
}
