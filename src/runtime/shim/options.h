#pragma once

#include <string_view>

#include "base/json.h"
#include "runtime/shim/protocol.h"
#include "runtime/task.h"

namespace mydock::runtime {

inline constexpr std::string_view kSpecName = "config.json";
inline constexpr std::string_view kOptionsName = "task.json";

template <class V>
void fields(V& v, Of<TaskOptions::Overlay> auto& o) {
  v("lower", o.lower);
  v("upper", o.upper);
  v("work", o.work);
}

template <class V>
void fields(V& v, Of<LogOptions::File> auto& f) {
  v("path", f.path);
  v("maxSize", f.max_size);
  v("maxFiles", f.max_files);
  v.omit_empty("compress", f.compress);
  v.omit_empty("attributes", f.attributes);
}

template <class V>
void fields(V& v, Of<LogOptions::Remote> auto& r) {
  v("network", r.network);
  v("address", r.address);
  v.omit_empty("format", r.format);
  v("facility", r.facility);
  v.omit_empty("tag", r.tag);
  v.omit_empty("hostname", r.hostname);
  v.omit_empty("fields", r.fields);
  v.omit_empty("nonBlocking", r.non_blocking);
  v("maxBuffer", r.max_buffer);
}

template <class V>
void fields(V& v, Of<LogOptions> auto& l) {
  v("driver", l.driver);
  v.omit_empty("file", l.file);
  v.omit_empty("remote", l.remote);
}

template <class V>
void fields(V& v, Of<TaskOptions::Donor> auto& d) {
  v("pid", d.pid);
  v("startTime", d.start_time);
}

template <class V>
void fields(V& v, Of<TaskOptions::Runtime> auto& r) {
  v("path", r.path);
  v.omit_empty("arguments", r.arguments);
  v("root", r.root);
}

template <class V>
void fields(V& v, Of<TaskOptions> auto& o) {
  v.omit_empty("overlay", o.overlay);
  v.omit_empty("openStdin", o.open_stdin);
  v.omit_empty("stdinOnce", o.stdin_once);
  v("log", o.log);
  // Keys may be any bytes, which JSON text may not.
  std::string keys = shim::to_hex(o.detach_keys);
  v.omit_empty("detachKeys", keys);
  if constexpr (V::reading) o.detach_keys = shim::from_hex(keys);
  v.omit_empty("seccompProgram", o.seccomp_program);
  v.omit_empty("seccompFlags", o.seccomp_flags);
  v.omit_empty("user", o.user);
  v.omit_empty("groupAdd", o.groups);
  v.omit_empty("sharedMemory", o.shared_memory);
  v.omit_empty("runtime", o.runtime);
  v.omit_empty("initReaper", o.init_reaper);
  v("durableExit", o.durable_exit);
  v.omit_empty("consoleRows", o.console_rows);
  v.omit_empty("consoleColumns", o.console_columns);
}

}  // namespace mydock::runtime
