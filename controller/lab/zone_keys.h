// Keys of signed zones, who vouches for them, and what resolvers trust (RFC 4033 to 4035). One
// Ed25519 key a zone signs everything (RFC 8080); it is made once and kept in the lab's folder, so
// that a lab that is adopted keeps its chain of trust.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/common/base/error.h"
#include "controller/topology/plan.h"

namespace hoplab::lab {

// A public key as a DNSKEY record: flags 257, protocol 3, algorithm 15.
using DnsKey = std::vector<uint8_t>;
DnsKey dns_key(const std::vector<uint8_t>& ed25519);
uint16_t key_tag(const DnsKey& key);  // RFC 4034, appendix B
// The DS record's data for the key of a zone, digest SHA-256 (RFC 4509).
std::string delegation_signer(const std::string& zone, const DnsKey& key);

// Gives every signed zone's servers their key, its parent the DS, and resolvers that start from the
// root the root's. Fails when the folder cannot be written.
Status sign_zones(topology::Plan& plan, const std::filesystem::path& folder);

}  // namespace hoplab::lab
