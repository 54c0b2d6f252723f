#include "tools/c3d_bench/pipeline_bench.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "c3d/common/duration.h"
#include "c3d/inference/batch_runner.h"
#include "engine/core/error.h"
#include "model/initialize.h"
#include "model/weight_layout.h"
#include "tools/c3d_bench/stopwatch.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

// That are timed at once, so that what is computed of one goes on beside the upload of the next.
constexpr int kBatchesOfTiming = 4;

struct Pass {  // over all videos
  double seconds = 0;
  std::int64_t frames = 0, clips = 0;
  ReadingTime reading;
  std::vector<std::size_t> failed;
};

NamedTensors random_weights(Backend& backend, double width) {
  ModelInfo info;
  info.network.width = width;
  for (std::int64_t i = 0; i < info.network.classes; ++i) info.labels.push_back(std::to_string(i));
  ParameterStore parameters;
  const C3d model(info.network, parameters);
  parameters.allocate(backend, false);
  initialize(model, parameters, backend, Initialization::kaiming, 0);
  NamedTensors tensors = export_parameters(model, parameters, backend, parameters.all_values());
  add_model_info(tensors, info);
  return tensors;
}

class Pipeline {
 public:
  Pipeline(Backend& backend, const PipelineRequest& request)
      : backend_(backend),
        request_(request),
        decoding_(choose_decode_device(request.decode, gpu_of(request.device, backend))),
        inputs_(find_inputs({request.videos}, {}).videos) {
    if (request.has_network) {
      classifier_ = request.weights.empty()
                        ? std::make_unique<Classifier>(backend, random_weights(backend, request.random_width),
                                                       request.network)
                        : std::make_unique<Classifier>(backend, request.weights, request.network);
    }
    spec_ = clip_spec(request, info());
    batch_ = clips_of_batch(request.batch, spec_);
  }

  std::size_t batch() const { return batch_; }
  const DecodeChoice& decoding() const { return decoding_; }
  std::int64_t videos() const { return std::ssize(inputs_); }
  int readers() const { return plan_of(request_.readers).readers; }

  // With the network, where there is one and it is asked for.
  Pass run(int readers, bool computes, WaitCounts& waits) const;
  // From now on without the videos that failed.
  std::vector<std::filesystem::path> leave_out(const Pass& pass);
  // Of a batch whose clips are there.
  double upload_seconds(std::span<const Clip> clips, int repeats) const;
  double network_seconds(std::span<const Clip> clips, int repeats) const;
  // For the clips of a reader, and a batch.
  ClipMemory make_memory() const { return {backend_, clip_bytes(spec_), plan_of(1).clips + batch_}; }
  // A batch of the first ones, again and again where there are fewer.
  std::vector<Clip> first_clips(ClipMemory& memory) const;

 private:
  ReadOptions reading_options() const {
    ReadOptions reading = read_options(request_);
    reading.limits.device = decoding_.device;
    return reading;
  }
  ReadingPlan plan_of(int readers) const {
    ReadOptions reading = reading_options();
    reading.readers = readers;
    return reading_plan(spec_, reading, inputs_.size(), batch_);
  }
  ModelInfo info() const {
    if (classifier_) return classifier_->info();
    if (request_.weights.empty()) return {};
    return model_info(read_weights(request_.weights, request_.network.map));
  }
  void compute(std::span<const Clip> clips) const;

  Backend& backend_;
  const PipelineRequest& request_;
  DecodeChoice decoding_;
  std::vector<Input> inputs_;
  std::unique_ptr<Classifier> classifier_;  // nullptr: without a network
  ClipSpec spec_;
  std::size_t batch_ = 1;
};

// Memory is taken before the clock runs: what is pinned takes long, and is taken once.
Pass Pipeline::run(int readers, bool computes, WaitCounts& waits) const {
  const ReadingPlan plan = plan_of(readers);
  ClipMemory memory(backend_, clip_bytes(spec_), plan.clips);
  std::optional<BatchRunner> runner;
  if (computes && classifier_) {
    runner.emplace(*classifier_, spec_, batch_, [](const Clip&, const ClipScore&) {});
  }
  Pass pass;
  const double start = steady_seconds();
  ClipStream stream(inputs_, spec_, reading_options(), plan, &memory);
  while (std::optional<ClipStream::Item> item = runner ? runner->next(stream) : stream.next()) {
    if (Clip* clip = std::get_if<Clip>(&*item)) {
      ++pass.clips;
      if (runner) runner->add(std::move(*clip));
      continue;
    }
    const VideoEnd& end = std::get<VideoEnd>(*item);
    if (!end.error.empty()) pass.failed.push_back(end.video);
    pass.frames += end.times.frames();
    pass.reading += end.time_taken;
  }
  if (runner) {
    runner->finish();
    waits += runner->counts();
  }
  pass.seconds = steady_seconds() - start;
  return pass;
}

std::vector<std::filesystem::path> Pipeline::leave_out(const Pass& pass) {
  std::vector<std::filesystem::path> left_out;
  std::vector<Input> others;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (std::ranges::find(pass.failed, i) == pass.failed.end()) {
      others.push_back(std::move(inputs_[i]));
    } else {
      left_out.push_back(inputs_[i].path);
    }
  }
  inputs_ = std::move(others);
  return left_out;
}

std::vector<Clip> Pipeline::first_clips(ClipMemory& memory) const {
  std::vector<Clip> clips;
  ClipStream stream(inputs_, spec_, reading_options(), plan_of(1), &memory);
  while (clips.size() < batch_) {
    std::optional<ClipStream::Item> item = stream.next();
    if (!item) break;
    if (Clip* clip = std::get_if<Clip>(&*item)) clips.push_back(std::move(*clip));
  }
  for (std::size_t i = 0; clips.size() < batch_; ++i) {
    Clip copy{.frames = ClipFrames(clips[i].frames, &memory)};
    copy.memory = memory.kind_of(copy.frames.data());
    clips.push_back(std::move(copy));
  }
  return clips;
}

double Pipeline::upload_seconds(std::span<const Clip> clips, int repeats) const {
  std::vector<ConstTensor> parts;
  parts.reserve(clips.size());
  for (const Clip& clip : clips) {
    parts.emplace_back(reinterpret_cast<const std::byte*>(clip.frames.data()),
                       Shape{static_cast<std::int64_t>(clip.frames.size())}, DType::u8, clip.memory);
  }
  const std::size_t bytes = clips.size() * clip_bytes(spec_);
  const Buffer device = backend_.allocate(bytes, MemoryKind::device);
  const Tensor to = device.tensor({static_cast<std::int64_t>(bytes)}, DType::u8);
  return Stopwatch(backend_, repeats).median_seconds([&] { backend_.copy_parts(parts, to); });
}

void Pipeline::compute(std::span<const Clip> clips) const {
  std::deque<Classifier::Started> under_way;
  for (int i = 0; i < kBatchesOfTiming; ++i) {
    under_way.push_back(classifier_->start(clips, spec_));
    if (under_way.size() <= BatchRunner::kUnderWay) continue;
    classifier_->finish(std::move(under_way.front()));
    under_way.pop_front();
  }
  for (Classifier::Started& batch : under_way) classifier_->finish(std::move(batch));
}

double Pipeline::network_seconds(std::span<const Clip> clips, int repeats) const {
  compute(clips);
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const double start = steady_seconds();
    compute(clips);
    seconds.push_back((steady_seconds() - start) / kBatchesOfTiming);
  }
  return median(seconds);
}

StageRate rate(const Pass& pass, double seconds) {
  return {static_cast<double>(pass.frames) / seconds, static_cast<double>(pass.clips) / seconds};
}

}  // namespace

std::vector<std::filesystem::path> pipeline_videos(const std::string& videos) {
  expect(std::filesystem::exists(videos), "{}: no such file or folder", videos);
  std::vector<std::filesystem::path> paths;
  for (const Input& input : find_inputs({videos}, {}).videos) paths.push_back(input.path);
  expect(!paths.empty(), "{}: holds no video", videos);
  return paths;
}

PipelineTimes measure_pipeline(Backend& backend, const PipelineRequest& request, int repeats) {
  Pipeline pipeline(backend, request);
  PipelineTimes times;
  WaitCounts warming_up, waits;
  times.failed = pipeline.leave_out(pipeline.run(request.readers, true, warming_up));
  expect(pipeline.videos() > 0, "{}: holds no video that decodes", request.videos);
  times.videos = pipeline.videos();
  times.readers = pipeline.readers();
  times.batch = pipeline.batch();
  times.decoder = pipeline.decoding().device ? "cuda" : "cpu";

  std::vector<double> alone, whole, decoding, resizing;
  Pass pass;
  for (int i = 0; i < repeats; ++i) {
    pass = pipeline.run(1, false, warming_up);
    alone.push_back(pass.seconds);
    decoding.push_back(pass.reading.decode_seconds);
    resizing.push_back(pass.reading.resize_seconds);
    whole.push_back(pipeline.run(request.readers, true, waits).seconds);
  }
  times.frames = pass.frames;
  times.clips = pass.clips;
  times.decode = rate(pass, median(decoding));
  times.resize = rate(pass, median(resizing));
  times.one_reader = rate(pass, median(alone));
  times.whole_seconds = median(whole);
  times.whole = rate(pass, times.whole_seconds);
  times.waits = waits;
  if (!request.has_network) return times;

  times.device = backend.description();
  times.precision = to_string(backend.precision());
  ClipMemory memory = pipeline.make_memory();
  const std::vector<Clip> clips = pipeline.first_clips(memory);
  const auto of_batch = [&](double seconds) {
    const double batch_clips = static_cast<double>(clips.size()) / seconds;
    return StageRate{batch_clips * static_cast<double>(pass.frames) / static_cast<double>(pass.clips),
                     batch_clips};
  };
  times.upload = of_batch(pipeline.upload_seconds(clips, repeats));
  times.network = of_batch(pipeline.network_seconds(clips, repeats));
  times.readers_that_feed =
      static_cast<int>(std::ceil(times.network.clips_per_second / times.one_reader.clips_per_second));
  return times;
}

}  // namespace c3d
