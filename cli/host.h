// The machine the command runs on: the only reader of the environment, the home folder and the terminal.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace cloudflow {

/// What commands may know of the outside. Tests make their own.
struct Host {
  bool output_is_terminal = false;   ///< stdout
  bool errors_are_terminal = false;  ///< stderr
  bool input_is_terminal = false;
  bool colour = false;         ///< for stdout
  bool colour_errors = false;  ///< for stderr
  int output_width = 0;        ///< columns of stdout; 0 when it is no terminal or does not say
  int error_width = 0;         ///< the same of stderr
  std::stop_token finish{};    ///< first Ctrl-C: end what is in flight
  std::stop_token abort{};     ///< second Ctrl-C: leave at once
};

/// The value of an environment variable; nothing when it is not set.
std::optional<std::string> environment_variable(std::string_view name);

/// Reads terminal and environment (NO_COLOR, CLOUDFLOW_COLOR) and installs the handlers of SIGINT and SIGTERM.
Host make_host();

/// Writes to stdout or stderr at once. The one place that all text passes through: see for_terminal().
void print_out(std::string_view text);
void print_err(std::string_view text);

/// Why an answer could not be written to stdout, as on a full disk; nothing when all was. A closed pipe is no problem.
std::optional<std::string> output_problem();

/// Whether nobody reads stdout any more.
bool output_is_closed();

/// A line typed by the user; nothing at the end of input and on Ctrl-C.
std::optional<std::string> read_line();
/// A line of standard input, the last one also without its end; nothing at the end of input and on Ctrl-C.
std::optional<std::string> read_input_line();

/// "user@machine", for locks and records.
std::string who_am_i();

/// The folder for what can be fetched again: $CLOUDFLOW_CACHE, $XDG_CACHE_HOME/cloudflow or ~/.cache/cloudflow.
std::string cache_folder();

}  // namespace cloudflow
