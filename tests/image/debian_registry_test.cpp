// Images in Debian's registry, read back by skopeo and run by runc.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <random>

#include "sdk/image/build_image.h"
#include "sdk/image/push_image.h"
#include "sdk/support/process.h"
#include "sdk/support/text.h"
#include "tests/image/reading.h"
#include "tests/support/debian_registry.h"
#include "tests/support/fault_server.h"
#include "tests/support/temp_folder.h"

using namespace cloudflow;
using namespace cloudflow::testing;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

/// Who builds and pushes, with logins from a file.
struct Pusher {
  Repository open(const ImageReference& image) { return {http, real_clock(), logins, image}; }

  Result<BuiltImage> build(const ImageRecipe& recipe) {
    return build_image(recipe, layout, [this](const ImageReference& image) { return open(image); }, {});
  }
  Result<PushedImage> push(const std::string& image) {
    const ImageReference to = parse_image_reference(image).value();
    Repository repository = open(to);
    return push_image(layout, layout.held().value(), to, repository, [](std::string_view) {}, {});
  }

  TempFolder folder{};
  HttpClient http{{}, real_clock()};
  LoginFiles logins{{folder.path("config.json")}};
  Layout layout = Layout::create(folder.path("image")).value();
};

ProcessOutput ran(std::vector<std::string> command) {
  const Result<ProcessOutput> out = run_process({.command = std::move(command)}, {});
  REQUIRE(out);
  INFO(out->errors);
  REQUIRE(out->status == 0);
  return *out;
}

void need_registry() {
  if (!DebianRegistry::is_installed()) SKIP("docker-registry is not installed: scripts/bootstrap");
}

/// Sends the beginning of a request with a body that is promised to be longer, and goes away.
void send_half(int port, const SeenRequest& request) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const std::string text = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n{}",
      request.method, request.target, request.header("host"), request.body.size(),
      request.body.substr(0, request.body.size() / 2));
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t put = ::send(descriptor, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    REQUIRE(put > 0);
    sent += static_cast<std::size_t>(put);
  }
  // The registry keeps what has come before it notices the end.
  ::shutdown(descriptor, SHUT_WR);
  char answer = 0;
  while (::recv(descriptor, &answer, 1, 0) > 0) {
  }
  ::close(descriptor);
}

/// What a container that is made of an image prints, run with these arguments. `host` are folders of this machine that
/// it sees beside. Skips where no container can be made.
std::string ran_by_runc(const Pusher& pusher, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& host = {}, std::size_t from_layer = 0) {
  if (::geteuid() != 0 || !fs::exists("/usr/sbin/runc")) SKIP("runc needs root, and scripts/bootstrap");
  const std::string bundle = pusher.folder.path("bundle");
  unpack_layers(pusher.layout, bundle + "/rootfs", from_layer);
  ran({"runc", "spec", "--bundle", bundle});
  Json spec = Json::parse(pusher.folder.read("bundle/config.json"));
  const Json image = config_of(pusher.layout)["config"];
  spec["process"]["terminal"] = false;
  spec["process"]["args"] = image["Entrypoint"];
  for (const std::string& argument : arguments) spec["process"]["args"].push_back(argument);
  spec["process"]["env"] = image["Env"];
  spec["process"]["user"] = {{"uid", std::stoi(image["User"].get<std::string>())}, {"gid", 0}};
  for (const std::string& folder : host) {
    if (fs::is_symlink(folder)) {
      fs::copy_symlink(folder, bundle + "/rootfs" + folder);
    } else {
      spec["mounts"].push_back(
          {{"destination", folder}, {"type", "bind"}, {"source", folder}, {"options", {"rbind", "ro"}}});
    }
  }
  pusher.folder.write("bundle/config.json", dump(spec));
  const std::string id = fmt::format("cloudflow-test-{}", ::getpid());
  const Result<ProcessOutput> out =
      run_process({.command = {"runc", "--root", pusher.folder.path("state"), "run", "--bundle", bundle, id}}, {});
  REQUIRE(out);
  if (out->status != 0 && out->errors.find("cgroup") != std::string::npos) SKIP("runc cannot make control groups here");
  INFO(out->errors);
  CHECK(out->status == 0);
  return out->output;
}

/// base64 as tokens have it.
std::string url_base64(std::string_view bytes) {
  std::string out = to_base64(bytes);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  out.resize(out.find_last_not_of('=') + 1);
  return out;
}

/// Gives whoever has the password a token for everything that is asked for, and others one for reading.
class TokenService {
 public:
  explicit TokenService(const TempFolder& keys) : keys_(keys) {
    server_.otherwise([this](const SeenRequest& request) -> FaultAnswer {
      const bool knows = request.header("authorization") == "Basic " + to_base64("robot:open sesame");
      Json access = Json::array();
      for (std::string part : split(request.target.substr(request.target.find('?') + 1), '&')) {
        if (!part.starts_with("scope=")) continue;
        const std::vector<std::string> words = split(part.substr(6), ':');
        const std::vector<std::string> wanted = split(words.at(2), ',');
        access.push_back(
            {{"type", words.at(0)}, {"name", words.at(1)}, {"actions", knows ? wanted : std::vector<std::string>{}}});
      }
      return {.body = dump({{"token", token(access)}})};
    });
  }
  std::string url() const { return server_.url(); }

 private:
  std::string token(const Json& access) const {
    std::string certificate = keys_.read("cert.pem");
    certificate = certificate.substr(certificate.find('\n') + 1);
    certificate.resize(certificate.find("-----"));
    std::erase(certificate, '\n');
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(real_clock().wall().time_since_epoch()).count();
    const Json head = {{"typ", "JWT"}, {"alg", "RS256"}, {"x5c", {certificate}}};
    const Json claims = {{"iss", "tests"},  {"sub", "robot"}, {"aud", "registry"}, {"exp", now + 300},
                         {"nbf", now - 60}, {"iat", now},     {"jti", "1"},        {"access", access}};
    const std::string text = url_base64(dump(head)) + "." + url_base64(dump(claims));
    const Result<ProcessOutput> signature =
        run_process({.command = {"openssl", "dgst", "-sha256", "-sign", keys_.path("key.pem")}, .input = text}, {});
    return text + "." + url_base64(signature ? signature->output : "");
  }

  const TempFolder& keys_;
  FaultServer server_{};
};

}  // namespace

TEST_CASE("skopeo reads back what was pushed to Debian's registry", "[image][slow]") {
  need_registry();
  const DebianRegistry registry;
  Pusher pusher;
  const std::string name = registry.host() + "/shop/sensors:1.0";
  const Result<BuiltImage> built = pusher.build(
      {.name = name, .program = CLOUDFLOW_SENSOR_DATA, .labels = {{"com.example.l", "v"}}, .descriptors = "[]"});
  REQUIRE(built);
  const Result<PushedImage> pushed = pusher.push(name);
  REQUIRE(pushed);
  CHECK(pushed->sent == 2);
  CHECK(pusher.push(name)->there == 2);

  const Json seen = Json::parse(ran({"skopeo", "inspect", "--tls-verify=false", "docker://" + name}).output);
  CHECK(seen["Digest"] == built->manifest.digest);
  CHECK(seen["Labels"]["com.example.l"] == "v");
  CHECK(seen["RepoTags"] == Json{"1.0"});
  ran({"skopeo", "copy", "--src-tls-verify=false",
       fmt::format("docker://{}/shop/sensors@{}", registry.host(), built->manifest.digest),
       "oci:" + pusher.folder.path("back") + ":1.0"});
  CHECK(Layout::open(pusher.folder.path("back"))->held()->manifest.digest == built->manifest.digest);

  // Another image on top of it, in another repository: its layers are there, and stay where they are.
  Pusher other;
  const std::string child = registry.host() + "/shop/child:1";
  REQUIRE(other.build({.name = child, .base = name, .files = {{"/x", other.folder.write("x", "x")}}}));
  const Result<PushedImage> on_top = other.push(child);
  REQUIRE(on_top);
  CHECK(on_top->mounted == 2);
  CHECK(on_top->sent == 1);
  CHECK(Json::parse(ran({"skopeo", "inspect", "--tls-verify=false", "docker://" + child}).output)["Layers"].size() ==
        3);
}

TEST_CASE("Debian's registry takes a password", "[image][slow]") {
  need_registry();
  // "open sesame"
  const DebianRegistry registry({.login = "robot:$2y$04$GfEPRHXosipY985zSUljNusRN896ZyCNOPcvxjAVHzoUuVi7jm4d."});
  Pusher pusher;
  const std::string name = registry.host() + "/shop/x:1";
  REQUIRE(pusher.build({.name = name, .files = {{"/x", pusher.folder.write("x", "x")}}}));
  const Result<PushedImage> nobody = pusher.push(name);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().kind == ErrorKind::unauthenticated);
  const auto log_in = [&](const std::string& password) {
    pusher.folder.write("config.json", fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", registry.host(),
                                                   to_base64("robot:" + password)));
  };
  log_in("wrong");
  const Result<PushedImage> wrong = pusher.push(name);
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().hint, ContainsSubstring("the login of \"robot\""));
  log_in("open sesame");
  CHECK(pusher.push(name).has_value());
}

TEST_CASE("Debian's registry takes tokens of the service that it names", "[image][slow]") {
  need_registry();
  const TempFolder keys;
  ran({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens", "-keyout",
       keys.path("key.pem"), "-out", keys.path("cert.pem")});
  TokenService tokens(keys);
  const DebianRegistry registry(
      {.auth = fmt::format("{{token: {{realm: \"{}/token\", service: registry, issuer: tests, rootcertbundle: {}}}}}",
                           tokens.url(), keys.path("cert.pem"))});
  Pusher pusher;
  const std::string name = registry.host() + "/shop/base:1";
  REQUIRE(pusher.build({.name = name, .files = {{"/x", pusher.folder.write("x", "x")}}}));
  const Result<PushedImage> nobody = pusher.push(name);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().kind == ErrorKind::unauthenticated);
  CHECK_THAT(nobody.error().hint, ContainsSubstring("there is no login for " + registry.host()));
  const std::string logins =
      fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", registry.host(), to_base64("robot:open sesame"));
  pusher.folder.write("config.json", logins);
  REQUIRE(pusher.push(name));

  // One token for both repositories.
  Pusher other;
  other.folder.write("config.json", logins);
  const std::string child = registry.host() + "/shop/child:1";
  REQUIRE(other.build({.name = child, .base = name, .files = {{"/y", other.folder.write("y", "y")}}}));
  const Result<PushedImage> on_top = other.push(child);
  REQUIRE(on_top);
  CHECK(on_top->mounted == 2);
  CHECK(on_top->sent == 1);
}

TEST_CASE("an upload that Debian's registry cannot go on with begins anew", "[image][slow]") {
  need_registry();
  const DebianRegistry registry;
  const int port = std::stoi(registry.host().substr(registry.host().find(':') + 1));
  HttpClient behind({}, real_clock());
  FaultServer proxy;
  std::atomic<int> patches = 0;
  proxy.otherwise([&](const SeenRequest& request) -> FaultAnswer {
    if (request.method == "PATCH" && ++patches == 1) {
      send_half(port, request);
      return {.fault = Fault::reset};
    }
    HttpRequest forwarded{
        .method = request.method, .url = "http://" + registry.host() + request.target, .body = request.body};
    for (const char* header : {"host", "content-type", "content-range", "accept"}) {
      if (const std::string value = request.header(header); !value.empty()) forwarded.headers.emplace(header, value);
    }
    const Result<HttpResponse> answer = behind.send(forwarded, {});
    if (!answer) return {.status = 502};
    FaultAnswer out{.status = answer->status, .body = answer->body};
    for (const char* header : {"location", "range", "docker-content-digest"}) {
      if (answer->headers.contains(header)) out.headers.emplace_back(header, answer->headers.at(header));
    }
    return out;
  });
  Pusher pusher;
  std::string random(3'000'000, '\0');
  std::minstd_rand numbers(7);
  for (char& c : random) c = static_cast<char>(numbers());
  const std::string name = proxy.url().substr(7) + "/shop/x:1";
  REQUIRE(pusher.build({.name = name, .files = {{"/x", pusher.folder.write("x", random)}}}));
  REQUIRE(pusher.push(name));
  CHECK(patches >= 2);
  ran({"skopeo", "copy", "--src-tls-verify=false", "docker://" + registry.host() + "/shop/x:1",
       "oci:" + pusher.folder.path("back")});
}

TEST_CASE("runc runs a program from an image that has nothing else", "[image][slow]") {
  Pusher pusher;
  REQUIRE(pusher.build({.name = "r.example.com/x:1", .program = CLOUDFLOW_SENSOR_DATA, .descriptors = "[]"}));
  CHECK(ran_by_runc(pusher, {"--describe"}) == ran({CLOUDFLOW_SENSOR_DATA, "--describe"}).output);
}

TEST_CASE("runc runs the jars and classes of a class path on a base with Java", "[image][slow]") {
  const TempFolder work;
  work.write(
      "Main.java",
      "public class Main { public static void main(String[] a) throws Exception {\n"
      "System.out.println(Named.NAME + \" \" + System.getProperty(\"x\") + \" \" + String.join(\",\", a)); } }\n");
  work.write("Named.java", "public class Named { public static final String NAME = new String(\"named\"); }\n");
  fs::create_directories(work.path("lib"));
  ran({"javac", "-d", work.path("lib"), work.path("Named.java")});
  ran({"jar", "--create", "--file", work.path("named-1.0.jar"), "-C", work.path("lib"), "Named.class"});
  ran({"javac", "-cp", work.path("lib"), "-d", work.path("classes"), work.path("Main.java")});

  // This machine is the base: its folders take the place of layers.
  Pusher base;
  REQUIRE(base.build({.name = "r.example.com/jdk:1", .files = {{"/x", base.folder.write("x", "x")}}}));
  Pusher pusher;
  const Result<BuiltImage> built = pusher.build({.name = "r.example.com/x:1",
                                                 .base = "oci:" + base.folder.path("image"),
                                                 .class_path = {work.path("named-1.0.jar"), work.path("classes")},
                                                 .main_class = "Main",
                                                 .environment = {{"JAVA_OPTS", "-Xmx64m -Dx=y"}}});
  REQUIRE(built);
  CHECK(ran_by_runc(pusher, {"a", "b"}, {"/usr", "/bin", "/lib", "/lib64", "/etc"}, built->base_layers) ==
        "named y a,b\n");
}
