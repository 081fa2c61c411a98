// TlsClientOptions as an SSL_CTX: the files are read here.
#pragma once

#include "upstream/openssl.hpp"
#include "wsxmpp/tls.hpp"

namespace wsxmpp::upstream {

// Throws std::invalid_argument that names the file and what is wrong with it.
Openssl<SSL_CTX> make_context(const TlsClientOptions& options);

}   // namespace wsxmpp::upstream
