#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/command/arguments.h"
#include "runtime/command/store.h"

namespace mydock::runtime::command {

// One each; they return the exit status and throw what went wrong.
int create(const Store& store, const Arguments& arguments);
int run(const Store& store, const Arguments& arguments);
int start(const Store& store, const Arguments& arguments);
int state(const Store& store, const Arguments& arguments);
int kill(const Store& store, const Arguments& arguments);
int remove(const Store& store, const Arguments& arguments);
int exec(const Store& store, const Arguments& arguments);
int list(const Store& store, const Arguments& arguments);
int ps(const Store& store, const Arguments& arguments);
int pause(const Store& store, const Arguments& arguments);
int resume(const Store& store, const Arguments& arguments);
int update(const Store& store, const Arguments& arguments);
int features(const Store& store, const Arguments& arguments);

// Removes a container's groups and its record, and runs its poststop hooks.
void forget(const Store& store, const Record& record);
// Sends a terminal's master to the socket at `path`, as runc does.
void send_console(const std::string& path, const Fd& master);
// The open ones of the descriptors from 3 on that the program is to inherit: --preserve-fds and
// LISTEN_FDS. To be called before anything of ours is open. Errors: invalid.
std::vector<int> preserved_fds(const Arguments& arguments);
void write_pid_file(const Arguments& arguments, int pid);
void print(const std::string& text);

}  // namespace mydock::runtime::command
