#include "options/tls_options.hpp"

#include <stdexcept>

namespace wsxmpp::app {
namespace {

OptionSet::Setter file_into(std::vector<std::string>& files) {
    return [&files](const std::string& text) {
        if (text.empty()) throw std::invalid_argument{"takes the name of a file"};
        files.push_back(text);
    };
}

}   // namespace

void declare_tls_options(OptionSet& set, TlsArguments& arguments, Options& options) {
    set.group("TLS to clients");
    set.add_list("--tls-cert", "FILE",
                 "Certificate for wss:// (PEM: the server's own, then its issuers); may be repeated, the name that a "
                 "client asks for chooses. FILE.ocsp, if there is one, is stapled",
                 "none", file_into(arguments.certificates));
    set.add_list("--tls-key", "FILE", "Its key (PEM); as many as --tls-cert, in the same order", "in --tls-cert",
                 file_into(arguments.keys));
    set.add_time("--tls-reload-interval",
                 "How often to look whether one of these files has changed, and to load them if so; 0: never, and "
                 "SIGHUP does it",
                 {&options.tls_reload_interval}, std::chrono::milliseconds{0});
}

void combine(const TlsArguments& arguments, TlsServerOptions& options) {
    const std::size_t certificates = arguments.certificates.size();
    const std::size_t keys = arguments.keys.size();
    if (certificates == 0 && keys > 0) throw std::invalid_argument{"--tls-key: there is no --tls-cert that it is for"};
    if (keys != 0 && keys != certificates)
        throw std::invalid_argument{"--tls-key: given " + std::to_string(keys) + " times, and --tls-cert " +
                                    std::to_string(certificates) +
                                    ": give one for each, in the same order, or none when each key is in the file of "
                                    "its certificate"};
    for (std::size_t i = 0; i < certificates; ++i)
        options.certificates.push_back({arguments.certificates[i], keys == 0 ? std::string{} : arguments.keys[i]});
}

}   // namespace wsxmpp::app
