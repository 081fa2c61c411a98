#include "admin/tls_samples.hpp"

#include <chrono>
#include <set>
#include <string>

namespace wsxmpp::app {

std::vector<PrometheusSample> tls_samples(const TlsServer& server) {
    std::vector<PrometheusSample> samples;
    std::set<std::string> told;   // a file that is named twice is one series
    for (const TlsCertificateStatus& certificate : server.certificates()) {
        if (!told.insert(certificate.file).second) continue;
        const auto end = std::chrono::duration_cast<std::chrono::seconds>(certificate.not_after.time_since_epoch());
        samples.push_back({"wsxmpp_tls_certificate_not_after_timestamp_seconds",
                           "When a certificate that clients see expires, as Unix time.",
                           "gauge",
                           {{"file", certificate.file}},
                           static_cast<double>(end.count())});
    }
    samples.push_back({"wsxmpp_tls_reload_failures_total",
                       "How often a certificate could not be loaded again: the old one stays.",
                       "counter",
                       {},
                       static_cast<double>(server.reload_failures())});
    return samples;
}

}   // namespace wsxmpp::app
