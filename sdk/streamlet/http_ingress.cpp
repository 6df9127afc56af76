// Takes values over HTTP, and answers when their records are acknowledged.
#include "cloudflow/streamlet/http_ingress.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "sdk/http/http_server.h"
#include "sdk/streamlet/log.h"
#include "sdk/streamlet/units.h"

namespace cloudflow::streamlet {
namespace {

using namespace std::chrono_literals;

constexpr auto moment = 50ms;  ///< after which it is looked whether the run stops

HttpReply refusal(int status, const std::string& why) {
  return {.status = status, .type = "application/json", .body = dump(Json{{"error", why}}) + "\n"};
}

HttpReply stopping() { return refusal(503, "the program stops"); }

}  // namespace

Json json_of_body(std::string_view body) {
  if (body.empty()) throw CodecError("there is no body");
  try {
    return json_of_bytes(body);
  } catch (const Json::parse_error& problem) {  // its own words quote the body
    throw CodecError(fmt::format("the body is no JSON: it goes wrong at byte {}", problem.byte));
  } catch (const Json::out_of_range&) {
    throw CodecError("a number of the body is too large");
  }
}

std::string why_not(const Json::exception& problem) {
  const std::string_view words = problem.what();  // "[json.exception.type_error.302] type must be …"
  const std::size_t end = words.starts_with('[') ? words.find("] ") : std::string_view::npos;
  return std::string(end == std::string_view::npos ? words : words.substr(end + 2));
}

struct HttpIngress::State {
  /// A value on its way. Its thread waits for the answer, and the streamlet's thread gives it.
  struct Post {
    Send send{};
    bool is_taken = false;
    std::shared_ptr<Receipt> receipt{};  ///< of the last time that it was sent
    std::optional<HttpReply> answer{};
  };

  Streamlet& owner;
  HttpIngressSettings settings{};
  Read read{};
  std::mutex mutex{};
  std::condition_variable changed{};
  std::deque<Post*> waiting{};
  bool is_clear = true;                  ///< of the streamlet's thread: nothing that was sent is on its way any more
  std::unique_ptr<HttpServer> server{};  // ends first: its threads use what is above

  HttpReply answer(const HttpQuestion& question) {
    if (owner.is_stopping()) return stopping();
    if (question.method != "POST" && question.method != "PUT") {
      HttpReply reply = refusal(405, "values come by POST or PUT");
      reply.headers = "Allow: POST, PUT\r\n";
      return reply;
    }
    if (question.body_end == HttpBodyEnd::too_large)
      return refusal(413, fmt::format("the body has more than {} bytes", settings.largest_body));
    if (question.body_end == HttpBodyEnd::late)
      return refusal(408, fmt::format("the body has not come within {}", duration_text(settings.body_within)));
    if (question.body_end == HttpBodyEnd::cut) return refusal(400, "the body ends before its end");
    Post post;
    try {
      // Threads of the HTTP server have a stack of 100 kB, which is too little for values inside of values.
      post.send = std::async(std::launch::async, [&] { return read(question.body); }).get();
    } catch (const std::system_error&) {  // there is no further thread: nothing is wrong with the value
      return refusal(503, "too much is going on");
    } catch (const std::exception& problem) {
      return refusal(400, problem.what());
    }
    return wait(post);
  }

  HttpReply wait(Post& post) {
    std::unique_lock lock(mutex);
    waiting.push_back(&post);
    changed.notify_all();
    while (!post.answer) {
      changed.wait_for(lock, moment);
      if (post.is_taken || !owner.is_stopping()) continue;
      std::erase(waiting, &post);
      return stopping();
    }
    return *std::move(post.answer);
  }

  std::vector<Post*> take() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, moment, [this] { return !waiting.empty(); });
    std::vector<Post*> out(waiting.begin(), waiting.end());
    for (Post* post : out) post->is_taken = true;
    waiting.clear();
    return out;
  }

  /// Who waits for it may be gone afterwards, and the post with it.
  void settle(Post& post, HttpReply reply) {
    const std::scoped_lock lock(mutex);
    post.answer = std::move(reply);
    changed.notify_all();
  }

  /// Whether it is on its way; else it is answered.
  bool send(Post* post) {
    try {
      post->receipt = std::make_shared<Receipt>();
      post->send(post->receipt);
      return true;
    } catch (const CodecError& problem) {
      settle(*post, refusal(400, problem.what()));
    } catch (const TooLargeError& problem) {
      settle(*post, refusal(413, problem.what()));
    } catch (const std::exception& problem) {
      if (!owner.is_stopping())
        log::warn(fmt::format("a value that came over HTTP cannot be sent: {}", problem.what()));
      settle(*post, owner.is_stopping() ? stopping() : refusal(500, problem.what()));
    }
    return false;
  }

  /// Sends these, and waits for what becomes of them as long as there is time. Who is answered at once leaves.
  void deliver(std::vector<Post*>& posts, std::chrono::steady_clock::time_point end) {
    std::erase_if(posts, [this](Post* post) { return !send(post); });
    is_clear = posts.empty() || owner.flush(std::max(0ns, std::chrono::nanoseconds(end - now())));
  }

  void answer_all(std::vector<Post*> posts) {
    const auto end = now() + settings.answer_within;
    const bool is_alone = is_clear && posts.size() == 1;
    deliver(posts, end);
    std::erase_if(posts, [&](Post* post) {
      if (is_refused(*post->receipt) && !is_alone) return false;
      settle(*post, answer_of(*post->receipt));
      return true;
    });
    for (Post* post : posts) answer_alone(*post, end);
  }

  /// Brokers refuse a batch as a whole. Whose fault it is turns out when each goes again, with nothing else.
  void answer_alone(Post& post, std::chrono::steady_clock::time_point end) {
    if (!is_clear) return settle(post, no_answer());
    std::vector<Post*> again{&post};
    deliver(again, end);
    if (!again.empty()) settle(post, answer_of(*post.receipt));
  }

  static bool is_refused(const Receipt& receipt) {
    return receipt.state() == Receipt::State::too_large || receipt.state() == Receipt::State::refused;
  }

  static HttpReply answer_of(const Receipt& receipt) {
    switch (receipt.state()) {
      case Receipt::State::acknowledged:
        return {.status = 202, .type = "text/plain; charset=utf-8"};
      case Receipt::State::too_large:
        return refusal(413, receipt.why());
      case Receipt::State::refused:
        log::warn("a value that came over HTTP is refused: " + receipt.why());
        return refusal(422, receipt.why());
      case Receipt::State::on_the_way:
        break;
    }
    return no_answer();
  }

  static HttpReply no_answer() { return refusal(503, "the brokers have not acknowledged it in time; it may be there"); }

  static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

  void open(ServerPort& port) {
    const std::string address =
        port.host().empty() ? std::to_string(port.number()) : fmt::format("{}:{}", port.host(), port.number());
    Result<std::unique_ptr<HttpServer>> opened =
        HttpServer::open({.address = address,
                          .threads = settings.connections,
                          .largest_body = settings.largest_body,
                          .body_within = settings.body_within,
                          .answer = [this](const HttpQuestion& question) { return answer(question); }});
    if (!opened) throw std::runtime_error("cannot take values over HTTP on " + opened.error().message);
    server = *std::move(opened);
    port.set(server->port(), port.host());  // where it was 0, as in a test
    log::info("takes values over HTTP on port " + std::to_string(server->port()));
  }
};

HttpIngress::HttpIngress(Streamlet& owner, HttpIngressSettings settings, Read read)
    : owner_(owner), port_(owner), state_(new State{.owner = owner, .settings = settings, .read = std::move(read)}) {
  owner.generate([this] { return serve(); });
}

HttpIngress::~HttpIngress() = default;

/// What has come meanwhile is sent together, and answered when it is known what has become of all of it: so there is
/// one wait for many values, and none for a value alone that is longer than its own way.
bool HttpIngress::serve() {
  if (!state_->server) state_->open(port_);
  if (std::vector<State::Post*> posts = state_->take(); !posts.empty()) state_->answer_all(std::move(posts));
  return true;
}

}  // namespace cloudflow::streamlet
