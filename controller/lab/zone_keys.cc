#include "controller/lab/zone_keys.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include "agents/common/base/read_file.h"

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kDsTtl = 3600;
constexpr size_t kEd25519Bytes = 32;

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return {};
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

// Read where it is kept, else made and kept.
Result<std::string> keep_key(const fs::path& path) {
  if (fs::exists(path)) return read_file(path);
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const std::string pem = key ? pem_of(key.get()) : std::string();
  if (pem.empty()) return fail(ErrorKind::kInternal, "make an Ed25519 key for " + path.string());
  const fs::path fresh = path.string() + ".new";
  std::ofstream(fresh) << pem;
  std::error_code error;
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write, error);
  fs::rename(fresh, path, error);
  if (error) return fail(ErrorKind::kInternal, "write " + path.string() + ": " + error.message());
  return pem;
}

Result<DnsKey> public_part(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  std::vector<uint8_t> raw(kEd25519Bytes);
  size_t size = raw.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1 ||
      size != kEd25519Bytes) {
    return fail(ErrorKind::kInternal, "read the key of a signed zone",
                "remove the lab's folder and start again");
  }
  return dns_key(raw);
}

// A name as it stands in messages (RFC 1035, section 3.1).
std::vector<uint8_t> wire_name(const std::string& name) {
  std::vector<uint8_t> wire;
  for (size_t at = 0; at < name.size() && name != ".";) {
    const size_t dot = std::min(name.find('.', at), name.size());
    wire.push_back(static_cast<uint8_t>(dot - at));
    wire.insert(wire.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
                name.begin() + static_cast<std::ptrdiff_t>(dot));
    at = dot + 1;
  }
  wire.push_back(0);
  return wire;
}

std::string file_name(const std::string& zone, std::string_view what) {
  std::string name = zone == "." ? "root." : zone;
  std::ranges::replace(name, '/', '_');
  return fmt::format("zone-{}{}", name, what);
}

bool within(std::string_view name, std::string_view zone) {
  return zone == "." || (name.size() > zone.size() && name.ends_with(zone) &&
                         name[name.size() - zone.size() - 1] == '.');
}

class Signing {
 public:
  Signing(topology::Plan& plan, const fs::path& folder) : plan_(plan), folder_(folder) {}

  Status run() {
    for (const v1::Zone& zone : plan_.zones) {
      if (!zone.is_signed()) continue;
      if (Status done = sign(zone); !done) return done;
    }
    return {};
  }

 private:
  Status sign(const v1::Zone& zone) {
    const auto pem = keep_key(folder_ / file_name(zone.origin(), "key"));
    if (!pem) return std::unexpected(pem.error());
    std::string vouched = *pem;
    if (zone.wrong_ds()) {
      auto other = keep_key(folder_ / file_name(zone.origin(), "other.key"));
      if (!other) return std::unexpected(other.error());
      vouched = std::move(*other);
    }
    const auto key = public_part(vouched);
    if (!key) return std::unexpected(key.error());
    const std::string ds = delegation_signer(zone.origin(), *key);
    const std::string parent = parent_of(zone.origin());
    for (auto& node : plan_.nodes) {
      if (node.spec.has_dns_server()) {
        for (v1::Zone& served : *node.spec.mutable_dns_server()->mutable_zones()) {
          if (served.origin() == zone.origin() && !served.has_primary()) {
            served.set_signing_key(*pem);
          }
          if (served.origin() == parent && zone.origin() != ".") add_ds(zone.origin(), ds, served);
        }
      }
      if (zone.origin() == "." && node.spec.has_resolver() && node.spec.resolver().validate() &&
          node.spec.resolver().root_hints_size() > 0) {
        node.spec.mutable_resolver()->add_trust_anchors(". DS " + ds);
      }
    }
    return {};
  }

  [[nodiscard]] std::string parent_of(const std::string& zone) const {
    std::string best;
    for (const v1::Zone& other : plan_.zones) {
      if (other.origin() != zone && within(zone, other.origin()) &&
          other.origin().size() > best.size()) {
        best = other.origin();
      }
    }
    return best;
  }

  static void add_ds(const std::string& child, const std::string& ds, v1::Zone& parent) {
    v1::ResourceRecord& record = *parent.add_records();
    record.set_name(child);
    record.set_ttl(kDsTtl);
    record.set_type("DS");
    record.set_data(ds);
  }

  topology::Plan& plan_;
  const fs::path& folder_;
};

}  // namespace

DnsKey dns_key(const std::vector<uint8_t>& ed25519) {
  constexpr std::array<uint8_t, 4> kHead = {1, 1, 3, 15};  // flags: zone key, entry point
  DnsKey key(kHead.size() + ed25519.size());
  std::ranges::copy(ed25519, std::ranges::copy(kHead, key.begin()).out);
  return key;
}

uint16_t key_tag(const DnsKey& key) {
  uint32_t sum = 0;
  for (size_t i = 0; i < key.size(); ++i) {
    sum += (i & 1U) != 0 ? key[i] : static_cast<uint32_t>(key[i]) << 8U;
  }
  sum += sum >> 16U & 0xffffU;
  return static_cast<uint16_t>(sum & 0xffffU);
}

std::string delegation_signer(const std::string& zone, const DnsKey& key) {
  std::vector<uint8_t> input = wire_name(zone);
  input.insert(input.end(), key.begin(), key.end());
  std::array<uint8_t, 32> digest{};
  unsigned size = digest.size();
  EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string text = fmt::format("{} 15 2 ", key_tag(key));
  for (const uint8_t byte : digest) text += fmt::format("{:02X}", byte);
  return text;
}

Status sign_zones(topology::Plan& plan, const fs::path& folder) {
  return Signing(plan, folder).run();
}

}  // namespace hoplab::lab
