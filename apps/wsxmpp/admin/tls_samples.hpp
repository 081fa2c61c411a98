// What Prometheus is told of the certificates that clients see: an alert before one expires needs no other eye.
#pragma once

#include <vector>

#include "wsxmpp/prometheus.hpp"
#include "wsxmpp/tls_server.hpp"

namespace wsxmpp::app {

std::vector<PrometheusSample> tls_samples(const TlsServer& server);

}   // namespace wsxmpp::app
