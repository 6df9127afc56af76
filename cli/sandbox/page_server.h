// A page of this machine's browser.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cloudflow/result.h"
#include "providers/sandbox/local_port.h"
#include "sdk/http/http_server.h"

namespace cloudflow {

/// What it answers. Called by its threads.
struct PageAnswers {
  std::function<std::string()> page{};  ///< GET /, HTML
  std::function<std::string()> data{};  ///< GET /flow.json
};

/// Serves on 127.0.0.1 only, and only who asks for it by that name: a foreign page that has its own name lead here gets
/// nothing.
class PageServer {
 public:
  static Result<std::unique_ptr<PageServer>> open(LocalPort port, PageAnswers answers);
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  /// "http://127.0.0.1:4040/"
  std::string address() const;

 private:
  PageServer(LocalPort port, std::unique_ptr<HttpServer> server) : port_(std::move(port)), server_(std::move(server)) {}

  LocalPort port_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace cloudflow
