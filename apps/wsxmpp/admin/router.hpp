// Answers the requests of the admin listener: metrics, the status page and what it asks for, health. Pure: what it
// shows comes from an AdminSource, the time is the source's.
//
// There is no password. What keeps web pages of others away from a listener on loopback, which every page in a browser
// on this machine can reach: the Host header must be an address (else a name of theirs could lead here: DNS rebinding),
// and what ends a session must be asked for as no page of another origin can.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/history.hpp"
#include "admin/request.hpp"
#include "admin/source.hpp"
#include "wsxmpp/http_page.hpp"

namespace wsxmpp::app {

class AdminRouter {
public:
    // `hosts`: names that the Host header may have, besides localhost and IP addresses. Source and history outlive it.
    AdminRouter(AdminSource& source, const AdminHistory& history, std::vector<std::string> hosts = {})
        : source_{source}, history_{history}, hosts_{std::move(hosts)} {}

    // `any_host`: of a Unix-domain socket, which no browser can reach. `done` is called once, now or later.
    using Done = std::function<void(HttpPage)>;
    void answer(const AdminRequest& request, bool any_host, const Done& done);

    // As every answer is: with headers that keep it out of caches and frames.
    static HttpPage text(int status, std::string line);

private:
    bool may_be_host(std::string_view host) const;
    void get(const AdminRequest& request, const Done& done);
    void get_sessions(const AdminRequest& request, const Done& done);
    void post_close(const AdminRequest& request, std::string_view id, const Done& done);

    AdminSource& source_;
    const AdminHistory& history_;
    std::vector<std::string> hosts_;
};

}   // namespace wsxmpp::app
