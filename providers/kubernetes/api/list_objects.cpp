// Page by page, item by item.
#include "providers/kubernetes/api/list_objects.h"

#include "providers/kubernetes/api/list_items.h"

namespace cloudflow {

Result<void> each_object(ApiClient& client, const ApiPath& collection, const ListOptions& options,
                         const std::function<void()>& begin, const std::function<void(Json)>& take,
                         const std::stop_token& stop) {
  const auto page = [&](const ListPage& one) -> Result<void> {
    if (one.first) begin();
    return for_each_item(one.text, [&](std::string_view item) -> Result<void> {
      Json object = Json::parse(item, nullptr, false);
      if (object.is_object()) take(std::move(object));
      return {};
    });
  };
  CF_CHECK(client.list(collection, options, page, stop));
  return {};
}

Result<std::vector<Json>> list_objects(ApiClient& client, const ApiPath& collection, const ListOptions& options,
                                       const std::stop_token& stop) {
  std::vector<Json> out;
  CF_CHECK(each_object(
      client, collection, options, [&] { out.clear(); }, [&](Json object) { out.push_back(std::move(object)); }, stop));
  return out;
}

}  // namespace cloudflow
