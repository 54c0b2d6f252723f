#include "data/video_signature.h"

#include <string>
#include <vector>

#include "catch.h"
#include "data/near_duplicates.h"
#include "engine/core/disjoint_sets.h"
#include "tests/support/scenes.h"

using namespace c3d;

namespace {

VideoSignature signed_scene(const Scene& scene) {
  SceneFrames frames(scene);
  return signature_of(frames);
}

// As the first pass sees them: in turn, with no number known.
VideoSignature signed_in_turn(const Scene& scene) {
  SignatureMaker maker;
  for (int frame = 0; frame < scene.frames; ++frame) {
    if (maker.wants_next()) {
      maker.add(draw_scene(scene, (frame + 0.5) / scene.frames), scene.width, scene.height);
    } else {
      maker.skip();
    }
  }
  return maker.finish();
}

// Everything of one level, which grows from frame to frame.
class FadingFrames : public SceneFrames {
 public:
  using SceneFrames::SceneFrames;
  void read(std::int64_t first, int /*stride*/, int /*count*/, std::span<std::uint8_t> out) override {
    std::ranges::fill(out, static_cast<std::uint8_t>(40 + first));
  }
};

}  // namespace

TEST_CASE("a signature is the same in turn and by number, however long the video") {
  for (const int frames : {1, 5, 63, 64, 65, 200, 1000}) {
    const Scene scene{.place = 1, .motion = 2, .frames = frames};
    CHECK(signed_in_turn(scene) == signed_scene(scene));
  }
}

TEST_CASE("a maker looks at a bounded part of a long video") {
  SignatureMaker maker;
  const std::vector<std::uint8_t> frame(8 * 8 * 3, 100);
  int looked = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (maker.wants_next()) {
      maker.add(frame, 8, 8);
      ++looked;
    } else {
      maker.skip();
    }
  }
  CHECK(looked < 500);
}

TEST_CASE("a copy of another size rate or brightness is known") {
  const Scene scene{.place = 3, .motion = 4, .frames = 120};
  const VideoSignature original = signed_scene(scene);
  REQUIRE(original.is_telling());
  Scene copy = scene;
  copy.width = 171;
  copy.height = 64;
  CHECK(are_near_duplicates(original, signed_scene(copy)));
  copy.frames = 60;
  CHECK(are_near_duplicates(original, signed_scene(copy)));
  copy.frames = 101;
  CHECK(are_near_duplicates(original, signed_scene(copy)));
  copy.brighter = 15;
  CHECK(are_near_duplicates(original, signed_scene(copy)));
}

TEST_CASE("different motions before one place are no copies") {
  std::vector<VideoSignature> all;
  for (std::uint64_t motion = 0; motion < 60; ++motion) {
    all.push_back(signed_scene({.place = 5, .motion = motion}));
    REQUIRE(all.back().is_telling());
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(are_near_duplicates(all[i], all[j]));
  }
}

TEST_CASE("one motion before different places makes no copies") {
  CHECK_FALSE(
      are_near_duplicates(signed_scene({.place = 6, .motion = 1}), signed_scene({.place = 7, .motion = 1})));
}

TEST_CASE("videos in which nothing moves, or only the light, are not judged") {
  FadingFrames fading(Scene{});
  const VideoSignature fade = signature_of(fading);
  CHECK_FALSE(fade.is_telling());
  CHECK_FALSE(are_near_duplicates(fade, fade));
  const VideoSignature still = signed_scene({.frames = 1});
  CHECK_FALSE(still.is_telling());
  CHECK(motion_likeness(still, still) == 0);
}

TEST_CASE("a video smaller than the cells has a signature") {
  const Scene scene{.frames = 20, .width = 3, .height = 2};
  CHECK(signed_scene(scene) == signed_in_turn(scene));
}

TEST_CASE("a signature survives its text and other texts are none") {
  const VideoSignature signature = signed_scene({.place = 8, .motion = 9});
  const std::string text = signature_text(signature);
  CHECK(parse_signature(text) == signature);
  CHECK(signature_text({}).size() == text.size());
  CHECK(parse_signature(signature_text({})) == VideoSignature{});
  std::string other = text;
  other[100] = 'g';
  for (const std::string& wrong : {std::string(), text.substr(1), text + "0", other}) {
    CHECK_FALSE(parse_signature(wrong));
  }
  other = text;
  other.back() = '0';  // -8: beyond what is written
  CHECK_FALSE(parse_signature(other));
}

TEST_CASE("copies are found across sides alone, the most alike of each") {
  std::vector<SidedVideo> videos;
  for (std::uint64_t i = 0; i < 40; ++i) {
    videos.push_back({signed_scene({.place = i, .motion = i}), static_cast<std::int32_t>(i % 2)});
  }
  CHECK(near_duplicates(videos).empty());
  const VideoSignature copy =
      signed_scene({.place = 10, .motion = 10, .frames = 75, .width = 200, .height = 90});
  videos.push_back({copy, 0});  // where the original is
  CHECK(near_duplicates(videos).empty());
  videos.push_back({copy, 1});
  const std::vector<NearDuplicate> found = near_duplicates(videos);
  REQUIRE(found.size() == 1);
  CHECK(found[0].earlier == 40);
  CHECK(found[0].later == 41);
  CHECK(found[0].likeness == 1);
}

TEST_CASE("a video with a perfect copy and a good one on the other side is paired with the perfect one") {
  const Scene scene{.place = 3, .motion = 4};
  Scene other = scene;
  other.width = 40;
  other.brighter = 9;
  const std::vector<SidedVideo> videos = {
      {signed_scene(other), 0}, {signed_scene(scene), 0}, {signed_scene(other), 0}, {signed_scene(scene), 1}};
  const std::vector<NearDuplicate> found = near_duplicates(videos);
  REQUIRE(found.size() == 1);
  CHECK(found[0].earlier == 1);
  CHECK(found[0].likeness == 1);
}

TEST_CASE("links join copies and copies of copies into the groups that all pairs would") {
  // Each next one of a scene is a little off the one before it, so that the last is no copy of the first.
  std::vector<VideoSignature> videos;
  for (std::uint64_t place = 0; place < 6; ++place) {
    VideoSignature signature = signed_scene({.place = place, .motion = place});
    for (std::size_t copy = 0; copy < 12; ++copy) {
      videos.push_back(signature);
      for (std::size_t i = 0; i < 40; ++i) {
        std::int8_t& level = signature.motion[(copy * 40 + i) * 2];
        level = static_cast<std::int8_t>(level > 0 ? level - 3 : level + 3);
      }
    }
  }
  std::vector<const VideoSignature*> searched;
  for (const VideoSignature& one : videos) searched.push_back(&one);
  const std::vector<NearDuplicate> links = duplicate_links(searched);
  DisjointSets linked(videos.size()), all_pairs(videos.size());
  for (const NearDuplicate& link : links) {
    CHECK(are_near_duplicates(videos[link.earlier], videos[link.later]));
    CHECK(link.likeness == motion_likeness(videos[link.earlier], videos[link.later]));
    CHECK(link.earlier < link.later);
    linked.join(link.earlier, link.later);
  }
  bool has_chain = false;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (are_near_duplicates(videos[i], videos[j])) all_pairs.join(i, j);
    }
  }
  for (std::size_t i = 0; i < videos.size(); ++i) {
    CHECK(linked.root(i) == all_pairs.root(i));
    has_chain = has_chain || (linked.root(i) != i && !are_near_duplicates(videos[i], videos[linked.root(i)]));
  }
  CHECK(has_chain);
  CHECK(links.size() < videos.size());
}

TEST_CASE("many copies of one video make one link each, and videos that tell nothing none") {
  const VideoSignature one = signed_scene({.place = 1, .motion = 2}), still = signed_scene({.frames = 1});
  std::vector<const VideoSignature*> videos(500, &one);
  videos.insert(videos.end(), 20, &still);
  CHECK(duplicate_links(videos).size() == 499);
  CHECK(duplicate_links({}).empty());
}
