#pragma once

#include <sys/types.h>

#include <functional>

#include "base/fd.h"

namespace mydock::network {

// A container's network namespace. It is made with the container's init and dies with it.
class Sandbox {
 public:
  // The namespace of a process: the container's init, waiting at the gate. Errors: system (it is
  // gone).
  static Sandbox open(pid_t pid);
  explicit Sandbox(Fd ns) : ns_(std::move(ns)) {}

  const Fd& fd() const { return ns_; }
  // Runs `inside` in the namespace, on a thread that ends there: a thread that has entered a
  // namespace never comes back. What `inside` throws is thrown here.
  void run(const std::function<void()>& inside) const;

 private:
  Fd ns_;
};

}  // namespace mydock::network
