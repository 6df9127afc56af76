// How libgit2 reaches servers: its smart protocol over our own streams.
#include "planner/source/git_transport.h"

#include <git2.h>
#include <git2/sys/transport.h>

namespace cloudflow {
namespace {

/// libgit2 sees the first member, we the rest.
struct Stream {
  git_smart_subtransport_stream base{};
  GitCall* call = nullptr;
  std::unique_ptr<GitStream> stream{};
};

struct Transport {
  git_smart_subtransport base{};
  GitCall* call = nullptr;
  std::unique_ptr<GitTransport> transport{};
  Stream* open = nullptr;  ///< the one that goes on, where there is only one for the whole conversation
};

bool is_web(const GitUrl& url) { return url.scheme == "https" || url.scheme == "http"; }

int read_stream(git_smart_subtransport_stream* base, char* buffer, std::size_t room, std::size_t* got) {
  auto* stream = reinterpret_cast<Stream*>(base);
  const Result<std::size_t> read = stream->stream->read(buffer, room);
  if (!read) return stream->call->fail(read.error());
  *got = *read;
  return 0;
}

int write_stream(git_smart_subtransport_stream* base, const char* bytes, std::size_t size) {
  auto* stream = reinterpret_cast<Stream*>(base);
  const Result<void> written = stream->stream->write({bytes, size});
  return written ? 0 : stream->call->fail(written.error());
}

void free_stream(git_smart_subtransport_stream* base) {
  auto* stream = reinterpret_cast<Stream*>(base);
  auto* transport = reinterpret_cast<Transport*>(base->subtransport);
  if (transport->open == stream) transport->open = nullptr;
  delete stream;  // NOLINT(cppcoreguidelines-owning-memory): libgit2 held it
}

int open_stream(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char*,
                git_smart_service_t service) {
  auto* transport = reinterpret_cast<Transport*>(base);
  if (transport->open != nullptr && !is_web(transport->call->url)) {
    *out = &transport->open->base;
    return 0;
  }
  Result<std::unique_ptr<GitStream>> opened = transport->transport->open(service == GIT_SERVICE_UPLOADPACK_LS);
  if (!opened) return transport->call->fail(opened.error());
  auto stream = std::make_unique<Stream>();
  stream->base = {.subtransport = base, .read = read_stream, .write = write_stream, .free = free_stream};
  stream->call = transport->call;
  stream->stream = std::move(*opened);
  transport->open = stream.get();
  *out = &stream.release()->base;
  return 0;
}

int close_transport(git_smart_subtransport*) { return 0; }

void free_transport(git_smart_subtransport* base) {
  delete reinterpret_cast<Transport*>(base);  // NOLINT(cppcoreguidelines-owning-memory): libgit2 held it
}

int open_transport(git_smart_subtransport** out, git_transport*, void* param) {
  auto* call = static_cast<GitCall*>(param);
  auto transport = std::make_unique<Transport>();
  transport->base = {.action = open_stream, .close = close_transport, .free = free_transport};
  transport->call = call;
  transport->transport = is_web(call->url) ? make_web_transport(*call) : make_ssh_transport(*call);
  *out = &transport.release()->base;
  return 0;
}

}  // namespace

int GitCall::fail(const Error& why) {
  if (!error) error = why;
  git_error_set_str(GIT_ERROR_NET, why.message.c_str());
  return GIT_ERROR;
}

int make_transport(git_transport** out, git_remote* owner, void* param) {
  auto* call = static_cast<GitCall*>(param);
  const bool web = is_web(call->url);
  git_smart_subtransport_definition definition{.callback = open_transport, .rpc = web ? 1U : 0U, .param = call};
  return git_transport_smart(out, owner, &definition);
}

}  // namespace cloudflow
