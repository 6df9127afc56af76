// Wired in by its own commit.
#include "providers/kafka/kafka_provider.h"
