// Random Avro schemas, and small changes of them.
#pragma once

#include <random>
#include <string>

#include "cloudflow/json.h"

namespace cloudflow::testing {

/// A record. Named types have their namespace written out, and are referred to by full name.
Json random_avro(std::mt19937& random);
/// Changes one thing; the result need not be a schema.
void edit_avro(Json& schema, std::mt19937& random);

}  // namespace cloudflow::testing
