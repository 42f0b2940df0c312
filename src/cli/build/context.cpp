#include "cli/build/context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "archive/compression.h"
#include "archive/diff.h"
#include "archive/ignore.h"
#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/stream.h"

namespace mydock::cli {

namespace {

constexpr std::size_t kLargestDockerfile = std::size_t{1} << 20;

Fd temporary_file() {
  const char* directory = ::getenv("TMPDIR");
  return open_file(directory == nullptr || *directory == '\0' ? "/tmp" : directory,
                   O_TMPFILE | O_RDWR, 0600);
}

void finish(BuildContext& context) {
  const off_t size = check(::lseek(context.tar.get(), 0, SEEK_END), "measure the build context");
  context.size = static_cast<std::uint64_t>(size);
  check(::lseek(context.tar.get(), 0, SEEK_SET), "rewind the build context");
}

bool is_tar(const Fd& file) {
  try {
    FdSource source(file.duplicate());
    archive::Decompressor unpacked(source);
    archive::TarReader reader(unpacked);
    const bool tar = reader.next() != nullptr;
    check(::lseek(file.get(), 0, SEEK_SET), "rewind the build context");
    return tar;
  } catch (const Error& error) {
    if (error.kind() != Kind::invalid) throw;
    check(::lseek(file.get(), 0, SEEK_SET), "rewind the build context");
    return false;
  }
}

BuildContext from_stdin(const std::string& file) {
  if (file == "-") {
    fail(Kind::invalid, "invalid argument: can't use stdin for both build context and dockerfile");
  }
  BuildContext context;
  context.tar = temporary_file();
  FdSource in(Fd(check(::dup(STDIN_FILENO), "read stdin")));
  FdSink out(context.tar.duplicate());
  copy(in, out);
  finish(context);
  if (context.size == 0) fail(Kind::invalid, "unable to prepare context: stdin is empty");
  context.dockerfile = file.empty() ? "Dockerfile" : file;
  if (is_tar(context.tar)) return context;
  const std::string text = read_to_end(context.tar, kLargestDockerfile);
  context.dockerfile = "Dockerfile";
  context.tar = temporary_file();
  FdSink sink(context.tar.duplicate());
  archive::TarWriter tar(sink);
  tar.add_file("Dockerfile", text);
  tar.finish();
  finish(context);
  return context;
}

// The Dockerfile: a path in the context, or a text that comes from elsewhere.
struct Dockerfile {
  std::string path;
  std::optional<std::string> text;
  fs::path ignore_file;  // beside it
};

Dockerfile find_dockerfile(const fs::path& directory, const std::string& file) {
  if (file == "-") {
    const Fd in(check(::dup(STDIN_FILENO), "read stdin"));
    return {"", read_to_end(in, kLargestDockerfile), {}};
  }
  fs::path path = file.empty() ? directory / "Dockerfile" : fs::path(file);
  if (file.empty() && !fs::exists(path) && fs::exists(directory / "dockerfile")) {
    path = directory / "dockerfile";
  }
  std::error_code error;
  const fs::path parent =
      fs::canonical(path.parent_path().empty() ? "." : path.parent_path(), error);
  if (error || !fs::exists(path)) {
    fail(Kind::invalid,
         "unable to prepare context: unable to evaluate symlinks in Dockerfile path: "
         "lstat {}: no such file or directory",
         fs::absolute(path).string());
  }
  const fs::path real = parent / path.filename();
  const fs::path inside = real.lexically_relative(fs::canonical(directory));
  Dockerfile found;
  found.ignore_file = real.string() + ".dockerignore";
  if (!inside.empty() && *inside.begin() != "..") {
    found.path = inside.string();
  } else {
    found.text = read_file(real, kLargestDockerfile);
  }
  return found;
}

BuildContext from_directory(const fs::path& directory, const std::string& file) {
  Dockerfile dockerfile = find_dockerfile(directory, file);
  std::optional<std::string> ignore;
  if (!dockerfile.ignore_file.empty()) ignore = find_file(dockerfile.ignore_file);
  if (!ignore) ignore = find_file(directory / ".dockerignore");
  const archive::IgnoreList ignored = archive::IgnoreList::parse(ignore.value_or(""));

  BuildContext context;
  context.tar = temporary_file();
  FdSink sink(context.tar.duplicate());
  archive::TarWriter extra(sink);
  if (dockerfile.text) {  // the daemon drops what its .dockerignore names
    dockerfile.path = ".dockerfile." + random_hex(20);
    extra.add_file(dockerfile.path, *dockerfile.text);
    std::string list = ignore ? *ignore + "\n" : std::string(".dockerignore\n");
    extra.add_file(".dockerignore", list + dockerfile.path + "\n");
  }
  const bool replaced = dockerfile.text.has_value();
  archive::TreeOptions options;
  options.leave_out = [&](std::string_view path) {
    if (path == ".dockerignore") return replaced;
    if (path == dockerfile.path || dockerfile.path.starts_with(std::string(path) + "/")) {
      return false;
    }
    return ignored.ignores(path) && !ignored.must_enter(path);
  };
  archive::write_tree(open_file(directory, O_RDONLY | O_DIRECTORY), sink, options);
  context.dockerfile = dockerfile.path;
  finish(context);
  return context;
}

}  // namespace

BuildContext make_build_context(const std::string& path, const std::string& file) {
  if (path == "-") return from_stdin(file);
  for (const char* scheme : {"http://", "https://", "git://", "git@", "ssh://", "github.com/"}) {
    if (path.starts_with(scheme)) {
      fail(Kind::not_implemented, "building from a remote context is not implemented yet");
    }
  }
  std::error_code error;
  if (!fs::exists(path, error)) {
    fail(Kind::invalid, "unable to prepare context: path \"{}\" not found", path);
  }
  if (!fs::is_directory(path)) {
    fail(Kind::invalid, "unable to prepare context: context must be a directory: {}",
         fs::absolute(path).string());
  }
  return from_directory(path, file);
}

}  // namespace mydock::cli
