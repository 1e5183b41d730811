#include "controller/lab/certificates.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>

#include "agents/common/base/read_file.h"

namespace hoplab::lab {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

std::unexpected<Error> openssl_error(const std::string& attempted) {
  char text[256] = "unknown error";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return fail(ErrorKind::kInternal, attempted + ": " + text);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

Key parse_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

Certificate parse_certificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

void set_name(X509_NAME* name, const std::string& common_name) {
  const auto add = [name](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("O", "hoplab");
  add("CN", common_name);
}

// A new key and certificate; signed by the issuer, or by itself when there is none.
Result<KeyAndCertificate> make(const std::string& common_name,
                               const std::vector<std::string>& names, X509* issuer,
                               EVP_PKEY* issuer_key) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate) return openssl_error("make a key for " + common_name);
  X509* const x = certificate.get();
  X509* const signer = issuer != nullptr ? issuer : x;

  X509_set_version(x, 2);
  const std::unique_ptr<BIGNUM, Deleter<BN_free>> serial(BN_new());
  BN_rand(serial.get(), 120, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x));
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 365L * 24 * 3600);
  X509_set_pubkey(x, key.get());
  set_name(X509_get_subject_name(x), common_name);
  X509_set_issuer_name(x, X509_get_subject_name(signer));

  bool ok = true;
  if (issuer == nullptr) {
    ok = extend(x, signer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         extend(x, signer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         extend(x, signer, NID_subject_key_identifier, "hash");
  } else {
    std::string alternatives;
    for (const auto& name : names) {
      alternatives += (alternatives.empty() ? "DNS:" : ",DNS:") + name;
    }
    ok = extend(x, signer, NID_basic_constraints, "critical,CA:FALSE") &&
         extend(x, signer, NID_key_usage, "critical,digitalSignature") &&
         extend(x, signer, NID_ext_key_usage, "serverAuth") &&
         extend(x, signer, NID_subject_alt_name, alternatives) &&
         extend(x, signer, NID_subject_key_identifier, "hash") &&
         extend(x, signer, NID_authority_key_identifier, "keyid");
  }
  EVP_PKEY* const signing_key = issuer_key != nullptr ? issuer_key : key.get();
  if (!ok || X509_sign(x, signing_key, EVP_sha256()) == 0) {
    return openssl_error("sign the certificate of " + common_name);
  }

  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), x) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return openssl_error("write the certificate of " + common_name);
  }
  return KeyAndCertificate{text_of(certificate_text.get()), text_of(key_text.get())};
}

Status write_secret(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + ".new";
  std::ofstream(temporary) << text;
  std::error_code error;
  fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write, error);
  fs::rename(temporary, path, error);
  if (error) return fail(ErrorKind::kInternal, "write " + path.string() + ": " + error.message());
  return {};
}

// Read from the folder where both files are there; otherwise made and written, the key first, so
// that a certificate never stands without its key.
template <typename Make>
Result<KeyAndCertificate> keep(const fs::path& folder, const std::string& name, Make make_new) {
  const fs::path certificate_path = folder / (name + ".pem");
  const fs::path key_path = folder / (name + ".key");
  if (fs::exists(certificate_path) && fs::exists(key_path)) {
    auto certificate = read_file(certificate_path);
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    auto key = read_file(key_path);
    if (!key) return std::unexpected(std::move(key.error()));
    return KeyAndCertificate{std::move(*certificate), std::move(*key)};
  }
  Result<KeyAndCertificate> made = make_new();
  if (!made) return made;
  if (Status written = write_secret(key_path, made->private_key); !written) {
    return std::unexpected(written.error());
  }
  if (Status written = write_secret(certificate_path, made->certificate); !written) {
    return std::unexpected(written.error());
  }
  return made;
}

}  // namespace

Result<CertificateAuthority> CertificateAuthority::open(const fs::path& folder,
                                                        const std::string& lab) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(ErrorKind::kInternal, "make " + folder.string() + ": " + error.message());
  auto own = keep(folder, "ca",
                  [&lab] { return make("hoplab lab CA (" + lab + ")", {}, nullptr, nullptr); });
  if (!own) return std::unexpected(own.error());
  CertificateAuthority authority;
  authority.folder_ = folder;
  authority.own_ = std::move(*own);
  return authority;
}

Result<KeyAndCertificate> CertificateAuthority::issue(const std::string& node,
                                                      const std::vector<std::string>& names) const {
  return keep(folder_, "node-" + node, [&]() -> Result<KeyAndCertificate> {
    const Key key = parse_key(own_.private_key);
    const Certificate certificate = parse_certificate(own_.certificate);
    if (!key || !certificate || names.empty()) {
      return openssl_error("issue a certificate for " + node);
    }
    return make(names.front(), names, certificate.get(), key.get());
  });
}

}  // namespace hoplab::lab
