// Holds the provider of this example against the rules that every provider keeps.
#include <cstdio>

#include "cloudflow/testing/provider_conformance.h"
#include "folder_provider.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: conformance FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto file = [&](const std::string& name, const std::string& text) {
    return cloudflow::Resource{.id = {"folder", "File", folder, name}, .spec = {{"text", text}}};
  };
  example::FolderProvider provider;
  const cloudflow::testing::ProviderSample sample{.resources = {file("a", "one"), file("b", "two")},
                                                  .changed = file("a", "three"),
                                                  .unknown = {"folder", "File", folder, "none"}};
  const std::vector<std::string> broken = cloudflow::testing::broken_rules(provider, sample);
  for (const std::string& rule : broken) std::printf("broken: %s\n", rule.c_str());
  std::printf("%zu rules are broken\n", broken.size());
  return broken.empty() ? 0 : 1;
}
