#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "engine/container/lifecycle/start.h"
#include "oci/runtime_spec.h"

namespace mydock::engine {

// One attempt to start a container. Each step undoes itself when a later one fails.
class Starting {
 public:
  // Who follows its end: the container, or whoever starts it (a build's step, which is in no
  // table).
  enum class End { watched, unwatched };
  Starting(Parts& parts, std::shared_ptr<Container> container, End end = End::watched);
  ~Starting();
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;

  // Throws StartFailure.
  void run(const std::stop_token& stop);

 private:
  void reserve_networks();
  void write_files();
  void create_task(const std::stop_token& stop);
  void connect();
  void hand_over_attaches();
  void open_gate();

  oci::Spec make_spec() const;
  runtime::TaskOptions make_options(const image::OverlayMount& mount) const;
  std::optional<runtime::TaskOptions::Donor> ipc_donor() const;
  std::string joined_namespace(std::string_view mode, std::string_view kind) const;
  void give_up_task() noexcept;

  Parts& parts_;
  std::shared_ptr<Container> container_;
  RecordPtr record_;
  std::shared_ptr<runtime::Task> task_;
  End end_;
  bool reserved_ = false;
  bool bundle_made_ = false;
  bool done_ = false;
};

}  // namespace mydock::engine
