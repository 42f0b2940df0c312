#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "archive/codecs.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"

namespace mydock::archive {

namespace {

// xz may ask for 4 GiB to unpack; what `xz -9` makes needs 65 MiB.
std::vector<std::string> arguments_for(std::string_view program) {
  std::vector<std::string> arguments{"-d", "-c", "-q"};
  if (program == "xz") arguments.emplace_back("--memlimit-decompress=256MiB");
  return arguments;
}

fs::path find_program(std::string_view name) {
  for (const char* folder : {"/usr/bin", "/bin", "/usr/local/bin"}) {
    fs::path path = fs::path(folder) / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  fail(Kind::unavailable, "{} is needed to unpack this archive, and is not installed", name);
}

// Feeds a program on the same thread that reads from it: sending never blocks.
class Filter final : public Source {
 public:
  Filter(Source& from, std::string_view program)
      : from_(from), name_(program), buffer_(std::size_t{64} << 10) {
    auto [their_input, to_program] = make_socketpair(SOCK_STREAM);  // for MSG_NOSIGNAL
    auto [from_program, their_output] = make_pipe();
    process_.emplace(Process::spawn({.program = find_program(program),
                                     .args = arguments_for(program),
                                     .environment = {},
                                     .fds = {{their_input.get(), 0}, {their_output.get(), 1}},
                                     .directory = "/"}));
    input_ = std::move(to_program);
    output_ = std::move(from_program);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() override {
    if (!process_) return;
    try {
      process_->signal(SIGKILL);
      process_->wait({});
    } catch (const Error& error) {
      log::warn("end {}: {}", name_, error.what());
    }
  }

  std::size_t read(Bytes buffer) override {
    while (process_) {
      std::array<pollfd, 2> fds{pollfd{output_.get(), POLLIN, 0}, pollfd{input_.get(), POLLOUT, 0}};
      if (::poll(fds.data(), input_ ? 2 : 1, -1) < 0) {
        if (errno == EINTR) continue;
        fail_errno("wait for {}", name_);
      }
      if (input_ && fds[1].revents != 0) feed();
      if (fds[0].revents == 0) continue;
      if (const std::size_t count = read_some(output_, buffer)) return count;
      finish();
    }
    return 0;
  }

 private:
  void feed() {
    if (rest_.empty()) rest_ = Bytes(buffer_).first(from_.read(buffer_));
    if (rest_.empty()) {
      input_.reset();
      return;
    }
    const ssize_t count =
        ::send(input_.get(), rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      input_.reset();  // it is content with what it has, or its exit status tells why not
    } else if (count >= 0 || (errno != EAGAIN && errno != EINTR)) {
      rest_ = rest_.subspan(static_cast<std::size_t>(check(count, "write to {}", name_)));
    }
  }
  void finish() {
    const auto status = process_->wait({});
    process_.reset();
    if (status && status->code != 0) fail(Kind::invalid, "{}: damaged or truncated data", name_);
  }

  Source& from_;
  std::string name_;
  std::vector<std::byte> buffer_;
  ConstBytes rest_;
  Fd input_;
  Fd output_;
  std::optional<Process> process_;
};

}  // namespace

std::unique_ptr<Source> make_filter(Source& from, std::string_view program) {
  return std::make_unique<Filter>(from, program);
}

}  // namespace mydock::archive
