// A whole live run: the source is read on one thread, and the network asked on the thread that calls.
#pragma once

#include "c3d/inference/classifier.h"
#include "c3d/live.h"
#include "c3d/live/live_rule.h"

namespace c3d {

// As LiveClassifier::run() says.
LiveTotals run_live(Classifier& classifier, const LiveRule& rule, const LiveCallbacks& callbacks);

}  // namespace c3d
