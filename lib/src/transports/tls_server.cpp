#include "transports/tls_server.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <exception>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "transports/tls_server_context.hpp"
#include "transports/tls_server_ocsp.hpp"
#include "wsxmpp/tls.hpp"

namespace wsxmpp {

using transports::FileStamp;
using transports::Openssl;
using transports::ServedCertificate;
using transports::TlsLayer;

namespace {

constexpr std::time_t day = 86'400;

void check(const TlsServerOptions& options) {
    constexpr std::chrono::seconds least = std::chrono::minutes{1};
    constexpr std::chrono::seconds most = std::chrono::hours{7 * 24};
    if (options.certificates.empty()) throw std::invalid_argument{"TLS: there is no certificate"};
    for (const auto time : {options.ticket_rotation, options.ticket_lifetime})
        if (time < least || time > most)
            throw std::invalid_argument{
                "TLS: tickets live, and their keys are rotated, within a minute to seven days (RFC 8446 §4.6.1)"};
}

std::shared_ptr<const ServedCertificate> load_one(const TlsCertificateFiles& files, std::time_t now) {
    auto made = std::make_shared<ServedCertificate>(ServedCertificate{transports::load_certificate(files), {}});
    ServedCertificate& one = *made;
    const std::string ocsp = transports::ocsp_file_of(files);
    if (!transports::stamp_of(ocsp).there) {
        if (transports::must_staple(one.loaded.certificate.get()))
            one.staple.fault =
                fmt::format("{}: it is missing, and clients refuse the certificate without it (RFC 7633)", ocsp);
        return made;
    }
    try {
        one.staple = transports::read_staple(transports::read_file(ocsp), one.loaded, now);
        if (!one.staple.fault.empty()) one.staple.fault = fmt::format("{}: {}", ocsp, one.staple.fault);
    } catch (const std::invalid_argument& e) {
        one.staple.fault = e.what();
    }
    return made;
}

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
    return text;
}

}   // namespace

TlsServer::Impl::Impl(TlsServerOptions options)
    : options_{(check(options), std::move(options))},
      tickets_{std::make_shared<transports::TicketKeys>(options_.ticket_rotation, options_.ticket_lifetime)},
      seen_{look()},
      faults_(options_.certificates.size()) {
    const std::time_t now = std::time(nullptr);
    Certificates certificates;
    for (const TlsCertificateFiles& files : options_.certificates) certificates.push_back(load_one(files, now));
    use(std::move(certificates));
    tell(all());
}

TlsServer::Impl::Stamps TlsServer::Impl::look() const {
    Stamps stamps;
    for (const TlsCertificateFiles& files : options_.certificates) {
        stamps.push_back(transports::stamp_of(files.certificate_file));
        stamps.push_back(transports::stamp_of(transports::key_file_of(files)));
        stamps.push_back(transports::stamp_of(transports::ocsp_file_of(files)));
    }
    return stamps;
}

std::vector<std::size_t> TlsServer::Impl::all() const {
    std::vector<std::size_t> which(options_.certificates.size());
    std::iota(which.begin(), which.end(), std::size_t{0});
    return which;
}

std::vector<std::size_t> TlsServer::Impl::broken() const {
    std::vector<std::size_t> which = all();
    which.erase(std::remove_if(which.begin(), which.end(), [this](std::size_t i) { return faults_[i].empty(); }),
                which.end());
    return which;
}

void TlsServer::Impl::use(Certificates certificates) {
    auto context = transports::make_server_context(certificates, tickets_);
    const std::lock_guard lock{context_mutex_};
    certificates_.swap(certificates);
    context_.swap(context);
}

// Who asks for it hears of all that is broken, known or not.
bool TlsServer::Impl::reload() noexcept {
    try {
        const std::lock_guard lock{mutex_};
        for (std::string& fault : faults_) fault.clear();
        return reload(look());
    } catch (...) {   // no memory
        return false;
    }
}

// What was broken may have been mended by what no stamp shows: the permissions of a folder.
bool TlsServer::Impl::reload_if_changed() noexcept {
    try {
        const std::lock_guard lock{mutex_};
        Stamps stamps = look();
        if (stamps != seen_) return reload(std::move(stamps));
        if (const std::time_t now = std::time(nullptr); now - warned_at_ >= day) warn(now);
        const auto again = broken();
        return again.empty() || load(again);
    } catch (...) {
        return false;
    }
}

// `stamps` were taken before anything was read: what changes meanwhile is seen the next time.
bool TlsServer::Impl::reload(Stamps stamps) {
    seen_ = std::move(stamps);
    return load(all());
}

// Of a pair that is broken the old certificate stays.
bool TlsServer::Impl::load(const std::vector<std::size_t>& which) {
    const std::time_t now = std::time(nullptr);
    Certificates certificates = certificates_;
    std::vector<std::size_t> loaded;
    for (const std::size_t i : which) {
        try {
            auto one = load_one(options_.certificates[i], now);
            static_cast<void>(transports::make_server_context({one}, tickets_));   // OpenSSL takes it
            certificates[i] = std::move(one);
            loaded.push_back(i);
        } catch (const TlsFileError& e) {
            fail(i, e.reason());
        } catch (const std::exception& e) {
            fail(i, e.what());
        }
    }
    if (loaded.size() < which.size()) ++reload_failures_;
    if (loaded.empty()) return false;
    try {
        use(std::move(certificates));
    } catch (const std::exception& e) {   // each was taken: no memory
        if (loaded.size() == which.size()) ++reload_failures_;
        for (const std::size_t i : loaded) fail(i, e.what());
        return false;
    }
    for (const std::size_t i : loaded) faults_[i].clear();
    options_.log(LogLevel::info, "TLS certificates reloaded");
    tell(loaded);
    return loaded.size() == which.size();
}

void TlsServer::Impl::fail(std::size_t which, std::string reason) {
    if (faults_[which] == reason) return;   // that has been said
    options_.log(LogLevel::warning, "TLS certificate not reloaded: the old one stays",
                 {{"file", options_.certificates[which].certificate_file}, {"reason", reason}});
    faults_[which] = std::move(reason);
}

void TlsServer::Impl::tell(const std::vector<std::size_t>& which) {
    for (const std::size_t i : which) {
        const ServedCertificate& it = *certificates_[i];
        const X509* const certificate = it.loaded.certificate.get();
        options_.log(LogLevel::info, "TLS certificate",
                     {{"file", it.loaded.file},
                      {"names", joined(it.loaded.names)},
                      {"key", EVP_PKEY_get0_type_name(it.loaded.key.get())},
                      {"not_after", transports::date_of(X509_get0_notAfter(certificate))},
                      {"ocsp", it.staple.response.empty() ? "no" : "stapled"}});
        if (!it.staple.fault.empty())
            options_.log(LogLevel::warning, "OCSP response not stapled", {{"reason", it.staple.fault}});
    }
    warn(std::time(nullptr));
}

void TlsServer::Impl::warn(std::time_t now) {
    warned_at_ = now;
    for (const auto& it : certificates_) {
        if (const std::string what = transports::certificate_warning(it->loaded, now); !what.empty())
            options_.log(LogLevel::warning, what, {{"file", it->loaded.file}});
        if (!it->staple.response.empty() && it->staple.until <= now)
            options_.log(LogLevel::warning, "OCSP response no longer stapled: it is past its nextUpdate",
                         {{"file", it->loaded.file}});
    }
}

std::vector<TlsCertificateStatus> TlsServer::Impl::certificates() const {
    const auto served = [this] {
        const std::lock_guard lock{context_mutex_};
        return certificates_;
    }();
    std::vector<TlsCertificateStatus> result;
    for (const auto& it : served) {
        const std::time_t end = transports::time_of(X509_get0_notAfter(it->loaded.certificate.get()));
        result.push_back({it->loaded.file, it->loaded.names, std::chrono::system_clock::from_time_t(end)});
    }
    return result;
}

Openssl<SSL> TlsServer::Impl::accept() {
    const std::lock_guard lock{context_mutex_};
    Openssl<SSL> ssl{SSL_new(context_.get())};
    if (!ssl) throw std::bad_alloc{};
    return ssl;
}

TlsServer::TlsServer(TlsServerOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}
TlsServer::~TlsServer() = default;
bool TlsServer::reload() noexcept { return impl_->reload(); }
bool TlsServer::reload_if_changed() noexcept { return impl_->reload_if_changed(); }
std::vector<TlsCertificateStatus> TlsServer::certificates() const { return impl_->certificates(); }
std::uint64_t TlsServer::reload_failures() const noexcept { return impl_->reload_failures(); }

}   // namespace wsxmpp

namespace wsxmpp::transports {

std::unique_ptr<TlsLayer> accept_tls(TlsServer& server) {
    Openssl<SSL> ssl = server.impl().accept();
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsLayer>(ssl.release());
}

}   // namespace wsxmpp::transports
