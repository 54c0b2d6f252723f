#include "tools/c3d_bench/report.h"

#include <fmt/format.h>

#include <ostream>
#include <sstream>

#include "c3d/common/machine.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

constexpr DType kMultiplied[] = {DType::f32, DType::bf16};

double giga_flop(double multiply_adds) { return 2 * multiply_adds / 1e9; }

void print_ceilings(std::ostream& out, const Ceilings& ceilings) {
  if (ceilings.traffic().empty()) return;
  out << "ceilings:";
  for (const DType type : kMultiplied) {
    const Ceilings::Rate& rate = ceilings.multiply_adds(type);
    if (rate.multiply_adds_per_second == 0) continue;
    out << fmt::format(" {:.0f} GFLOP/s of {} ({});", giga_flop(rate.multiply_adds_per_second),
                       to_string(type), rate.seen_in);
  }
  out << " reading or copying, GB/s:";
  for (const Ceilings::Traffic& one : ceilings.traffic())
    out << fmt::format(" {:.1f} ({:g} MiB)", one.bytes_per_second / 1e9, one.bytes / (1 << 20));
  out << "\n";
}

void print_ops(std::ostream& out, const std::vector<OpTime>& ops) {
  out << "GFLOP/s: of the multiplications that the kernel does; direct: of those of a direct convolution.\n"
         "of peak: the least time of these multiplications, or of the bytes, at the ceilings, over the "
         "time.\n";
  out << fmt::format("{:<22} {:<11} {:<16} {:>10} {:>9} {:>9} {:>7} {:>8}  {}\n", "op", "layer", "direction",
                     "ms", "GFLOP/s", "direct", "GB/s", "of peak", "kernel");
  for (const OpTime& op : ops) {
    const auto rate = [&](double multiply_adds) {
      return multiply_adds > 0 ? fmt::format("{:.0f}", giga_flop(multiply_adds) / op.seconds) : "";
    };
    out << fmt::format("{:<22} {:<11} {:<16} {:>10.3f} {:>9} {:>9} {:>7.1f} {:>8}{}{}\n", op.op, op.layer,
                       op.direction, op.seconds * 1e3, rate(op.multiplied.count), rate(op.defined),
                       op.bytes / op.seconds / 1e9,
                       op.share_of_peak > 0 ? fmt::format("{:.0f}%", 100 * op.share_of_peak) : "",
                       op.choice.empty() ? "" : "  ", op.choice);
  }
}

void print_net(std::ostream& out, const char* name, const NetTime& net) {
  out << fmt::format(
      "{:<10} {:>9.2f} ms a clip  {:>8.2f} clips/s  arena {:.0f} MiB, workspace {:.0f} MiB, packed {:.0f} "
      "MiB{}\n",
      name, net.seconds_per_clip * 1e3, 1 / net.seconds_per_clip, mib(net.arena_bytes),
      mib(net.backend.workspace_bytes), mib(net.backend.packed_bytes),
      net.backend.max_packed_bytes == 0
          ? ""
          : fmt::format(" of at most {:.0f} MiB", mib(net.backend.max_packed_bytes)));
}

nlohmann::ordered_json memory_json(const NetTime& net) {
  return {{"arena_bytes", net.arena_bytes},
          {"workspace_bytes", net.backend.workspace_bytes},
          {"packed_bytes", net.backend.packed_bytes},
          {"most_packed_bytes", net.backend.max_packed_bytes}};
}

nlohmann::ordered_json ceilings_json(const Ceilings& ceilings) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const DType type : kMultiplied) {
    const Ceilings::Rate& rate = ceilings.multiply_adds(type);
    if (rate.multiply_adds_per_second == 0) continue;
    json[to_string(type)] = {{"gflop_per_s", giga_flop(rate.multiply_adds_per_second)},
                             {"seen_in", rate.seen_in}};
  }
  json["traffic"] = nlohmann::ordered_json::array();
  for (const Ceilings::Traffic& one : ceilings.traffic())
    json["traffic"].push_back({{"bytes", one.bytes}, {"gb_per_s", one.bytes_per_second / 1e9}});
  return json;
}

double three_passes(const ConvolutionsAlone& alone) {
  return alone.forward + alone.backward_data + alone.backward_filter;
}

void print_convolutions(std::ostream& out, const char* whose, const ConvolutionsAlone& alone) {
  out << fmt::format("{} eight convolutions alone: forward {:.2f}, three passes {:.2f} ms a clip\n", whose,
                     alone.forward * 1e3, three_passes(alone) * 1e3);
}

nlohmann::ordered_json convolutions_json(const ConvolutionsAlone& alone) {
  return {{"forward_seconds_per_clip", alone.forward},
          {"backward_data_seconds_per_clip", alone.backward_data},
          {"backward_filter_seconds_per_clip", alone.backward_filter}};
}

}  // namespace

std::string table(const Measurements& m, const Ceilings& ceilings) {
  std::ostringstream out;
  out << fmt::format("{}\n{}, {}, width {:g}, batch {}, commit {}\n", machine_name(), m.device, m.precision,
                     m.network.config.width, m.network.batch, commit());
  print_ceilings(out, ceilings);
  out << "\n";
  if (!m.ops.empty()) print_ops(out, m.ops);
  if (m.inference) print_net(out, "inference", *m.inference);
  if (m.training) print_net(out, "training", *m.training);
  if (m.convolutions) print_convolutions(out, "our", *m.convolutions);
  if (m.alone) {
    print_convolutions(out, "oneDNN's", *m.alone);
    if (m.inference)
      out << fmt::format("  inference / forward:    {:.3f}\n",
                         m.inference->seconds_per_clip / m.alone->forward);
    if (m.training)
      out << fmt::format("  training / three passes: {:.3f}\n",
                         m.training->seconds_per_clip / three_passes(*m.alone));
  }
  out << fmt::format(
      "memory: values {:.0f} MiB, gradients {:.0f} MiB, velocity {:.0f} MiB; most held by the process {:.0f} "
      "MiB\n",
      mib(m.values_bytes), mib(m.gradients_bytes), mib(m.velocity_bytes), mib(peak_memory_bytes()));
  return out.str();
}

std::string to_json(const Measurements& m, const Ceilings& ceilings, const std::string& command) {
  nlohmann::ordered_json json{{"command", command},
                              {"machine", machine_name()},
                              {"instruction_sets", instruction_sets()},
                              {"commit", commit()},
                              {"device", m.device},
                              {"precision", m.precision},
                              {"width", m.network.config.width},
                              {"batch", m.network.batch},
                              {"cold", m.cold},
                              {"parameters", m.parameters}};
  json["ceilings"] = ceilings_json(ceilings);
  json["net"] = nlohmann::ordered_json::object();
  json["memory"] = {{"values_bytes", m.values_bytes},
                    {"gradients_bytes", m.gradients_bytes},
                    {"velocity_bytes", m.velocity_bytes},
                    {"process_peak_bytes", peak_memory_bytes()}};
  if (m.inference) {
    json["net"]["inference"] = {{"seconds_per_clip", m.inference->seconds_per_clip}};
    json["memory"]["inference"] = memory_json(*m.inference);
  }
  if (m.training) {
    json["net"]["training"] = {{"seconds_per_clip", m.training->seconds_per_clip}};
    json["memory"]["training"] = memory_json(*m.training);
  }
  if (m.convolutions) json["convolutions_alone"] = convolutions_json(*m.convolutions);
  if (m.alone) {
    json["onednn_convolutions_alone"] = convolutions_json(*m.alone);
    if (m.inference)
      json["net"]["inference"]["over_convolutions"] = m.inference->seconds_per_clip / m.alone->forward;
    if (m.training)
      json["net"]["training"]["over_convolutions"] = m.training->seconds_per_clip / three_passes(*m.alone);
  }
  json["ops"] = nlohmann::ordered_json::array();
  for (const OpTime& op : m.ops) {
    nlohmann::ordered_json row{{"op", op.op},
                               {"layer", op.layer},
                               {"direction", op.direction},
                               {"seconds", op.seconds},
                               {"gflop_per_s", giga_flop(op.multiplied.count) / op.seconds},
                               {"direct_gflop_per_s", giga_flop(op.defined) / op.seconds},
                               {"multiplies", to_string(op.multiplied.type)},
                               {"gb_per_s", op.bytes / op.seconds / 1e9},
                               {"share_of_peak", op.share_of_peak}};
    if (!op.choice.empty()) row["kernel"] = op.choice;
    json["ops"].push_back(std::move(row));
  }
  return dump_json(json, 2) + "\n";
}

}  // namespace c3d
