// What an image is made of, as a CycloneDX document.
#include "sdk/image/sbom.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

#include "cloudflow/json.h"
#include "sdk/support/digest.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

struct DebianPackage {
  std::string name{};
  std::string version{};
  std::string architecture{};
};

Result<std::string> digest_of(const SbomFile& given) {
  const fs::path& file = given.source;
  if (file.empty()) return sha256_hex(given.text);
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure(ErrorKind::not_found, fmt::format("cannot read {}", quote(file.string())));
  Sha256 digest;
  std::string block(1U << 18U, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    digest.add({block.data(), static_cast<std::size_t>(in.gcount())});
  return digest.hex();
}

/// The names that a package may have a file under: its own, and on a system whose /lib is a link the one before that.
std::vector<std::string> names_of(const fs::path& file) {
  std::vector<std::string> out{file.string()};
  std::error_code trouble;
  if (const fs::path real = fs::canonical(file, trouble); !trouble && real != file) out.push_back(real.string());
  for (std::size_t n = 0, count = out.size(); n < count; ++n) {
    out.push_back(out[n].starts_with("/usr/") ? out[n].substr(4) : "/usr" + out[n]);
  }
  return out;
}

/// What dpkg-query answers; empty where it is not there or knows nothing.
std::string ask_dpkg(std::vector<std::string> arguments, const std::stop_token& stop) {
  arguments.insert(arguments.begin(), "dpkg-query");
  const Result<ProcessOutput> ran =
      run_process({.command = std::move(arguments), .environment = {{"LC_ALL", "C"}}}, stop);
  return ran ? ran->output : "";
}

/// The packages that own files, by the files' names.
std::map<std::string, DebianPackage> owners_of(const std::vector<SbomFile>& files, const std::stop_token& stop) {
  std::vector<std::string> question{"--search"};
  for (const SbomFile& file : files) {
    if (file.source.is_absolute()) std::ranges::copy(names_of(file.source), std::back_inserter(question));
  }
  std::map<std::string, std::string> owner;  // file → "package:architecture"
  if (question.size() > 1) {
    for (const std::string& line : split(ask_dpkg(std::move(question), stop), '\n')) {
      const std::size_t end = line.rfind(": ");
      if (end == std::string::npos || line.starts_with("diversion ")) continue;
      const std::string packages = line.substr(0, end);
      owner[line.substr(end + 2)] = packages.substr(0, packages.find(','));
    }
  }
  std::vector<std::string> names{"--show", "--showformat=${binary:Package} ${Package} ${Version} ${Architecture}\n"};
  for (const auto& [file, package] : owner) names.push_back(package);
  std::map<std::string, DebianPackage> packages;
  if (!owner.empty()) {
    for (const std::string& line : split(ask_dpkg(std::move(names), stop), '\n')) {
      const std::vector<std::string> words = split(line, ' ');
      if (words.size() == 4) packages[words[0]] = {words[1], words[2], words[3]};
    }
  }
  std::map<std::string, DebianPackage> out;
  for (const auto& [file, package] : owner) {
    if (const auto found = packages.find(package); found != packages.end()) out[file] = found->second;
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '+' ? "%2B" : c == ':' ? "%3A" : std::string(1, c);
  return out;
}

/// "akka-actor_2.13-2.6.20.jar" is version 2.6.20 of akka-actor_2.13: the version begins with the last dash that a
/// digit follows.
std::optional<std::pair<std::string, std::string>> name_and_version(const std::string& file) {
  if (!file.ends_with(".jar")) return std::nullopt;
  const std::string stem = file.substr(0, file.size() - 4);
  for (std::size_t dash = stem.find('-'); dash != std::string::npos; dash = stem.find('-', dash + 1)) {
    if (dash + 1 < stem.size() && stem[dash + 1] >= '0' && stem[dash + 1] <= '9')
      return std::pair{stem.substr(0, dash), stem.substr(dash + 1)};
  }
  return std::nullopt;
}

Json component_of(const SbomFile& file, const std::string& digest, const std::map<std::string, DebianPackage>& owners) {
  Json out = {{"type", "file"},
              {"name", fs::path(file.path).filename().string()},
              {"hashes", Json::array({{{"alg", "SHA-256"}, {"content", digest}}})},
              {"evidence", {{"occurrences", Json::array({{{"location", file.path}}})}}}};
  for (const std::string& name : file.source.empty() ? std::vector<std::string>{} : names_of(file.source)) {
    const auto owner = owners.find(name);
    if (owner == owners.end()) continue;
    const DebianPackage& package = owner->second;
    out["type"] = "library";
    out["name"] = package.name;
    out["version"] = package.version;
    out["purl"] = fmt::format("pkg:deb/debian/{}@{}?arch={}", escaped(package.name), escaped(package.version),
                              package.architecture);
    return out;
  }
  if (const auto jar = name_and_version(fs::path(file.path).filename().string())) {
    out["type"] = "library";
    out["name"] = jar->first;
    out["version"] = jar->second;
  }
  return out;
}

}  // namespace

Result<std::string> make_sbom(const std::string& image, std::vector<SbomFile> files, const std::string& base,
                              const std::stop_token& stop) {
  std::ranges::sort(files, {}, &SbomFile::path);
  const std::map<std::string, DebianPackage> owners = owners_of(files, stop);
  Json components = Json::array();
  for (const SbomFile& file : files) {
    CF_TRY(const std::string digest, digest_of(file));
    components.push_back(component_of(file, digest, owners));
  }
  if (!base.empty()) components.push_back({{"type", "container"}, {"name", base}});
  const Json document = {{"bomFormat", "CycloneDX"},
                         {"specVersion", "1.5"},
                         {"version", 1},
                         {"metadata", {{"component", {{"type", "container"}, {"name", image}}}}},
                         {"components", std::move(components)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cloudflow
