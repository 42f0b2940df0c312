#include <unistd.h>

#include "api/stream.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container_io.h"
#include "engine/io/log_attributes.h"
#include "engine/io/log_lines.h"
#include "engine/io/log_watch.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

// Puts lines into the form that was asked for, and gathers them into large writes.
class LogPrinter {
 public:
  LogPrinter(const LogsOptions& options, bool framed, Sink& out)
      : options_(options), framed_(framed), out_(out) {}

  void print(const LogLine& line) {
    const bool err = line.stream == "stderr";
    if (err ? !options_.stderr_open : !options_.stdout_open) return;
    if (options_.since && line.time < *options_.since) return;
    std::string text;
    if (options_.timestamps) text = to_rfc3339_fixed(line.time) + " ";
    if (options_.details) text += shown_attributes(line.attributes) + ' ';
    text += line.log;
    pending_ +=
        framed_ ? api::encode_frame(err ? api::StdStream::err : api::StdStream::out, text) : text;
    constexpr std::size_t kEnough = 64 * 1024;
    if (pending_.size() >= kEnough) flush();
  }
  void fail(const std::string& reason) {
    const std::string text = "Error grabbing logs: " + reason + "\n";
    pending_ += framed_ ? api::encode_frame(api::StdStream::system_error, text) : text;
    flush();
  }
  void flush() {
    if (!pending_.empty()) out_.write(std::exchange(pending_, {}));
  }

 private:
  const LogsOptions& options_;
  bool framed_;
  Sink& out_;
  std::string pending_;
};

bool is_beyond(const LogsOptions& options, const LogLine& line) {
  return options.until && line.time > *options.until;
}

// False: a line after `until` was met, or the log cannot be read on, which the client is told.
bool print_all(LogLines& lines, LogPrinter& printer, const LogsOptions& options) {
  for (;;) {
    std::optional<LogLine> line;
    try {
      line = lines.next();
    } catch (const Error& error) {  // the answer's head is long gone
      printer.fail(error.message());
      return false;
    }
    if (!line) break;
    if (is_beyond(options, *line)) return false;
    printer.print(*line);
  }
  printer.flush();
  return true;
}

bool may_grow(const Container& container) {
  const State state = container.record()->status.state;
  return is_running(state) || state == State::starting;
}

}  // namespace

namespace {

ReadableLog require_readable(const Paths& paths, const Record& record) {
  if (is_doomed(record.status.state)) {
    fail(Kind::conflict, "can not get logs from container which is dead or marked for removal");
  }
  ReadableLog log = readable_log(paths, record);
  if (log.path.empty()) fail(Kind::system, "configured logging driver does not support reading");
  return log;
}

}  // namespace

void ContainerIo::clear_logs(std::string_view ref) {
  const auto container = parts_.table.get(ref);
  const ReadableLog log = require_readable(parts_.paths, *container->record());
  // The shim goes on at the file's new end.
  if (::truncate(log.path.c_str(), 0) != 0 && errno != ENOENT) {
    fail_errno("empty {}", log.path.string());
  }
  for (int number = 1;; ++number) {
    const std::string rotated = log.path.string() + "." + std::to_string(number);
    const bool plain = ::unlink(rotated.c_str()) == 0;
    const bool packed = ::unlink((rotated + ".gz").c_str()) == 0;
    if (!plain && !packed) break;
  }
}

ContainerIo::LogReader ContainerIo::prepare_logs(std::string_view ref, const LogsOptions& options) {
  if (!options.stdout_open && !options.stderr_open) {
    fail(Kind::invalid, "must specify at least one of 'stdout' or 'stderr'");
  }
  LogReader reader;
  reader.parts_ = &parts_;
  reader.container_ = parts_.table.get(ref);
  reader.options_ = options;
  const RecordPtr record = reader.container_->record();
  reader.log_ = std::make_shared<const ReadableLog>(require_readable(parts_.paths, *record));
  reader.terminal_ = record->config().tty;
  return reader;
}

void ContainerIo::LogReader::run(Sink& out, const std::stop_token& stop) {
  LogPrinter printer(options_, !terminal_, out);
  // Looked at first: what is written after that is followed.
  const bool follow = options_.follow && may_grow(*container_);
  std::optional<LogWatch> watch;
  if (follow) {
    make_directories(log_->path.parent_path(), 0710);
    watch.emplace(log_->path.parent_path(), parts_->paths.bundle(container_->id()));
  }
  LogLines lines(*log_, options_.tail);
  while (print_all(lines, printer, options_) && follow) {
    if (!may_grow(*container_)) {
      print_all(lines, printer, options_);  // what came between the last look and the end
      break;
    }
    if (options_.until && now() > *options_.until) break;
    watch->wait(stop);
  }
  printer.flush();
}

}  // namespace mydock::engine
