#include "registry/configuration.h"

#include <algorithm>

#include "base/error.h"
#include "http/dial.h"

namespace mydock::registry {

namespace {

// "https://host:5000" was once written where "host:5000" is meant.
std::string without_scheme(std::string_view entry) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (entry.starts_with(scheme)) entry.remove_prefix(scheme.size());
  }
  while (entry.ends_with('/')) entry.remove_suffix(1);
  return std::string(entry);
}

bool names(const std::string& entry, const http::Url& host) {
  if (entry.find('/') != entry.npos) return false;
  const http::Url named = http::parse_authority(entry, host.tls);
  if (named.host != host.host) return false;
  const bool has_port = entry.rfind(':') != entry.npos && entry.back() != ']';
  return !has_port || named.port == host.port;
}

fs::path certificate_folder(const Configuration& configuration, http::Url host) {
  host.tls = true;  // so that the port is named as in https URLs
  for (const fs::path& root : configuration.certificates) {
    std::vector<fs::path> names{root / host.authority()};
    if (host.port == 443) names.push_back(root / (host.authority() + ":443"));
    for (fs::path& folder : names) {
      std::error_code absent;
      if (fs::is_directory(folder, absent)) return std::move(folder);
    }
  }
  return {};
}

}  // namespace

void check_configuration(const Configuration& configuration) {
  for (const std::string& mirror : configuration.mirrors) {
    const auto url = in_context(fmt::format("invalid mirror: \"{}\"", mirror),
                                [&] { return http::parse_url(mirror); });
    if (url.target.find('?') != url.target.npos || mirror.find('#') != mirror.npos) {
      fail(Kind::invalid, "invalid mirror: \"{}\" has a query or a fragment", mirror);
    }
  }
  for (const std::string& entry : configuration.insecure) {
    const std::string text = without_scheme(entry);
    if (text.find('/') != text.npos) {
      if (!http::in_network(text.substr(0, text.find('/')), text)) {
        fail(Kind::invalid, "insecure registry {} is not valid: invalid CIDR", entry);
      }
      continue;
    }
    in_context(fmt::format("insecure registry {} is not valid", entry),
               [&] { http::parse_authority(text, true); });
  }
}

bool is_insecure(const Configuration& configuration, const http::Url& host) {
  std::vector<std::string> networks{"127.0.0.0/8", "::1/128"};
  for (const std::string& entry : configuration.insecure) {
    const std::string text = without_scheme(entry);
    if (text.find('/') != text.npos) {
      networks.push_back(text);
    } else if (names(text, host)) {
      return true;
    }
  }
  // The Hub is never spoken to without TLS, whatever its name means today.
  if (host.host == kHubApi || host.host == kHub) return false;
  for (const std::string& address : http::addresses_of(host.host)) {
    const bool inside = std::any_of(networks.begin(), networks.end(), [&](const auto& network) {
      return http::in_network(address, network);
    });
    if (inside) return true;
  }
  return false;
}

http::TlsOptions tls_options(const Configuration& configuration, const http::Url& host) {
  http::TlsOptions options;
  const fs::path folder = certificate_folder(configuration, host);
  if (folder.empty()) return options;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  const auto partner = [&](const fs::path& file, const char* extension, const char* missing) {
    fs::path other = fs::path(file).replace_extension(extension);
    if (std::find(files.begin(), files.end(), other) == files.end()) {
      fail(Kind::system,
           "missing {} {} for client {} {}. CA certificates must use the extension .crt", missing,
           other.filename().string(), missing == std::string_view("key") ? "certificate" : "key",
           file.filename().string());
    }
    return other;
  };
  for (const fs::path& file : files) {
    const std::string extension = file.extension().string();
    if (extension == ".crt") options.authorities.push_back(file);
    if (extension == ".cert") options.clients.emplace_back(file, partner(file, ".key", "key"));
    if (extension == ".key") partner(file, ".cert", "client certificate");
  }
  return options;
}

}  // namespace mydock::registry
