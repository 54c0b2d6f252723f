#include "tools/c3d_bench/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "tools/shared/machine.h"

namespace c3d {
namespace {

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void print_ops(std::ostream& out, const std::vector<OpTime>& ops) {
  out << fmt::format("{:<22} {:<11} {:<16} {:>10} {:>9} {:>7} {:>6}\n", "op", "layer", "direction", "ms",
                     "GFLOP/s", "GB/s", "peak");
  for (const OpTime& op : ops) {
    const std::string rate = op.flop > 0 ? fmt::format("{:.0f}", op.flop / op.seconds / 1e9) : "";
    out << fmt::format("{:<22} {:<11} {:<16} {:>10.3f} {:>9} {:>7.1f} {:>5.0f}%\n", op.op, op.layer,
                       op.direction, op.seconds * 1e3, rate, op.bytes / op.seconds / 1e9,
                       100 * op.share_of_peak);
  }
}

void print_net(std::ostream& out, const char* name, const NetTime& net) {
  out << fmt::format(
      "{:<10} {:>9.2f} ms a clip  {:>8.2f} clips/s  arena {:.0f} MiB, workspace {:.0f} MiB, packed {:.0f} "
      "MiB\n",
      name, net.seconds_per_clip * 1e3, 1 / net.seconds_per_clip, mib(net.arena_bytes),
      mib(net.backend.workspace_bytes), mib(net.backend.packed_bytes));
}

nlohmann::ordered_json memory_json(const NetTime& net) {
  return {{"arena_bytes", net.arena_bytes},
          {"workspace_bytes", net.backend.workspace_bytes},
          {"packed_bytes", net.backend.packed_bytes}};
}

}  // namespace

std::string table(const Measurements& m) {
  std::ostringstream out;
  out << fmt::format("{}\n{}, {}, batch {}, commit {}\n", machine_name(), m.device, m.precision, m.batch,
                     commit());
  out << fmt::format("peak: {:.0f} GFLOP/s (conv3b), {:.1f} GB/s (copy)\n\n", m.peak.flop_per_second / 1e9,
                     m.peak.bytes_per_second / 1e9);
  if (!m.ops.empty()) print_ops(out, m.ops);
  if (m.inference) print_net(out, "inference", *m.inference);
  if (m.training) print_net(out, "training", *m.training);
  if (m.alone) {
    const double step = m.alone->forward + m.alone->backward_data + m.alone->backward_filter;
    out << fmt::format("oneDNN's eight convolutions alone: forward {:.2f}, three passes {:.2f} ms a clip\n",
                       m.alone->forward * 1e3, step * 1e3);
    if (m.inference)
      out << fmt::format("  inference / forward:    {:.3f}\n",
                         m.inference->seconds_per_clip / m.alone->forward);
    if (m.training)
      out << fmt::format("  training / three passes: {:.3f}\n", m.training->seconds_per_clip / step);
  }
  out << fmt::format(
      "memory: values {:.0f} MiB, gradients {:.0f} MiB, velocity {:.0f} MiB; most held by the process {:.0f} "
      "MiB\n",
      mib(m.values_bytes), mib(m.gradients_bytes), mib(m.velocity_bytes), mib(peak_memory_bytes()));
  return out.str();
}

std::string to_json(const Measurements& m, const std::string& command) {
  nlohmann::ordered_json json{{"command", command},        {"machine", machine_name()}, {"commit", commit()},
                              {"device", m.device},        {"precision", m.precision},  {"batch", m.batch},
                              {"parameters", m.parameters}};
  json["peak"] = {{"gflop_per_s", m.peak.flop_per_second / 1e9}, {"gb_per_s", m.peak.bytes_per_second / 1e9}};
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
  if (m.alone) {
    const double step = m.alone->forward + m.alone->backward_data + m.alone->backward_filter;
    json["onednn_convolutions_alone"] = {{"forward_seconds_per_clip", m.alone->forward},
                                         {"backward_data_seconds_per_clip", m.alone->backward_data},
                                         {"backward_filter_seconds_per_clip", m.alone->backward_filter}};
    if (m.inference)
      json["net"]["inference"]["over_convolutions"] = m.inference->seconds_per_clip / m.alone->forward;
    if (m.training) json["net"]["training"]["over_convolutions"] = m.training->seconds_per_clip / step;
  }
  json["ops"] = nlohmann::ordered_json::array();
  for (const OpTime& op : m.ops) {
    json["ops"].push_back({{"op", op.op},
                           {"layer", op.layer},
                           {"direction", op.direction},
                           {"seconds", op.seconds},
                           {"gflop_per_s", op.flop / op.seconds / 1e9},
                           {"gb_per_s", op.bytes / op.seconds / 1e9},
                           {"share_of_peak", op.share_of_peak}});
  }
  return json.dump(2) + "\n";
}

}  // namespace c3d
