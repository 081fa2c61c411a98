#include "admin/request.hpp"

#include <http_parser.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "ascii.hpp"

namespace wsxmpp::app {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// As a form writes it: '+' is a space. What is no escape stays as it is.
std::string decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            result += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i] == '+' ? ' ' : text[i];
        }
    }
    return result;
}

std::map<std::string, std::string> parameters(std::string_view query) {
    std::map<std::string, std::string> result;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto item = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(item.find('='), item.size());
        if (!item.empty())
            result.emplace(decoded(item.substr(0, equals)), decoded(item.substr(std::min(equals + 1, item.size()))));
    }
    return result;
}

std::string_view find(const std::map<std::string, std::string>& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? std::string_view{} : std::string_view{found->second};
}

}   // namespace

std::string_view AdminRequest::header(const std::string& name) const { return find(headers, name); }

std::string_view AdminRequest::parameter(const std::string& name) const { return find(query, name); }

struct AdminRequestReader::Impl {
    http_parser parser{};
    http_parser_settings settings{};
    State state = State::reading;
    bool begun = false;
    int status = 400;
    std::string reason;

    std::string target;
    std::string name;
    std::string value;
    bool in_value = false;
    std::size_t head = 0;
    std::size_t count = 0;
    AdminRequest request;

    Impl();
    int refuse(int with, std::string why) {
        state = State::refused;
        status = with;
        reason = std::move(why);
        return -1;   // 1 means something else to on_headers_complete
    }
    int grow(std::string& text, const char* data, std::size_t size) {
        head += size;
        if (head > max_head) return refuse(431, "the header is too large");
        text.append(data, size);
        return 0;
    }
    int end_header() {
        if (name.empty()) return 0;
        if (++count > max_headers) return refuse(431, "there are too many header fields");
        const auto [place, is_new] = request.headers.try_emplace(lowered(std::exchange(name, {})), value);
        if (!is_new) place->second += ", " + value;
        value.clear();
        in_value = false;
        return 0;
    }
    int on_url(const char* data, std::size_t size) {
        if (target.size() + size > max_target) return refuse(414, "the URI is too long");
        return grow(target, data, size);
    }
    int on_name(const char* data, std::size_t size) {
        if (in_value && end_header() != 0) return -1;
        return grow(name, data, size);
    }
    int on_value(const char* data, std::size_t size) {
        in_value = true;
        return grow(value, data, size);
    }
    int on_head() {
        if (end_header() != 0) return -1;
        constexpr auto unknown = std::numeric_limits<std::uint64_t>::max();
        if (parser.content_length != unknown && parser.content_length > max_body)
            return refuse(413, "the body is too large");
        return 0;
    }
    int on_body(const char* data, std::size_t size) {
        if (request.body.size() + size > max_body) return refuse(413, "the body is too large");
        request.body.append(data, size);
        return 0;
    }
    int on_end();
};

AdminRequestReader::Impl::Impl() {
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = this;
    http_parser_settings_init(&settings);
    settings.on_message_begin = [](http_parser* p) {
        static_cast<Impl*>(p->data)->begun = true;
        return 0;
    };
    settings.on_url = [](http_parser* p, const char* data, std::size_t size) {
        return static_cast<Impl*>(p->data)->on_url(data, size);
    };
    settings.on_header_field = [](http_parser* p, const char* data, std::size_t size) {
        return static_cast<Impl*>(p->data)->on_name(data, size);
    };
    settings.on_header_value = [](http_parser* p, const char* data, std::size_t size) {
        return static_cast<Impl*>(p->data)->on_value(data, size);
    };
    settings.on_headers_complete = [](http_parser* p) { return static_cast<Impl*>(p->data)->on_head(); };
    settings.on_body = [](http_parser* p, const char* data, std::size_t size) {
        return static_cast<Impl*>(p->data)->on_body(data, size);
    };
    settings.on_message_complete = [](http_parser* p) { return static_cast<Impl*>(p->data)->on_end(); };
}

// Paused: what follows is the next request, and waits until this one is answered.
int AdminRequestReader::Impl::on_end() {
    if (end_header() != 0) return -1;   // of a trailer
    state = State::whole;
    request.method = http_method_str(static_cast<http_method>(parser.method));
    const auto mark = std::min(target.find_first_of("?#"), target.size());
    request.path = target.substr(0, mark);
    if (mark < target.size() && target[mark] == '?')
        request.query = parameters(std::string_view{target}.substr(mark + 1));
    request.http_1_0 = parser.http_major == 1 && parser.http_minor == 0;
    request.keep_alive = http_should_keep_alive(&parser) != 0 && parser.upgrade == 0;
    http_parser_pause(&parser, 1);
    return 0;
}

AdminRequestReader::AdminRequestReader() : impl_{std::make_unique<Impl>()} {}
AdminRequestReader::~AdminRequestReader() = default;

std::size_t AdminRequestReader::feed(std::string_view bytes) {
    auto& impl = *impl_;
    if (impl.state != State::reading) return 0;
    const auto taken = http_parser_execute(&impl.parser, &impl.settings, bytes.data(), bytes.size());
    if (impl.state == State::reading && HTTP_PARSER_ERRNO(&impl.parser) != HPE_OK) {
        const auto error = HTTP_PARSER_ERRNO(&impl.parser);
        impl.refuse(error == HPE_HEADER_OVERFLOW ? 431 : 400,
                    std::string{"this is no HTTP/1 request: "} + http_errno_description(error));
    }
    return std::min(taken, bytes.size());
}

AdminRequestReader::State AdminRequestReader::state() const noexcept { return impl_->state; }
int AdminRequestReader::status() const noexcept { return impl_->status; }
const std::string& AdminRequestReader::reason() const { return impl_->reason; }
bool AdminRequestReader::begun() const noexcept { return impl_->begun; }

AdminRequest AdminRequestReader::take() {
    auto request = std::move(impl_->request);
    impl_ = std::make_unique<Impl>();
    return request;
}

}   // namespace wsxmpp::app
