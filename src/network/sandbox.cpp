#include "network/sandbox.h"

#include <fcntl.h>
#include <sched.h>

#include <exception>
#include <thread>

#include "base/error.h"

namespace mydock::network {

Sandbox Sandbox::open(pid_t pid) {
  return Sandbox(open_file(fmt::format("/proc/{}/ns/net", pid), O_RDONLY));
}

void Sandbox::run(const std::function<void()>& inside) const {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      check(::setns(ns_.get(), CLONE_NEWNET), "enter a network namespace");
      inside();
    } catch (...) {  // crosses to the caller's thread
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace mydock::network
