// Where a traced command writes the keys of its TLS sessions (SSLKEYLOGFILE: curl, OpenSSL's own
// tools, Firefox and Python know it), so that Wireshark reads them in the clear. A file in the
// node's folder, which is the container's too; gone with the object. One use, one thread.
#pragma once

#include <filesystem>
#include <string>

#include "controller/lab/paths.h"

namespace hoplab::lab {

class KeyLog {
 public:
  KeyLog(const Paths& paths, const std::string& node);
  ~KeyLog();
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;

  // For the command: "SSLKEYLOGFILE=…".
  [[nodiscard]] std::string variable() const;
  // NSS key log lines; empty when the command made none. What is no regular file, or
  // holds anything but text, is not taken: the container can put there what it likes.
  [[nodiscard]] std::string lines() const;

 private:
  const std::string name_;
  const std::filesystem::path path_;  // on the host
};

}  // namespace hoplab::lab
