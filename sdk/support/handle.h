// RAII over C handles: Handle<git_tree, git_tree_free> frees itself.
#pragma once

#include <memory>

namespace cloudflow {

/// Makes std::unique_ptr own a C library's handle.
template <auto release>
struct Release {
  template <class T>
  void operator()(T* handle) const {
    release(handle);
  }
};

template <class T, auto release>
using Handle = std::unique_ptr<T, Release<release>>;

/// Adapts a Handle to a T** out-parameter for one call (std::out_ptr is missing in libstdc++ 12).
template <class HandleType>
class Out {
 public:
  explicit Out(HandleType& handle) : handle_(handle) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { handle_.reset(raw_); }
  operator typename HandleType::pointer *() { return &raw_; }  // NOLINT: implicit on purpose

 private:
  HandleType& handle_;
  typename HandleType::pointer raw_ = nullptr;
};

}  // namespace cloudflow
