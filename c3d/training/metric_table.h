// metrics.jsonl as a table for spreadsheets and pandas: CSV after RFC 4180 (commas, CRLF, quotes where
// needed). A row is a step, in which the line of an evaluation after that step stands, too. The columns are
// all keys of the file in the order of their first lines, those of evaluations with the name of their videos
// before them: step, epoch, loss ..., validation_epoch, validation_clip_loss ... Lists stand as JSON in one
// field. Empty: no line of that step has the key, or it is null.
#pragma once

#include <filesystem>

namespace c3d {

// Written atomically. What is no metric, and a last line that is cut off, is left out. Error: there is no
// such file, it holds no metrics, or the table cannot be written.
void write_metric_table(const std::filesystem::path& metrics, const std::filesystem::path& csv);

}  // namespace c3d
