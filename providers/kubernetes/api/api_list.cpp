// Listing page by page.
#include <fmt/format.h>

#include <optional>

#include "providers/kubernetes/api/api_client.h"
#include "sdk/support/background_task.h"

namespace cloudflow {
namespace {

/// Reads metadata.continue of a List and stops there: the server writes metadata before items.
class ContinueReader final : public nlohmann::json_sax<Json> {
 public:
  std::string token{};

  bool key(string_t& name) override {
    if (depth_ == 1) in_metadata_ = name == "metadata";
    wanted_ = depth_ == 2 && in_metadata_ && name == "continue";
    return !(depth_ == 1 && name == "items" && seen_metadata_);
  }
  bool string(string_t& value) override {
    if (std::exchange(wanted_, false)) token = value;
    return true;
  }
  bool start_object(std::size_t) override { return ++depth_, true; }
  bool end_object() override {
    if (--depth_ == 1 && in_metadata_) seen_metadata_ = true;
    return true;
  }
  bool start_array(std::size_t) override { return ++depth_, true; }
  bool end_array() override { return --depth_, true; }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  int depth_ = 0;
  bool in_metadata_ = false;
  bool seen_metadata_ = false;
  bool wanted_ = false;
};

std::string continue_token(std::string_view page) {
  ContinueReader reader;
  static_cast<void>(Json::sax_parse(page, &reader));
  return reader.token;
}

ApiRequest list_request(const ApiPath& collection, const ListOptions& options, const std::string& token) {
  ApiRequest request;
  request.verb = "list";
  request.target = collection;
  request.idempotent = true;
  if (options.metadata_only) request.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  std::string& query = request.query;
  if (options.page > 0) query += fmt::format("&limit={}", options.page);
  if (!options.labels.empty()) query += "&labelSelector=" + url_escaped(options.labels);
  if (!options.fields.empty()) query += "&fieldSelector=" + url_escaped(options.fields);
  if (!token.empty()) query += "&continue=" + url_escaped(token);
  if (!query.empty()) query.erase(0, 1);
  return request;
}

}  // namespace

ApiResult<void> ApiClient::list(const ApiPath& collection, const ListOptions& options,
                                const std::function<Result<void>(const ListPage&)>& on_page,
                                const std::stop_token& stop) {
  constexpr int most_restarts = 3;
  int restarts = 0;
  bool first = true;
  ApiResult<ApiReply> reply = send(list_request(collection, options, ""), stop);
  for (;;) {
    if (!reply && reply.error().status == 410 && !first && ++restarts <= most_restarts) {
      first = true;
      reply = send(list_request(collection, options, ""), stop);
      continue;
    }
    if (!reply) return std::unexpected(std::move(reply).error());
    const std::string token = continue_token(reply->body);
    std::optional<BackgroundTask<ApiResult<ApiReply>>> ahead;
    if (!token.empty()) {
      const auto ask = [this, request = list_request(collection, options, token)](const std::stop_token& until) {
        return send(request, until);
      };
      ahead.emplace(ask, stop);
    }
    CF_CHECK(on_page({reply->body, first}));
    if (!ahead) return {};
    first = false;
    reply = ahead->take();
  }
}

}  // namespace cloudflow
