#include "cli/terminal/console_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "base/id.h"

namespace mydock::cli {

namespace {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path)
      : path_(path + ".tmp-" + random_hex(8)),
        sink_(open_file(path_, O_CREAT | O_EXCL | O_WRONLY, 0600)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  FdSink& sink() { return sink_; }
  void rename_to(const std::string& path) {
    check(std::rename(path_.c_str(), path.c_str()), "rename {} to {}", path_, path);
    path_.clear();
  }

 private:
  std::string path_;
  FdSink sink_;
};

}  // namespace

void ConsoleSink::write(ConstBytes bytes) {
  if (to_ == To::out) {
    console_.bytes(as_text(bytes));
  } else {
    console_.err_raw(as_text(bytes));
  }
}

void write_stream(Source& source, const std::string& path, Console& console) {
  if (path.empty()) {
    ConsoleSink out(console, ConsoleSink::To::out);
    copy(source, out);
    return;
  }
  TemporaryFile file(path);
  copy(source, file.sink());
  file.rename_to(path);
}

}  // namespace mydock::cli
