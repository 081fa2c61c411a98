#include "admin/admin.hpp"

#include <pthread.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "admin/gather.hpp"
#include "admin/history.hpp"
#include "admin/http.hpp"
#include "admin/router.hpp"

namespace wsxmpp::app {
namespace {

constexpr auto sample_interval = std::chrono::seconds{1};

}   // namespace

// The order matters: what is used by others stands before them.
struct Admin::Parts {
    Parts(const AdminOptions& options, Server& server, Log to)
        : log{std::move(to)},
          sockets{*io, *options.address},
          source{io, server},
          router{source, history, options.hosts},
          http{sockets,
               [this](const AdminRequest& request, bool local, const std::function<void(HttpPage)>& done) {
                   router.answer(request, local, done);
               },
               http_options(log)} {}

    static AdminHttpOptions http_options(const Log& log) {
        AdminHttpOptions options;
        options.log = log;
        return options;
    }

    // Once a second, reckoned from the last time it was due: seconds do not drift.
    void sample() {
        source.update([this](bool) {   // of a thread that does not answer, what it has counted before
            const auto now = std::chrono::steady_clock::now();
            history.add(source.sample(), now, std::chrono::system_clock::now());
            timer.expires_at(std::max(timer.expiry() + sample_interval, now));
            timer.async_wait([this](std::error_code ec) {
                if (!ec) sample();
            });
        });
    }

    void run() {
        pthread_setname_np(pthread_self(), "wsxmpp/admin");   // as top -H shows it
        http.start();
        timer.expires_after(std::chrono::seconds{0});
        sample();
        while (!io->stopped()) {
            try {
                io->run();
            } catch (const std::exception& e) {   // out of memory, of descriptors: sessions are not its business
                log(LogLevel::error, "admin: a request failed", {{"reason", e.what()}});
            }
        }
    }

    Log log;
    std::shared_ptr<asio::io_context> io = std::make_shared<asio::io_context>(1);
    AdminSockets sockets;
    AdminHistory history;
    ServerAdminSource source;
    AdminRouter router;
    AdminHttp http;
    asio::steady_timer timer{*io};
    asio::executor_work_guard<asio::io_context::executor_type> work{io->get_executor()};
    std::thread thread;
};

Admin::Admin(const AdminOptions& options, Server& server, const Log& log) {
    if (!options.address) return;
    parts_ = std::make_unique<Parts>(options, server, log);
    uris_ = parts_->sockets.uris();
    if (is_beyond_loopback(*options.address))
        log(LogLevel::warning,
            "--admin HAS NO PASSWORD and listens beyond this machine: who reaches it sees and can end every session",
            {{"address", uris_.front()}});
}

Admin::~Admin() {
    if (!parts_) return;
    parts_->io->stop();
    if (parts_->thread.joinable()) parts_->thread.join();
}

void Admin::start() {
    if (!parts_) return;
    try {
        parts_->thread = std::thread{[this] { parts_->run(); }};
    } catch (const std::system_error& e) {
        throw std::system_error{e.code(), "cannot start the thread of --admin"};
    }
}

}   // namespace wsxmpp::app
