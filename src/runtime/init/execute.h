#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/root.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime::init {

// Makes the working directory if it is missing, as root, before privileges are dropped.
void make_cwd(const oci::Process& process, const Root& root);
// Enters it. Never follows a magic link such as /proc/self/fd/7, and checks that the kernel places
// it inside the container. False: this user may not yet; try again as the container's user.
bool enter_cwd(const oci::Process& process, const Root& root);
[[noreturn]] void fail_cwd(const std::string& cwd, int error_number);
// Throws forbidden when the working directory lies outside the container's root.
void check_cwd_inside();

// The path to execute: argv[0] itself when it holds a slash, otherwise searched in PATH of `env`.
// Errors: system, with errno ENOENT or EACCES, worded as Docker's clients know it:
// `exec: "foo": executable file not found in $PATH`.
std::string find_executable(const oci::Process& process);

// strerror as Go spells it: "no such file or directory".
std::string reason(int error_number);
// execve. Returns only if that failed, with errno.
int execute(const std::string& path, const oci::Process& process) noexcept;

// The value of `name` in env, the last one; nullptr: not set.
const char* find_env(const std::vector<std::string>& env, std::string_view name);

}  // namespace mydock::runtime::init
