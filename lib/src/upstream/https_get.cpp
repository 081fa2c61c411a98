#include "upstream/https_get.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "upstream/foreign_sockets.hpp"
#include "upstream/openssl.hpp"

namespace wsxmpp::upstream {

namespace {

struct CurlDelete {
    void operator()(CURL* it) const { curl_easy_cleanup(it); }
    void operator()(curl_slist* it) const { curl_slist_free_all(it); }
};
// CURL and CURLM are both void.
struct MultiDelete {
    void operator()(CURLM* it) const { curl_multi_cleanup(it); }
};

// Whose SSL_CTX could not be given authorities of ours otherwise.
bool speaks_openssl() {
    static const CURLcode status = curl_global_init(CURL_GLOBAL_DEFAULT);
    const char* const tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return status == CURLE_OK && tls != nullptr && std::string_view{tls}.substr(0, 8) == "OpenSSL/";
}

// An embedder may not ignore SIGPIPE, and libcurl's own way to is the whole process's (CURLOPT_NOSIGNAL keeps it off).
class SigpipeBlocked {
public:
    SigpipeBlocked() {
        sigemptyset(&sigpipe_);
        sigaddset(&sigpipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    ~SigpipeBlocked() {
        const timespec at_once{};
        while (!was_pending_ && sigtimedwait(&sigpipe_, nullptr, &at_once) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    SigpipeBlocked(const SigpipeBlocked&) = delete;
    SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

std::string in_brackets(const asio::ip::address& address) {
    return address.is_v6() ? '[' + address.to_string() + ']' : address.to_string();
}

class HttpsGet : public std::enable_shared_from_this<HttpsGet> {
public:
    HttpsGet(asio::io_context& io, HttpsRequest request, std::function<void(HttpsAnswer)> handler)
        : io_{io},
          timer_{io},
          request_{std::move(request)},
          handler_{std::move(handler)},
          sockets_{io, [this](int fd, bool write) { on_socket(fd, write); }} {
        if (request_.trust != nullptr && SSL_CTX_up_ref(request_.trust) == 1) trust_.reset(request_.trust);
    }
    ~HttpsGet() {
        const SigpipeBlocked blocked;   // TLS says good-bye
        if (multi_ && easy_) curl_multi_remove_handle(multi_.get(), easy_.get());
        easy_.reset();
        multi_.reset();
    }
    HttpsGet(const HttpsGet&) = delete;
    HttpsGet& operator=(const HttpsGet&) = delete;

    void start() {
        if (!speaks_openssl() || !trust_) return fail_soon("libcurl has no OpenSSL here");
        const SigpipeBlocked blocked;
        multi_.reset(curl_multi_init());
        easy_.reset(curl_easy_init());
        if (!multi_ || !easy_ || !set_up() || curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK)
            fail_soon("libcurl cannot be used as is needed here");
    }

private:
    // The options of libcurl that mean nothing but their value.
    template <typename Value>
    void set(CURLoption option, Value value) {
        all_set_ = all_set_ && (curl_easy_setopt)(easy_.get(), option, value) == CURLE_OK;
    }
    template <typename Value>
    void set_multi(CURLMoption option, Value value) {
        all_set_ = all_set_ && (curl_multi_setopt)(multi_.get(), option, value) == CURLM_OK;
    }

    bool set_up() {
        set_multi(CURLMOPT_SOCKETFUNCTION, &HttpsGet::on_socket_state);
        set_multi(CURLMOPT_SOCKETDATA, this);
        set_multi(CURLMOPT_TIMERFUNCTION, &HttpsGet::on_timer_wanted);
        set_multi(CURLMOPT_TIMERDATA, this);

        const std::string port = request_.port == 443 ? "" : ':' + std::to_string(request_.port);
        set(CURLOPT_URL, ("https://" + request_.host + port + request_.target).c_str());   // copied
        set(CURLOPT_PROTOCOLS_STR, "https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
        set(CURLOPT_USERAGENT, "wsxmpp");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_ERRORBUFFER, error_.data());
        set(CURLOPT_HEADERFUNCTION, &HttpsGet::on_header);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_WRITEFUNCTION, &HttpsGet::on_body);
        set(CURLOPT_WRITEDATA, this);
        set_up_tls();
        set_up_way();
        return all_set_;
    }

    // The authorities of `trust`, and not libcurl's: they need not be read from their files again.
    void set_up_tls() {
        set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        set(CURLOPT_SSL_CTX_FUNCTION, &HttpsGet::on_tls_context);
        set(CURLOPT_SSL_CTX_DATA, this);
    }

    // libcurl resolves nothing, and connects to the addresses that it is given.
    void set_up_way() {
        const bool proxied = !request_.socks5.host.empty();
        const std::string& host = proxied ? request_.socks5.host : request_.host;
        to_port_ = proxied ? request_.socks5.port : request_.port;
        std::string entry = fmt::format("{}:{}:", host, to_port_);
        for (const auto& address : request_.addresses) entry += (entry.back() == ':' ? "" : ",") + in_brackets(address);
        resolve_.reset(curl_slist_append(nullptr, entry.c_str()));
        set(CURLOPT_RESOLVE, resolve_.get());
        set(CURLOPT_OPENSOCKETFUNCTION, &HttpsGet::open_socket);
        set(CURLOPT_OPENSOCKETDATA, this);
        std::string proxy;   // empty: none, whatever the environment says
        if (proxied) proxy = fmt::format("socks5h://{}", to_text(request_.socks5));
        set(CURLOPT_PROXY, proxy.c_str());
        set(CURLOPT_NOPROXY, "");
    }

    static std::string to_text(const ServerTarget& proxy) {
        const bool v6 = proxy.host.find(':') != std::string::npos;
        return fmt::format(v6 ? "[{}]:{}" : "{}:{}", proxy.host, proxy.port);
    }

    // --- What libcurl calls

    // A name that was not given is not looked up, and an address that was not looked at is not connected to.
    static curl_socket_t open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* to) {
        const auto* const it = static_cast<HttpsGet*>(self);
        asio::ip::tcp::endpoint endpoint;
        if (to->addrlen > endpoint.capacity()) return CURL_SOCKET_BAD;
        std::memcpy(endpoint.data(), &to->addr, to->addrlen);
        const auto& known = it->request_.addresses;
        const bool is_known = std::find(known.begin(), known.end(), endpoint.address()) != known.end();
        if (!is_known || endpoint.port() != it->to_port_) return CURL_SOCKET_BAD;
        return ::socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
    }

    static int on_socket_state(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*of_socket*/) {
        const bool both = what == CURL_POLL_INOUT;
        static_cast<HttpsGet*>(self)->sockets_.watch(fd, both || what == CURL_POLL_IN, both || what == CURL_POLL_OUT);
        return 0;
    }

    // Must not call libcurl from here.
    static int on_timer_wanted(CURLM* /*multi*/, long ms, void* self) {
        auto* const it = static_cast<HttpsGet*>(self);
        it->timer_.cancel();
        if (ms < 0) return 0;
        it->timer_.expires_after(std::chrono::milliseconds{ms});
        it->timer_.async_wait([weak = it->weak_from_this()](std::error_code ec) {
            const auto locked = weak.lock();
            if (locked && !ec) locked->act(CURL_SOCKET_TIMEOUT, 0);
        });
        return 0;
    }

    static CURLcode on_tls_context(CURL* /*easy*/, void* context, void* self) {
        auto* const theirs = static_cast<SSL_CTX*>(context);
        SSL_CTX* const ours = static_cast<HttpsGet*>(self)->trust_.get();
        SSL_CTX_set1_cert_store(theirs, SSL_CTX_get_cert_store(ours));
        const unsigned long rules = X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(ours));
        return X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(theirs), rules) == 1 ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
    }

    static std::size_t on_header(char* /*bytes*/, std::size_t size, std::size_t count, void* self) {
        auto* const it = static_cast<HttpsGet*>(self);
        it->header_size_ += size * count;
        it->too_large_ = it->header_size_ > it->request_.max_size;
        return it->too_large_ ? 0 : size * count;
    }

    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
        auto* const it = static_cast<HttpsGet*>(self);
        it->too_large_ = size * count > it->request_.max_size - it->answer_.body.size();
        if (it->too_large_) return 0;
        it->answer_.body.append(bytes, size * count);
        return size * count;
    }

    // --- What calls libcurl

    void on_socket(int fd, bool write) {
        const auto self = shared_from_this();
        act(fd, write ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
    }

    // The caller keeps us alive.
    void act(curl_socket_t fd, int what) {
        if (!handler_) return;
        const CURLMsg* message = nullptr;
        {
            const SigpipeBlocked blocked;
            int running = 0;
            curl_multi_socket_action(multi_.get(), fd, what, &running);
            int left = 0;
            message = curl_multi_info_read(multi_.get(), &left);
        }
        if (message == nullptr || message->msg != CURLMSG_DONE) return;
        answer_.fault = fault_of(message->data.result);
        finish();
    }

    std::string fault_of(CURLcode code) {
        if (too_large_) return fmt::format("the answer is larger than {} bytes", request_.max_size);
        if (code != CURLE_OK) return error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status == 200) return {};
        const bool redirect = status >= 300 && status < 400;
        return fmt::format("HTTP status {}{}", status, redirect ? ", and redirects are not followed" : "");
    }

    void fail_soon(std::string fault) {
        answer_.fault = std::move(fault);
        asio::post(io_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->finish();
        });
    }

    // The handler may drop us.
    void finish() {
        timer_.cancel();
        if (auto handler = std::exchange(handler_, nullptr)) handler(std::move(answer_));
    }

    asio::io_context& io_;
    asio::steady_timer timer_;
    HttpsRequest request_;
    std::function<void(HttpsAnswer)> handler_;   // empty: called
    ForeignSockets sockets_;
    Openssl<SSL_CTX> trust_;
    HttpsAnswer answer_;
    std::size_t header_size_ = 0;
    bool too_large_ = false;
    bool all_set_ = true;
    std::uint16_t to_port_ = 0;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::unique_ptr<curl_slist, CurlDelete> resolve_;
    std::unique_ptr<CURLM, MultiDelete> multi_;
    std::unique_ptr<CURL, CurlDelete> easy_;   // goes before the one above
};

}   // namespace

std::shared_ptr<void> https_get(asio::io_context& io, HttpsRequest request, std::function<void(HttpsAnswer)> handler) {
    auto get = std::make_shared<HttpsGet>(io, std::move(request), std::move(handler));
    get->start();
    return get;
}

}   // namespace wsxmpp::upstream
