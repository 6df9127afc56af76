// One program with all streamlets; which one it is, its documents say.
#include "streamlets.h"

int main(int argc, char** argv) {
  return Program{}
      .with<CallRecordGenerator>("callrecords.CallRecordGenerator", "Makes call records up")
      .with<CallRecordIngress>("callrecords.CallRecordIngress", "Takes call records over HTTP")
      .with<CallRecordValidation>("callrecords.CallRecordValidation", "Tells good records from bad ones")
      .with<CallStatsAggregator>("callrecords.CallStatsAggregator", "Adds up the calls of each user in windows of time")
      .with<CallStatsEgress>("callrecords.CallStatsEgress", "Prints statistics")
      .with<InvalidRecordLogger>("callrecords.InvalidRecordLogger", "Prints records that do not count")
      .run(argc, argv);
}
