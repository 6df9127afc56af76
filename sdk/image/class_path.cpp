// The jars of a JVM program, from what its build says.
#include "sdk/image/class_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <vector>

#include "sdk/image/jar.h"
#include "sdk/support/class_path_list.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

bool is_jar(const fs::path& file) { return file.extension() == ".jar"; }

bool is_below(const fs::path& file, const fs::path& folder) {
  const fs::path way = fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(folder));
  return !way.empty() && *way.begin() != "..";
}

std::vector<fs::path> jars_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code trouble;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, trouble)) {
    if (is_jar(entry.path())) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

/// Puts jars into layers.
class ClassPath {
 public:
  explicit ClassPath(const ClassPathSource& source) : source_(source) {}

  Result<void> take_all() {
    // In this order a jar that both name is a dependency.
    for (const fs::path& entry : source_.dependencies) CF_CHECK(take(entry, true, true));
    for (const fs::path& entry : source_.entries) CF_CHECK(take(entry, true, false));
    return {};
  }

  ClassPathLayers layers() && { return std::move(out_); }

 private:
  Result<void> take(const fs::path& entry, bool may_list, bool foreign) {
    if (entry.filename() == "*") return take_jars(entry.parent_path(), foreign);  // as Java knows it
    std::error_code trouble;
    if (is_jar(entry) && fs::is_regular_file(entry, trouble)) return take_jar(entry, foreign);
    if (fs::is_directory(entry, trouble)) return take_folder(entry, foreign);
    if (!may_list || is_jar(entry))
      return failure(ErrorKind::not_found,
                     fmt::format("the class path names {}, which is not there", quote(entry.string())),
                     "build the application first");
    CF_TRY(const std::vector<fs::path> listed, read_class_path_list(entry));
    for (const fs::path& each : listed) CF_CHECK(take(each, false, foreign));
    return {};
  }

  Result<void> take_jars(const fs::path& folder, bool foreign) {
    const std::vector<fs::path> jars = jars_in(folder);
    if (jars.empty())
      return failure(ErrorKind::not_found,
                     fmt::format("the class path names the jars in {}, where none are", quote(folder.string())),
                     "build the application first");
    for (const fs::path& jar : jars) CF_CHECK(take_jar(jar, foreign));
    return {};
  }

  Result<void> take_folder(const fs::path& folder, bool foreign) {
    if (!jars_in(folder).empty()) return take_jars(folder, foreign);
    CF_TRY(std::string jar, make_jar(folder));
    const std::string path = path_for(fmt::format("classes-{}.jar", sha256_hex(jar).substr(0, 8)));
    (foreign ? out_.dependencies : out_.own).add_text(path, std::move(jar));
    return {};
  }

  Result<void> take_jar(const fs::path& jar, bool foreign) {
    if (!seen_.insert(fs::weakly_canonical(jar)).second) return {};
    std::string path = path_for(jar.filename().string());
    if (!names_.insert(path).second) {
      std::ifstream in(jar, std::ios::binary);
      const std::string digest = sha256_hex(std::string{std::istreambuf_iterator<char>(in), {}});
      path = path_for(fmt::format("{}-{}.jar", jar.stem().string(), digest.substr(0, 8)));
    }
    return (!foreign && is_below(jar, source_.project) ? out_.own : out_.dependencies).add(path, jar);
  }

  std::string path_for(const std::string& name) const { return source_.folder + "/" + name; }

  const ClassPathSource& source_;
  ClassPathLayers out_{};
  std::set<fs::path> seen_{};
  std::set<std::string> names_{};
};

}  // namespace

Result<ClassPathLayers> read_class_path(const ClassPathSource& source) {
  ClassPath out(source);
  CF_CHECK(out.take_all());
  return std::move(out).layers();
}

}  // namespace cloudflow
