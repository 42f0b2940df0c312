#pragma once

#include "build/worker.h"
#include "engine/builds.h"
#include "engine/parts.h"
#include "engine/registries.h"

namespace mydock::engine {

// Runs the steps of one build as containers are run, but of no container's name or record.
class BuildWorker final : public build::Worker {
 public:
  BuildWorker(Parts& parts, Registries& registries, const BuildOptions& options,
              const ImageProgress& progress)
      : parts_(parts), registries_(registries), options_(options), progress_(progress) {}

  int run(const build::RunStep& step, build::Output& output, const std::stop_token& stop) override;
  image::ImagePtr pull(std::string_view name, std::string_view platform,
                       const std::stop_token& stop) override;
  Root open_layers(const std::vector<std::string>& layers) override;
  Root open_writable(const image::OverlayMount& overlay) override;
  std::vector<std::string> changes(const image::OverlayMount& overlay) override;

 private:
  Parts& parts_;
  Registries& registries_;
  const BuildOptions& options_;
  const ImageProgress& progress_;
};

}  // namespace mydock::engine
