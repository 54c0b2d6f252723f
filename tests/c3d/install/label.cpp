// A program of someone else's: what does this video show? With a third argument it writes a page about it.
#include <c3d/error.h>
#include <c3d/report.h>
#include <c3d/video_classifier.h>

#include <cstdio>

int main(int count, char** arguments) {
  if (count != 3 && count != 4) return 2;
  try {
    // Plain loops: the same answer on every machine, but slow. Leave the device out to take the best there is.
    c3d::VideoClassifier classifier(arguments[1], {.device = {.device = "reference"}});
    const c3d::LabeledVideo video = classifier.label(arguments[2], {.clips = 2});
    for (const c3d::RankedLabel& label : video.labels) {
      std::printf("%s %.3f\n", label.name.c_str(), label.probability);
    }
    if (count == 4) {
      c3d::write_label_page({.labels = classifier.labels(), .videos = {video}}, arguments[3]);
    }
    return 0;
  } catch (const c3d::Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return 1;
  }
}
