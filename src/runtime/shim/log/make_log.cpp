#include "runtime/shim/log/make_log.h"

#include "base/error.h"
#include "runtime/shim/log/file_log.h"
#include "runtime/shim/log/remote_log.h"

namespace mydock::runtime::shim {

namespace {

// Sends lines away, and keeps a copy that can be read here.
class CopiedLog final : public Log {
 public:
  CopiedLog(std::unique_ptr<Log> remote, std::unique_ptr<Log> copy)
      : remote_(std::move(remote)), copy_(std::move(copy)) {}
  void write(Stream stream, std::string_view bytes, Time now) override {
    copy_->write(stream, bytes, now);
    remote_->write(stream, bytes, now);
  }
  void finish(Stream stream, Time now) override {
    copy_->finish(stream, now);
    remote_->finish(stream, now);
  }
  bool full() const override { return remote_->full(); }
  bool idle() const override { return remote_->idle(); }
  void abandon() override { remote_->abandon(); }
  void on_change(std::function<void()> changed) override { remote_->on_change(std::move(changed)); }
  std::uint64_t dropped() const override { return remote_->dropped(); }

 private:
  std::unique_ptr<Log> remote_;
  std::unique_ptr<Log> copy_;
};

std::unique_ptr<Log> make_driver(Loop& loop, const LogOptions& options) {
  if (options.driver == "json-file" && options.file) {
    return std::make_unique<JsonFileLog>(*options.file);
  }
  if (options.driver == "local" && options.file) {
    return std::make_unique<LocalLog>(*options.file);
  }
  if (!options.remote) fail(Kind::invalid, "log driver {} says nothing of where", options.driver);
  std::unique_ptr<Log> remote;
  if (options.driver == "syslog") remote = std::make_unique<SyslogLog>(loop, *options.remote);
  if (options.driver == "journald") remote = std::make_unique<JournaldLog>(loop, *options.remote);
  if (!remote) fail(Kind::invalid, "no log driver named '{}'", options.driver);
  if (!options.file) return remote;
  return std::make_unique<CopiedLog>(std::move(remote), std::make_unique<LocalLog>(*options.file));
}

}  // namespace

std::unique_ptr<Log> make_log(Loop& loop, const LogOptions& options) {
  if (options.driver.empty()) return nullptr;
  return in_context("failed to initialize logging driver",
                    [&] { return make_driver(loop, options); });
}

}  // namespace mydock::runtime::shim
