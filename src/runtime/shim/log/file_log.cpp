#include "runtime/shim/log/file_log.h"

namespace mydock::runtime::shim {

namespace {

constexpr std::size_t kEnough = 256 * 1024;  // to be written at once

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(number & 0xFFU);
    number >>= 8U;
  }
}

}  // namespace

void FileLog::line(const Line& line) {
  if (file_.is_full(pending_.size())) {
    flush();
    file_.rotate_if_full();
  }
  encode(line, pending_);
  pending_bytes_ += line.text.size() + (line.ends ? 1 : 0);
  if (pending_.size() >= kEnough) flush();
}

void FileLog::flush() {
  if (pending_.empty()) return;
  const std::size_t written = pending_.size();
  if (!file_.append(pending_)) dropped_ += pending_bytes_;
  pending_bytes_ = 0;
  pending_.clear();
  // A container that says little again gets by with little memory.
  const bool quiet = written < kEnough / 16 && pending_.capacity() > kEnough / 4;
  if (quiet || pending_.capacity() > 2 * kEnough) std::string().swap(pending_);
}

JsonFileLog::JsonFileLog(const LogOptions::File& options) : FileLog(options) {
  const std::string attributes =
      options.attributes.empty() ? "" : ",\"attrs\":" + options.attributes;
  out_tail_ = "\",\"stream\":\"stdout\"" + attributes + ",\"time\":\"";
  err_tail_ = "\",\"stream\":\"stderr\"" + attributes + ",\"time\":\"";
}

void JsonFileLog::encode(const Line& line, std::string& out) {
  out += "{\"log\":\"";
  append_escaped(out, line.text);
  if (line.ends) out += "\\n";
  out += line.stream == Stream::out ? out_tail_ : err_tail_;
  time_.append(out, line.time);
  out += "\"}\n";
}

void LocalLog::encode(const Line& line, std::string& out) {
  constexpr std::size_t kHead = 9;
  const std::size_t length = kHead + line.text.size();
  append_number(out, length, 4);
  append_number(out, static_cast<std::uint64_t>(line.time.time_since_epoch().count()), 8);
  append_number(out, (line.stream == Stream::err ? 1U : 0U) | (line.ends ? 0U : 2U), 1);
  out += line.text;
  append_number(out, length, 4);
}

}  // namespace mydock::runtime::shim
