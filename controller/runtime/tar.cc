#include "controller/runtime/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace hoplab::runtime {

Result<std::string> tar_of(const std::string& name, std::string_view content) {
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                                    archive_write_free);
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            archive_entry_free);
  // Room for the header, the content rounded up and the end, in the 10 KiB records of a tar file.
  std::string result(content.size() + std::size_t{4} * 10'240, '\0');
  std::size_t used = 0;
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  const bool written =
      archive_write_set_format_ustar(out.get()) == ARCHIVE_OK &&
      archive_write_open_memory(out.get(), result.data(), result.size(), &used) == ARCHIVE_OK &&
      archive_write_header(out.get(), entry.get()) == ARCHIVE_OK &&
      archive_write_data(out.get(), content.data(), content.size()) ==
          static_cast<la_ssize_t>(content.size()) &&
      archive_write_close(out.get()) == ARCHIVE_OK;
  if (!written) {
    const char* why = archive_error_string(out.get());
    return fail(ErrorKind::kInternal,
                "pack " + name + ": " + (why == nullptr ? "unknown reason" : why));
  }
  result.resize(used);
  return result;
}

}  // namespace hoplab::runtime
