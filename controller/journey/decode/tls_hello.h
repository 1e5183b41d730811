// The bodies of TLS handshake messages that are read: hellos, and names out of certificates.
#pragma once

#include "controller/journey/decode/tls.h"

namespace hoplab::journey {

TlsHello read_tls_hello(Bytes body, bool client);
// Common names of issuer and subject into `stream`.
void read_tls_certificate(Bytes message, TlsStream& stream);

}  // namespace hoplab::journey
