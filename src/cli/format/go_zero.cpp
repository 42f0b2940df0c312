#include "cli/format/go_zero.h"

#include <algorithm>
#include <array>

namespace mydock::cli {

namespace {

constexpr std::array<std::string_view, 10> kPointers = {
    "Health",     "Healthcheck",      "ImageManifestDescriptor",
    "Init",       "MemorySwappiness", "OomKillDisable",
    "PidsLimit",  "SizeRootFs",       "SizeRw",
    "StopTimeout"};

constexpr std::array<std::string_view, 30> kSlices = {"Aliases",
                                                      "Binds",
                                                      "BlkioDeviceReadBps",
                                                      "BlkioDeviceReadIOps",
                                                      "BlkioDeviceWriteBps",
                                                      "BlkioDeviceWriteIOps",
                                                      "BlkioWeightDevice",
                                                      "CapAdd",
                                                      "CapDrop",
                                                      "Cmd",
                                                      "DNSNames",
                                                      "DefaultAddressPools",
                                                      "DeviceCgroupRules",
                                                      "DeviceRequests",
                                                      "Devices",
                                                      "Dns",
                                                      "Entrypoint",
                                                      "Env",
                                                      "ExecIDs",
                                                      "ExtraHosts",
                                                      "GenericResources",
                                                      "GroupAdd",
                                                      "Links",
                                                      "Mounts",
                                                      "OnBuild",
                                                      "SecurityOpt",
                                                      "ServerErrors",
                                                      "Shell",
                                                      "Ulimits",
                                                      "VolumesFrom"};

constexpr std::array<std::string_view, 12> kMaps = {
    "Annotations", "Attributes",   "DriverOpts", "ExposedPorts", "Labels", "Networks",
    "Options",     "PortBindings", "StorageOpt", "Sysctls",      "Tmpfs",  "Volumes"};

constexpr std::array<std::string_view, 4> kTexts = {"MacAddress", "ProductLicense", "StopSignal",
                                                    "Variant"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const Value* go_zero(std::string_view name) {
  static const Value kPointer = Value::nil("<nil>");
  static const Value kSlice = Value::nil("[]");
  static const Value kMap = Value::nil("map[]");
  static const Value kText = "";
  static const Value kFalse = false;
  if (contains(kPointers, name)) return &kPointer;
  if (contains(kSlices, name)) return &kSlice;
  if (contains(kMaps, name)) return &kMap;
  if (contains(kTexts, name)) return &kText;
  return name == "Experimental" ? &kFalse : nullptr;
}

bool is_go_map(std::string_view name) { return contains(kMaps, name); }

}  // namespace mydock::cli
