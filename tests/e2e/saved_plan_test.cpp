// The plan that was reviewed is the plan that is applied: files of `plan --out` on the real servers.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "planner/saved/saved_plan.h"
#include "providers/kubernetes/api/kubeconfig.h"
#include "sdk/support/digest.h"
#include "sdk/support/text.h"
#include "tests/e2e/world.h"
#include "tests/support/cache.h"
#include "tests/support/kube_proxy.h"
#include "tests/support/kubebed.h"

using namespace cloudflow;
using Catch::Matchers::ContainsSubstring;
using namespace cloudflow::testing;

namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The published schema describes the file, as Python's jsonschema reads both.
void check_schema(const std::string& file) {
  const std::string program =
      "import json, sys, jsonschema\n"
      "jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))\n";
  const auto output = run_process({.command = {testing::cache_folder() + "/oracles/bin/python", "-c", program,
                                               CLOUDFLOW_SOURCE_DIR "/docs/saved-plan.schema.json", file}},
                                  {});
  REQUIRE(output);
  INFO(output->errors);
  CHECK(output->status == 0);
}

/// An application with a saved plan beside its repository.
struct Reviewed {
  explicit Reviewed(const std::string& hint) : world(hint), file(world.write_beside("review.cfplan", "")) {}

  void save(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"plan", "--out", file});
    world.expect(0, std::move(options));
  }
  ProcessOutput apply(int status, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"apply", file, "--yes"});
    return world.expect(status, std::move(options));
  }
  void change_rate(int rate, const std::string& message) {
    world.replace("config/local.conf", "records-per-second = 5", fmt::format("records-per-second = {}", rate));
    world.commit(message);
  }
  std::string deployment(const std::string& streamlet) const { return world.application() + "-" + streamlet; }
  int replicas(const std::string& streamlet) const {
    return world.get("apis/apps/v1", "deployments", deployment(streamlet)).at("spec").at("replicas").get<int>();
  }

  World world;
  std::string file;
};

}  // namespace

TEST_CASE("a saved plan is applied as it was reviewed, and once", "[e2e][servers][saved]") {
  Reviewed it("saved");
  it.save();
  check_schema(it.file);
  // What comes later in the repository is not in it.
  it.change_rate(77, "Too late for the review");
  const ProcessOutput applied = it.apply(0);
  CHECK_THAT(applied.output, ContainsSubstring("Applied: "));
  const std::vector<std::string> left = it.world.planned();
  CHECK(left == std::vector<std::string>{"update deployment/" + it.deployment("generator"),
                                         "update secret/config-" + it.world.application(), "update secret/generator"});

  const ProcessOutput again = it.apply(1);
  CHECK(again.output == "");
  CHECK_THAT(again.errors, ContainsSubstring("error: this plan was applied already: apply of commit ") &&
                               ContainsSubstring("nothing was changed"));

  // Another apply makes it no newer, and makes other plans stale.
  it.save();
  it.world.expect(0, {"apply", "--yes"});
  CHECK_THAT(it.apply(1).errors, ContainsSubstring("the application was changed after this plan was made: apply of "));
}

TEST_CASE("of a saved plan exactly what has moved is refused, with who moved it", "[e2e][servers][saved]") {
  Reviewed it("moved");
  it.world.expect(0, {"apply", "--yes"});
  const std::string moved = it.deployment("generator");
  const std::string other = it.deployment("logger");
  it.world.replace("cloudflow.yaml", "values:\n", "replicas: {generator: 3, validation: 2}\n    values:\n");
  it.world.commit("More of them");
  it.save();
  it.world.merge_patch("apis/apps/v1", "deployments/" + moved, {{"spec", {{"replicas", 5}}}}, "kubectl-scale");
  const int logger_before = it.replicas("logger");
  it.world.merge_patch("apis/apps/v1", "deployments/" + other, {{"spec", {{"replicas", 4}}}}, "hpa");

  const ProcessOutput applied = it.apply(3);
  INFO(applied.output << applied.errors);
  CHECK_THAT(applied.output,
             ContainsSubstring("moved since the plan was made: spec.replicas is 5, and was 1 (kubectl-scale, ") &&
                 ContainsSubstring("spec.replicas is 4, and was as asked for (hpa, ") &&
                 ContainsSubstring("--replan-moved"));
  CHECK(it.replicas("generator") == 5);
  CHECK(it.replicas("logger") == 4);
  CHECK(it.replicas("validation") == 2);

  // The rest is planned again where that is asked for.
  const ProcessOutput rest = it.apply(0, {"--replan-moved"});
  CHECK_THAT(rest.output, ContainsSubstring("moved since the plan was made, and planned again: "));
  CHECK(it.replicas("generator") == 3);
  CHECK(it.replicas("logger") == logger_before);
  it.world.expect(0, {"plan", "--detailed-exitcode"});
  CHECK_THAT(it.apply(1).errors, ContainsSubstring("this plan was applied already"));
}

TEST_CASE("a status that changes, and a change that somebody else has made as planned, move nothing",
          "[e2e][servers][saved]") {
  Reviewed it("unmoved");
  it.world.expect(0, {"apply", "--yes"});
  it.world.replace("cloudflow.yaml", "values:\n", "replicas: {generator: 3, validation: 2}\n    values:\n");
  it.world.commit("More of them");
  it.save();
  it.world.merge_patch("apis/apps/v1", "deployments/" + it.deployment("generator"),
                       {{"metadata", {{"annotations", {{"example.com/seen", "yes"}}}}}}, "somebody");
  it.world.merge_patch("apis/apps/v1", "deployments/" + it.deployment("validation"), {{"spec", {{"replicas", 2}}}},
                       "kubectl-scale");
  const ProcessOutput applied = it.apply(0);
  CHECK(it.replicas("generator") == 3);
  CHECK_THAT(applied.output, !ContainsSubstring("moved since the plan was made"));
  it.world.expect(0, {"plan", "--detailed-exitcode"});
}

TEST_CASE("what is gone, or was made again, is not what was reviewed", "[e2e][servers][saved]") {
  Reviewed it("gone");
  it.world.write("kubernetes/extra.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra-a}\ndata: {a: \"1\"}\n---\n"
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra-b}\ndata: {a: \"1\"}\n");
  it.world.commit("Two more");
  it.world.expect(0, {"apply", "--yes"});
  it.world.write("kubernetes/extra.yaml",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra-a}\ndata: {a: \"2\"}\n");
  it.world.commit("One less");
  it.save();
  it.world.remove("api/v1", "configmaps", "extra-a");
  it.world.merge_patch("api/v1", "configmaps/extra-b", {{"data", {{"a", "precious"}}}}, "somebody");
  const ProcessOutput applied = it.apply(3);
  INFO(applied.output);
  CHECK_THAT(applied.output, ContainsSubstring("moved since the plan was made: it is gone"));
  CHECK_THAT(applied.output, ContainsSubstring("moved since the plan was made: somebody has changed it"));
  CHECK(it.world.get("api/v1", "configmaps", "extra-b").at("data").at("a") == "precious");
  CHECK(it.world.get("api/v1", "configmaps", "extra-a").is_null());
}

TEST_CASE("a saved plan for another cluster, application or environment is refused by name", "[e2e][servers][saved]") {
  Reviewed it("elsewhere");
  it.save();
  Result<SavedPlan> saved = read_saved_plan(text_of_file(it.file), it.file);
  REQUIRE(saved);
  const auto refused = [&](const SavedPlan& other, const std::string& words, std::vector<std::string> options = {}) {
    SavedPlan copy = other;
    seal(copy);
    std::ofstream(it.file, std::ios::binary | std::ios::trunc) << text_of(copy);
    const ProcessOutput output = it.apply(1, std::move(options));
    CHECK(output.output == "");
    CHECK_THAT(output.errors, ContainsSubstring(words));
  };
  SavedPlan other = *saved;
  other.target.systems["kubernetes"].id = "11111111-2222-3333-4444-555555555555";
  refused(other, "it is for another kubernetes, with the id \"11111111-");
  other = *saved;
  other.target.systems["kafka default"].id = "anotherclusterid";
  refused(other, "it is for another kafka default, with the id \"anotherclusterid\"");
  other = *saved;
  other.target.systems["kubernetes"] = {.id = "", .address = "https://elsewhere.example.com"};
  refused(other, "it is for kubernetes at \"https://elsewhere.example.com\"");
  other = *saved;
  other.application = "somebody-else";
  refused(other, "it is for application \"somebody-else\"");
  refused(*saved, "it is for environment \"test\", not \"prod\"", {"-e", "prod"});
  refused(*saved, "it is for namespace ", {"-n", "another"});
  other = *saved;
  other.source.commit = std::string(40, '1');
  refused(other, "the plan is of commit 111111111111, which cannot be read here: ");
  CHECK(it.world.list("apis/apps/v1", "deployments").empty());
}

TEST_CASE("no secret is in a saved plan, nor a digest that tells a short one", "[e2e][servers][saved]") {
  Reviewed it("secrets");
  it.world.replace("cloudflow.yaml", "values:\n",
                   "values:\n      cloudflow.streamlets.generator.config.pin: {from-env: PIN}\n");
  it.world.commit("A secret");
  it.world.set("PIN", "4711");
  it.world.expect(0, {"apply", "--yes"});
  it.world.set("PIN", "4712");
  it.save();
  const std::string text = text_of_file(it.file);
  for (const std::string pin : {"4711", "4712"}) {
    CHECK_THAT(text, !ContainsSubstring(pin));
    for (const std::string& guess : {pin, "\"" + pin + "\"", "[\"" + pin + "\"]"}) {
      CHECK_THAT(text, !ContainsSubstring(sha256_hex(guess)));
      CHECK_THAT(text, !ContainsSubstring(to_base64(guess)));
    }
  }
  // The file of the same plan is the same, byte by byte.
  it.save();
  CHECK(text == text_of_file(it.file));

  it.world.set("PIN", "4713");
  const ProcessOutput other = it.apply(3);
  CHECK_THAT(other.output, ContainsSubstring("a secret value in it is not what it was"));
  CHECK_THAT(other.output + other.errors, !ContainsSubstring("471"));
  it.world.set("PIN", "4712");
  it.apply(0);
  it.world.expect(0, {"plan", "--detailed-exitcode"});
}

TEST_CASE("a plan of a folder that no commit has is applied from that folder, if it is still the same",
          "[e2e][servers][saved]") {
  Reviewed it("dirty");
  it.world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 8\n");
  it.save();
  it.world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 9\n");
  const ProcessOutput other = it.apply(3);
  CHECK_THAT(other.output, ContainsSubstring("what is asked for is not what it was"));
  it.world.write("config/local.conf", "cloudflow.streamlets.generator.config-parameters.records-per-second = 8\n");
  it.apply(0);
  it.world.expect(0, {"plan", "--detailed-exitcode"});
}

TEST_CASE("only a plan that was signed by a known key is applied where that is asked for", "[e2e][servers][saved]") {
  Reviewed it("signed");
  const auto openssl = [&](std::vector<std::string> command) {
    command.insert(command.begin(), "openssl");
    const auto output = run_process({.command = std::move(command)}, {});
    REQUIRE(output);
    REQUIRE(output->status == 0);
    return output->output;
  };
  const std::string key = it.world.write_beside("plan.key", openssl({"genpkey", "-algorithm", "ed25519"}));
  const std::string other = it.world.write_beside("other.key", openssl({"genpkey", "-algorithm", "ed25519"}));
  const std::string known = it.world.write_beside("known.pub", openssl({"pkey", "-in", key, "-pubout"}));
  const std::string both = it.world.write_beside(
      "both.pub", openssl({"pkey", "-in", other, "-pubout"}) + openssl({"pkey", "-in", key, "-pubout"}));

  it.save();
  CHECK_THAT(it.apply(1, {"--require-signature", known}).errors, ContainsSubstring("it has no signature"));
  it.save({"--sign", other});
  CHECK_THAT(it.apply(1, {"--require-signature", known}).errors, ContainsSubstring("has signed it, which is not in"));
  it.save({"--sign", key});
  // The signature of another plan does not do.
  Result<SavedPlan> saved = read_saved_plan(text_of_file(it.file), it.file);
  REQUIRE(saved);
  const std::string as_signed = text_of_file(it.file);
  saved->allowed.delete_all_topics = true;
  seal(*saved);
  std::ofstream(it.file, std::ios::binary | std::ios::trunc) << text_of(*saved);
  CHECK_THAT(it.apply(1, {"--require-signature", known}).errors,
             ContainsSubstring("its signature is not of this content"));
  std::ofstream(it.file, std::ios::binary | std::ios::trunc) << as_signed;
  // openssl agrees that it is signed: the documented line.
  const Json whole = Json::parse(as_signed);
  std::string bytes;
  REQUIRE(from_base64(whole.at("signature").at("value").get<std::string>(), bytes));
  const std::string message =
      it.world.write_beside("message", "cloudflow saved plan\n" + whole.at("digest").get<std::string>() + "\n");
  const std::string signature = it.world.write_beside("signature", bytes);
  openssl({"pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", known, "-in", message, "-sigfile", signature});
  it.apply(0, {"--require-signature", both});
}

TEST_CASE("of a saved plan in which nothing moved nothing is tried out again", "[e2e][servers][saved]") {
  Reviewed it("confirmed");
  it.world.expect(0, {"apply", "--yes"});
  it.world.replace("cloudflow.yaml", "values:\n", "replicas: {generator: 3, validation: 2}\n    values:\n");
  it.change_rate(9, "More of them");
  it.save();
  const Result<ClusterAccess> access = read_kubeconfig(kubebed(), "");
  REQUIRE(access);
  KubeProxy proxy(access->server, access->tls);
  std::atomic<int> tried = 0;
  proxy.on_request([&](const SeenRequest& request) {
    if (request.target.find("dryRun=All") != std::string::npos) ++tried;
    return KubeProxy::Fate::pass;
  });
  const std::string direct = it.world.kubeconfig();
  it.world.use_kubeconfig(it.world.write_beside("proxy.kubeconfig", proxy.kubeconfig()));
  it.world.expect(0, {"plan"});
  CHECK(tried > 3);
  tried = 0;
  it.world.merge_patch("apis/apps/v1", "deployments/" + it.deployment("validation"),
                       {{"metadata", {{"annotations", {{"example.com/seen", "yes"}}}}}}, "somebody");
  it.apply(0);
  CHECK(tried == 1);  // of what is not as it was, though it does not matter
  CHECK(it.replicas("validation") == 2);
}

TEST_CASE("a saved plan is applied from a bare repository", "[e2e][servers][saved]") {
  Reviewed it("bare");
  it.save();
  const std::string bare = it.world.write_beside("bare/x", "");
  const std::string folder = std::filesystem::path(bare).parent_path() / "r.git";
  const auto cloned = run_process({.command = {"git", "clone", "-q", "--bare", it.world.folder(), folder}}, {});
  REQUIRE(cloned);
  REQUIRE(cloned->status == 0);
  ProcessRequest request = it.world.request({"apply", it.file, "--yes"});
  request.directory = folder;
  request.deadline = std::chrono::minutes(3);
  std::filesystem::remove_all(it.world.folder() + "/.git");  // it must not be looked for there
  const auto output = run_process(request, {});
  REQUIRE(output);
  INFO(output->errors);
  CHECK(output->status == 0);
}

TEST_CASE("an argument that is empty does not mean that there is none", "[e2e][servers][saved]") {
  Reviewed it("empty");
  it.save();
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"apply", "", "--yes"}, {"apply", it.file, "--yes", "--require-signature", ""}})
    CHECK_THAT(it.world.expect(1, arguments).errors, ContainsSubstring("is empty"));
  CHECK_THAT(it.world.expect(1, {"plan", "--out", it.file, "--sign", ""}).errors, ContainsSubstring("is empty"));
  CHECK(it.world.list("apis/apps/v1", "deployments").empty());
  // Nor is anything but a plan written over, or taken away where the next one fails.
  CHECK_THAT(it.world.expect(1, {"plan", "--write", "markdown=cloudflow.yaml"}).errors,
             ContainsSubstring("is there and holds no plan"));
  CHECK(std::filesystem::exists(it.world.folder() + "/cloudflow.yaml"));
  it.world.expect(0, {"plan", "--out", "/dev/null"});
  CHECK(std::filesystem::is_character_file("/dev/null"));
  REQUIRE(std::filesystem::exists(it.file));
  it.world.expect(1, {"plan", "--out", it.file, "-e", "nowhere"});
  CHECK_FALSE(std::filesystem::exists(it.file));
}
