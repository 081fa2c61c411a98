#include "transports/http_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ascii.hpp"

namespace wsxmpp::transports {

namespace {

using ascii::equals_ignoring_case;

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

// host [":" port], without a user (RFC 3986 §3.2.2); what a host may look like exactly is the affair of who uses it.
bool is_authority(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7F && std::string_view{"/?#@\\\"<>^`{|}"}.find(c) == std::string_view::npos;
    });
}

// The part of an absolute-form target after "http://"; empty for other forms.
std::string_view after_scheme(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://", "ws://", "wss://"})
        if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
    return {};
}

class Reader {
public:
    explicit Reader(HttpHead& head) : head_{head} {}

    // What is wrong with the line, or nothing.
    std::string_view request_line(std::string_view line) {
        const auto first = line.find(' ');
        const auto last = line.rfind(' ');
        if (first == std::string_view::npos || line.find(' ', first + 1) != last)
            return "the request line is not METHOD TARGET VERSION";
        head_.method = line.substr(0, first);
        head_.version = line.substr(last + 1);
        if (!is_token(head_.method)) return "a method with forbidden characters";
        if (head_.version.substr(0, 5) != "HTTP/") return "the request line does not end with a version";
        return target(line.substr(first + 1, last - first - 1));
    }

    std::string_view header(std::string_view line) {
        const auto colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) return "a header line without a name";
        const std::string_view name = line.substr(0, colon);
        if (!is_token(name)) return "a header name with forbidden characters";
        const auto value = [&] { return trimmed(line.substr(colon + 1)); };
        for (Once& one : once_) {
            if (!equals_ignoring_case(name, one.name)) continue;
            if (std::exchange(one.seen, true)) return one.fault;
            *one.value = value();
            return {};
        }
        for (const auto& [known, list] : lists_)
            if (equals_ignoring_case(name, known)) list->add(value());
        return {};
    }

    // Once all lines have been read (RFC 9112 §3.2; §3.2.2: an absolute-form target goes before the Host header).
    std::string_view end() {
        if (host_.empty()) {
            if (head_.version == "HTTP/1.1") return "no Host header (RFC 9112 §3.2)";
        } else if (!is_authority(host_)) {
            return "a malformed Host header (RFC 9112 §3.2)";
        }
        if (head_.host.empty()) head_.host = host_;
        return {};
    }

private:
    struct Once {
        std::string_view name;
        std::string_view* value;
        std::string_view fault;
        bool seen = false;
    };

    std::string_view target(std::string_view target) {
        if (std::any_of(target.begin(), target.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7F; }))
            return "a target with characters that are to be percent-encoded";
        if (const std::string_view rest = after_scheme(target); !rest.empty()) {
            const auto end = std::min(rest.find_first_of("/?"), rest.size());
            head_.host = rest.substr(0, end);
            if (!is_authority(head_.host)) return "a target with a malformed host (RFC 9112 §3.2.2)";
            target = rest.substr(end);
        }
        target = target.substr(0, target.find('?'));
        if (target.empty() && !head_.host.empty()) target = "/";
        // Those of CONNECT and OPTIONS (§3.2.3, §3.2.4) are for methods that are refused anyway.
        if (target.empty() ||
            (target.front() != '/' && head_.method != "CONNECT" && head_.method != "OPTIONS" && head_.method != "PRI"))
            return "the target is no path (RFC 9112 §3.2)";
        head_.path = target;
        return {};
    }

    HttpHead& head_;
    std::string_view host_;
    std::array<Once, 5> once_{
        {{"Host", &host_, "more than one Host header"},
         {"Origin", &head_.origin, "more than one Origin header (RFC 6454 §7.3)"},
         {"Content-Length", &head_.content_length, "more than one Content-Length header"},
         {"Sec-WebSocket-Key", &head_.websocket_key, "more than one Sec-WebSocket-Key header (RFC 6455 §11.3.1)"},
         {"Sec-WebSocket-Version", &head_.websocket_version,
          "more than one Sec-WebSocket-Version header (RFC 6455 §11.3.5)"}}};
    const std::array<std::pair<std::string_view, HeaderList*>, 7> lists_{
        {{"Upgrade", &head_.upgrade},
         {"Connection", &head_.connection},
         {"Transfer-Encoding", &head_.transfer_encoding},
         {"Sec-WebSocket-Extensions", &head_.websocket_extensions},
         {"Forwarded", &head_.forwarded},
         {"X-Forwarded-For", &head_.x_forwarded_for},
         {"X-Forwarded-Proto", &head_.x_forwarded_proto}}};
};

bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (equals_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

}   // namespace

void HeaderList::add(std::string_view value) {
    if (empty())
        first_ = value;
    else
        rest_.append(", ").append(value);
}

bool HeaderList::has(std::string_view token) const { return lists(first_, token) || lists(rest_, token); }

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_token_char(char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

HttpHead read_head(std::string_view head, std::size_t max_headers) {
    HttpHead result;
    Reader reader{result};
    const auto fail = [&result](int status, std::string_view fault) {
        result.status = status;
        result.fault = fault;
        return result;
    };
    for (std::size_t number = 0;; ++number) {   // the request line is number 0
        const auto end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (line.empty()) break;
        if (number == 0 && line.size() > max_request_line) return fail(414, "the request line is too long");
        if (number > max_headers) return fail(431, "too many header lines");
        if (std::any_of(line.begin(), line.end(), is_control)) return fail(400, "a control character");
        const std::string_view fault = number == 0 ? reader.request_line(line) : reader.header(line);
        if (!fault.empty()) return fail(400, fault);
    }
    if (const std::string_view fault = reader.end(); !fault.empty()) return fail(400, fault);
    return result;
}

}   // namespace wsxmpp::transports
