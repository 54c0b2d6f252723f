#include "data/text_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

constexpr std::size_t kBlock = 1 << 20;
constexpr std::size_t kMostTextBytes = 1 << 30;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Text of two or four bytes a letter shows its order by a mark, or by the zeros of plain letters.
void expect_bytes_of_text(const fs::path& file, std::string_view start) {
  for (const std::string_view mark : {"\xFF\xFE\0\0"sv, "\0\0\xFE\xFF"sv}) {
    expect(!start.starts_with(mark), "{}: is UTF-32; save it as UTF-8", file);
  }
  const bool plain_utf16 = start.size() >= 4 && (start[0] == '\0') != (start[1] == '\0') &&
                           (start[0] == '\0') == (start[2] == '\0') &&
                           (start[1] == '\0') == (start[3] == '\0');
  expect(!start.starts_with("\xFF\xFE"sv) && !start.starts_with("\xFE\xFF"sv) && !plain_utf16,
         "{}: is UTF-16; save it as UTF-8", file);
}

std::string read_text(const fs::path& path) {
  std::error_code unknown;
  expect(!fs::is_directory(path, unknown), "{}: is a folder, and a text file is wanted", path);
  const File file(path, O_RDONLY);
  std::string text;
  std::size_t end = 0;
  while (true) {
    text.resize(end + kBlock);
    const ssize_t count = ::read(file.descriptor(), text.data() + end, kBlock);
    const int code = errno;
    if (count < 0 && code == EINTR) continue;
    expect(count >= 0, "{}: cannot be read: {}", path, errno_text(code));
    const std::size_t start = end;
    end += static_cast<std::size_t>(count);
    text.resize(end);
    if (start == 0) expect_bytes_of_text(path, text);
    const std::size_t zero = text.find('\0', start);
    expect(zero == std::string::npos, "{}: is no text: its byte {} is NUL", path, zero);
    expect(end <= kMostTextBytes, "{}: holds more than 1 GiB; no text file of lines is so large", path);
    if (count == 0) return text;
  }
}

}  // namespace

std::vector<TextLine> read_text_lines(const fs::path& file) {
  const std::string whole = read_text(file);
  std::string_view text = whole;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // A CR within a line that LF ends may belong to a name.
  const char line_end = text.find('\n') == std::string_view::npos ? '\r' : '\n';
  std::vector<TextLine> lines;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find(line_end);
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trimmed(line).empty()) lines.push_back({number, std::string(line)});
  }
  return lines;
}

}  // namespace c3d
