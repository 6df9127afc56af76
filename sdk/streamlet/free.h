// Frees what a C library made, as the deleter of a std::unique_ptr.
#pragma once

namespace cloudflow::streamlet {

template <auto release>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    release(handle);
  }
};

}  // namespace cloudflow::streamlet
