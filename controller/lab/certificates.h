// The lab's own certificate authority, and the certificates it signs. Keys are P-256.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/common/base/error.h"

namespace hoplab::lab {

struct KeyAndCertificate {
  std::string certificate;  // PEM
  std::string private_key;  // PEM
};

class CertificateAuthority {
 public:
  // Reads the authority from the folder, or makes one there (key mode 0600): a lab that is adopted
  // keeps the authority its clients already trust.
  static Result<CertificateAuthority> open(const std::filesystem::path& folder,
                                           const std::string& lab);

  [[nodiscard]] const std::string& certificate() const { return own_.certificate; }
  // A server certificate for these host names (the first is the common name), valid a year. Made
  // once and kept in the folder under the node's name.
  [[nodiscard]] Result<KeyAndCertificate> issue(const std::string& node,
                                                const std::vector<std::string>& names) const;

 private:
  std::filesystem::path folder_;
  KeyAndCertificate own_;
};

}  // namespace hoplab::lab
