// The server's side of a TLS connection, for listeners.
#pragma once

#include <memory>
#include <string>

#include "transports/tls_layer.hpp"
#include "wsxmpp/tls_server.hpp"

namespace wsxmpp::transports {

// For PolledSocket::start_tls(), and then TlsLayer::handshake() until it is done. Keeps what it needs of the server: a
// reload, or the end of the server, does not touch it. Throws std::bad_alloc.
std::unique_ptr<TlsLayer> accept_tls(TlsServer& server);

// Why handshake() failed, for the log: "the client does not trust the certificate (unknown CA)".
std::string server_handshake_failure(const TlsLayer& layer);
// It failed because the client sent an HTTP request, and no TLS.
bool is_plain_http(const TlsLayer& layer);

}   // namespace wsxmpp::transports
