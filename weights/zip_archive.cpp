#include "weights/zip_archive.h"

#include <zip.h>

#include "engine/core/error.h"
#include "engine/core/handle.h"
#include "weights/pickle.h"

namespace c3d {
namespace {

constexpr std::uint64_t kMaxEntries = 100'000;
// Weights hardly shrink; what grows more than this in unpacking was made to.
constexpr std::uint64_t kMaxGrowth = 32, kAlwaysAllowed = 16 << 20;

using ZipFile = Handle<zip_file_t, zip_fclose>;

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

class ZipArchive::Zip {
 public:
  explicit Zip(std::span<const std::byte> file) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
    if (source == nullptr) fail("cannot read it as a zip file: {}", text_of(error));
    zip_ = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (zip_ == nullptr) {
      zip_source_free(source);
      fail("its zip directory cannot be read, it is damaged or cut short: {}", text_of(error));
    }
    zip_error_fini(&error);
  }
  Zip(const Zip&) = delete;
  Zip& operator=(const Zip&) = delete;
  ~Zip() { zip_discard(zip_); }
  zip_t* get() const { return zip_; }

 private:
  zip_t* zip_ = nullptr;
};

ZipArchive::ZipArchive(std::span<const std::byte> file) : zip_(std::make_unique<Zip>(file)) {
  list(file.size());
}

ZipArchive::~ZipArchive() = default;

void ZipArchive::list(std::uint64_t file_bytes) {
  const std::int64_t entries = zip_get_num_entries(zip_->get(), 0);
  expect(entries > 0 && static_cast<std::uint64_t>(entries) <= kMaxEntries, "its zip has {} entries",
         entries);
  const std::uint64_t most = file_bytes * kMaxGrowth + kAlwaysAllowed;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(entries); ++i) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr std::uint64_t kWanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    expect(zip_stat_index(zip_->get(), i, 0, &status) == 0 && (status.valid & kWanted) == kWanted,
           "entry {} of its zip is damaged", i);
    expect(status.comp_method == ZIP_CM_STORE || status.comp_method == ZIP_CM_DEFLATE,
           "entry '{}' of its zip is packed by method {}; stored and deflated ones are read",
           excerpt(status.name), status.comp_method);
    expect((status.valid & ZIP_STAT_ENCRYPTION_METHOD) == 0 || status.encryption_method == ZIP_EM_NONE,
           "entry '{}' of its zip is encrypted", excerpt(status.name));
    expect(status.size <= most - total,
           "its zip would unpack to more than {} times its size: it is a zip bomb and is not unpacked",
           kMaxGrowth);
    total += status.size;
    expect(entries_.try_emplace(status.name, Entry{i, status.size}).second, "its zip has '{}' twice",
           excerpt(status.name));
  }
}

std::uint64_t ZipArchive::size(const std::string& name) const {
  const auto found = entries_.find(name);
  expect(found != entries_.end(), "its zip holds no '{}'", excerpt(name));
  return found->second.bytes;
}

ZipArchive::Content ZipArchive::read(const std::string& name, std::uint64_t most) const {
  const std::uint64_t bytes = size(name);
  expect(bytes <= most, "entry '{}' of its zip has {} bytes, more than {}", excerpt(name), bytes, most);
  const ZipFile file(zip_fopen_index(zip_->get(), entries_.at(name).index, 0));
  expect(file != nullptr, "entry '{}' of its zip cannot be opened: {}", excerpt(name),
         zip_strerror(zip_->get()));
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]);  // NOLINT: make_shared would clear it
  std::uint64_t done = 0;
  std::int64_t got = 1;
  while (done < bytes && got > 0) {
    got = zip_fread(file.get(), memory.get() + done, bytes - done);
    if (got > 0) done += static_cast<std::uint64_t>(got);
  }
  std::byte behind{};  // the checksum is compared at the end of the entry, which only one more read finds
  expect(done == bytes && zip_fread(file.get(), &behind, 1) == 0,
         "entry '{}' of its zip is damaged: size or checksum differ", excerpt(name));
  return {memory, bytes};
}

}  // namespace c3d
