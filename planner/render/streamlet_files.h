// The documents that a streamlet finds in its container (docs/compatibility.md, Documents in the container).
#pragma once

#include <map>
#include <string>

#include "planner/application/application.h"
#include "planner/settings/effective_config.h"

namespace cloudflow {

/// The keys of a streamlet's Secret, each a JSON document: application.conf, secret.conf, runtime-config.conf,
/// pods-config.conf.
std::map<std::string, ConfigValue> streamlet_documents(const Application& application, const Streamlet& streamlet,
                                                       const EffectiveConfig& config);

/// Changes exactly when something changes that the streamlet reads while it runs: its two documents without what only
/// topics and pods are made from, and the logging configuration. Keyed with the streamlet's identity, so that no table
/// of digests of likely passwords fits; whoever may read the digest and guess the whole document can still test the
/// guess.
std::string reading_digest(const Application& application, const Streamlet& streamlet,
                           const std::map<std::string, ConfigValue>& documents, const std::string& logback);

/// What a streamlet that was started with one Secret would read otherwise from the other: `before` and `after` hold the
/// documents by key, and the answer has "secret.conf: cloudflow.streamlets.a.rate", without values. How keys are
/// nested, nulls and what no running streamlet reads make no difference.
std::vector<std::string> read_otherwise(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after);
/// Whether that is nothing.
bool reads_the_same(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after);

}  // namespace cloudflow
