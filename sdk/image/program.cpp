// A native program and what the system's loader needs to start it.
#include "sdk/image/program.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>
#include <vector>

#include "sdk/support/process.h"
#include "sdk/support/text.h"

namespace cloudflow {
namespace {

namespace fs = std::filesystem;

struct MachineName {
  unsigned machine = 0;
  std::string_view architecture{};
  std::string_view kernel{};  ///< as uname says it
};

constexpr std::array machines = {
    MachineName{EM_X86_64, "amd64", "x86_64"},   MachineName{EM_AARCH64, "arm64", "aarch64"},
    MachineName{EM_RISCV, "riscv64", "riscv64"}, MachineName{EM_PPC64, "ppc64le", "ppc64le"},
    MachineName{EM_S390, "s390x", "s390x"},
};

/// What an ELF file says of itself.
struct ElfFacts {
  std::string architecture{};
  std::string loader{};
  bool runs = false;  ///< a program, not an object file
};

template <class T>
bool read_at(std::ifstream& file, std::uint64_t at, T& into) {
  file.seekg(static_cast<std::streamoff>(at));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&into), sizeof into));
}

/// Nothing where it is no 64-bit ELF file of this machine's byte order.
std::optional<ElfFacts> read_elf(const fs::path& program) {
  std::ifstream file(program, std::ios::binary);
  Elf64_Ehdr head{};
  if (!read_at(file, 0, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr)) return std::nullopt;
  ElfFacts out{.runs = head.e_type == ET_EXEC || head.e_type == ET_DYN};
  for (const MachineName& each : machines) {
    if (each.machine == head.e_machine) out.architecture = each.architecture;
  }
  for (unsigned n = 0; n < head.e_phnum; ++n) {
    Elf64_Phdr part{};
    if (!read_at(file, head.e_phoff + std::uint64_t{n} * sizeof part, part)) return std::nullopt;
    constexpr std::uint64_t longest_path = 4096;
    if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz > longest_path) continue;
    out.loader.resize(part.p_filesz);
    file.seekg(static_cast<std::streamoff>(part.p_offset));
    if (!file.read(out.loader.data(), static_cast<std::streamsize>(out.loader.size()))) return std::nullopt;
    out.loader.resize(std::strlen(out.loader.c_str()));
  }
  return out;
}

/// The library that runs on every processor of the architecture, where the loader took one for newer processors:
/// DIR/glibc-hwcaps/x86-64-v3/NAME is beside DIR/NAME. A node may be older than this machine.
fs::path for_any_processor(const fs::path& library) {
  const fs::path variants = library.parent_path().parent_path();
  if (variants.filename() != "glibc-hwcaps") return library;
  const fs::path plain = variants.parent_path() / library.filename();
  std::error_code trouble;
  return fs::exists(plain, trouble) ? plain : library;
}

/// A line of the loader: "name => path (address)", "name => not found" or "path (address)".
Result<void> take_line(std::string_view line, const fs::path& program, ProgramParts& out) {
  line = trimmed(line);
  const std::size_t arrow = line.find(" => ");
  if (arrow == std::string_view::npos) return {};  // the loader itself, or what the kernel maps
  const std::string name(line.substr(0, arrow));
  std::string_view path = line.substr(arrow + 4);
  if (path.starts_with("not found"))
    return failure(
        ErrorKind::not_found,
        fmt::format("{} needs the library {}, which is not on this machine", quote(program.string()), quote(name)),
        "install it, or say in LD_LIBRARY_PATH where it is");
  path = path.substr(0, path.rfind(" ("));
  if (fs::path(path) == out.loader || path.empty()) return {};
  out.needs[name] = for_any_processor(path);
  return {};
}

}  // namespace

std::string this_architecture() {
  utsname machine{};
  ::uname(&machine);
  for (const MachineName& each : machines) {
    if (each.kernel == static_cast<const char*>(machine.machine)) return std::string(each.architecture);
  }
  return static_cast<const char*>(machine.machine);
}

Result<ProgramParts> parts_of_program(const fs::path& program, const std::stop_token& stop) {
  std::error_code trouble;
  if (!fs::is_regular_file(program, trouble))
    return failure(ErrorKind::not_found, fmt::format("the program {} is not there", quote(program.string())),
                   "build it first");
  const std::optional<ElfFacts> facts = read_elf(program);
  if (!facts || !facts->runs || facts->architecture.empty())
    return failure(ErrorKind::invalid_input,
                   fmt::format("{} is no native program for Linux on a 64-bit machine", quote(program.string())),
                   "for a script write `files:` and a `base:` that has its interpreter");
  ProgramParts out{.architecture = facts->architecture, .loader = facts->loader};
  if (out.loader.empty()) return out;
  if (out.architecture != this_architecture())
    return failure(
        ErrorKind::unsupported,
        fmt::format("{} is for {}, and this machine is {}: only its own loader knows which libraries it takes",
                    quote(program.string()), out.architecture, this_architecture()),
        "build the image on such a machine, or link the program statically");
  const ProcessRequest request{.command = {out.loader.string(), "--list", fs::absolute(program).string()},
                               .environment = {{"LC_ALL", "C"}},
                               .without = {"LD_PRELOAD"}};
  const Result<ProcessOutput> ran = run_process(request, stop);
  if (!ran) return failure_in(fmt::format("cannot ask {} for libraries", quote(out.loader.string())), ran.error());
  for (const std::string& line : split(ran->output, '\n')) CF_CHECK(take_line(line, program, out));
  if (ran->status != 0)
    return failure(ErrorKind::invalid_input, fmt::format("{} cannot load {}: {}", quote(out.loader.string()),
                                                         quote(program.string()), trimmed(ran->errors)));
  return out;
}

}  // namespace cloudflow
