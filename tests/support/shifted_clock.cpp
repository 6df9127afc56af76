// Put before the C++ library (LD_PRELOAD), it lets what a program takes for the time of day be wrong by
// $CLOUDFLOW_TEST_CLOCK_SHIFT seconds. How fast time passes, and what the C libraries see, stay as they are: waits
// until a time of day end by the kernel's clock.
#include <time.h>

#include <chrono>
#include <cstdlib>

namespace std::chrono {

system_clock::time_point system_clock::now() noexcept {
  static const long shift = [] {
    const char* text = std::getenv("CLOUDFLOW_TEST_CLOCK_SHIFT");
    return text == nullptr ? 0 : std::atol(text);
  }();
  timespec real{};
  clock_gettime(CLOCK_REALTIME, &real);
  return time_point(seconds(real.tv_sec + shift) + nanoseconds(real.tv_nsec));
}

}  // namespace std::chrono
