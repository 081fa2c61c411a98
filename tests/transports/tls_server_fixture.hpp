// A TLS server in a folder of its own, with its log; and certificates that are made once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tls_server_support.hpp"

namespace test {

inline const Identity& example() {
    static const Identity made = identity_for({"example.org", "*.example.org"});
    return made;
}
inline const Identity& chat() {
    static const Identity made = identity_for({"chat.example.org", "Example.NET"});
    return made;
}

struct ServerFixture {
    explicit ServerFixture(const std::vector<const Identity*>& identities = {&example()}) {
        for (const Identity* identity : identities)
            options.certificates.push_back(folder.write(std::to_string(options.certificates.size()), *identity));
        options.log = lines.log();
        server.emplace(options);
    }
    Visit visit(const Asking& asking = {"example.org"}) { return test::visit(*server, asking); }

    Folder folder;
    Lines lines;
    wsxmpp::TlsServerOptions options;
    std::optional<wsxmpp::TlsServer> server;
};

}   // namespace test
