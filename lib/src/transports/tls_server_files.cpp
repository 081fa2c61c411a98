#include "transports/tls_server_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "ascii.hpp"
#include "transports/descriptor.hpp"
#include "wsxmpp/tls.hpp"

namespace wsxmpp::transports {

namespace {

constexpr std::size_t max_file = 1'048'576;

[[noreturn]] void refuse(const std::string& file, std::string_view why) {
    ERR_clear_error();
    throw std::invalid_argument{fmt::format("{}: {}", file, why)};
}

[[noreturn]] void refuse_by_system(const std::string& file) {
    refuse(file, std::error_code{errno, std::generic_category()}.message());
}

Openssl<BIO> bio_of(const std::string& content) {
    Openssl<BIO> bio{BIO_new_mem_buf(content.data(), static_cast<int>(content.size()))};
    if (!bio) throw std::bad_alloc{};
    return bio;
}

bool at_end_of_pem() {
    const unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

std::string with_reason(std::string_view what) {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? std::string{what} : fmt::format("{} ({})", what, reason);
}

void read_certificates(ServerCertificate& into, const std::string& content) {
    const auto bio = bio_of(content);
    into.issuers.reset(sk_X509_new_null());
    if (!into.issuers) throw std::bad_alloc{};
    ERR_clear_error();
    for (int count = 0;; ++count) {
        Openssl<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
        if (!certificate) {
            if (!at_end_of_pem()) refuse(into.file, with_reason("a certificate in it is broken"));
            if (count == 0) refuse(into.file, "there is no certificate in it (PEM)");
            break;
        }
        if (count == 0)
            into.certificate = std::move(certificate);
        else if (sk_X509_push(into.issuers.get(), certificate.get()) > 0)
            static_cast<void>(certificate.release());
        else
            throw std::bad_alloc{};
    }
    ERR_clear_error();
}

// OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

// `beside`: in the file of the certificate, for want of one of its own.
void read_key(ServerCertificate& into, const std::string& file, const std::string& content, bool beside) {
    const auto bio = bio_of(content);
    bool encrypted = false;
    ERR_clear_error();
    into.key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &encrypted));
    if (encrypted) refuse(file, "the private key is encrypted; 'openssl pkey' writes it without a password");
    if (!into.key && content.find("PRIVATE KEY-----") == std::string::npos)
        refuse(file, beside ? "there is no private key in it (PEM): name the key's file"
                            : "there is no private key in it (PEM)");
    if (!into.key) refuse(file, with_reason("the private key in it cannot be read"));
}

// What `work` refuses is at fault in `field`.
template <typename Work>
void blame(const char* field, Work work) {
    try {
        work();
    } catch (const std::invalid_argument& e) {
        throw TlsFileError{field, e.what()};
    }
}

void check_pair(const ServerCertificate& loaded, const std::string& key_file) {
    if (X509_check_private_key(loaded.certificate.get(), loaded.key.get()) == 1) return;
    for (int i = 0; i < sk_X509_num(loaded.issuers.get()); ++i) {
        if (X509_check_private_key(sk_X509_value(loaded.issuers.get(), i), loaded.key.get()) == 1)
            blame(certificate_field,
                  [&] { refuse(loaded.file, "the server's own certificate, that of the key, must come first in it"); });
    }
    if (key_file == loaded.file)
        blame(certificate_field, [&] { refuse(key_file, "the key in it is not that of the certificate"); });
    blame(key_field, [&] { refuse(key_file, fmt::format("it is not the key of the certificate in {}", loaded.file)); });
}

std::vector<std::string> names_of(const X509* certificate) {
    std::vector<std::string> result;
    const Openssl<GENERAL_NAMES> names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        result.push_back(ascii::lowered(bytes_of(name->d.dNSName)));
    }
    return result;
}

}   // namespace

bool FileStamp::operator==(const FileStamp& other) const {
    return there == other.there && device == other.device && inode == other.inode && size == other.size &&
           seconds == other.seconds && nanoseconds == other.nanoseconds && status_seconds == other.status_seconds &&
           status_nanoseconds == other.status_nanoseconds;
}

FileStamp stamp_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};
    return {true,
            found.st_dev,
            found.st_ino,
            found.st_size,
            found.st_mtim.tv_sec,
            found.st_mtim.tv_nsec,
            found.st_ctim.tv_sec,
            found.st_ctim.tv_nsec};
}

std::string read_file(const std::string& path) {
    // Without O_NONBLOCK, opening a pipe would wait for whoever writes to it.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.get() < 0) refuse_by_system(path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) refuse_by_system(path);
    if (!S_ISREG(status.st_mode)) refuse(path, "it is no regular file");
    std::string content;
    std::array<char, 16'384> block;
    for (;;) {
        const ssize_t size = ::read(file.get(), block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) refuse_by_system(path);
        if (size == 0) break;
        content.append(block.data(), static_cast<std::size_t>(size));
        if (content.size() > max_file) refuse(path, "it is larger than a megabyte, and so no PEM file of this kind");
    }
    OPENSSL_cleanse(block.data(), block.size());
    return content;
}

std::string key_file_of(const TlsCertificateFiles& files) {
    return files.key_file.empty() ? files.certificate_file : files.key_file;
}

std::string ocsp_file_of(const TlsCertificateFiles& files) { return files.certificate_file + ".ocsp"; }

ServerCertificate load_certificate(const TlsCertificateFiles& files) {
    ServerCertificate loaded;
    loaded.file = files.certificate_file;
    blame(certificate_field, [&] { read_certificates(loaded, read_file(files.certificate_file)); });
    const std::string key_file = key_file_of(files);
    blame(key_field, [&] {
        std::string key = read_file(key_file);
        read_key(loaded, key_file, key, files.key_file.empty());
        OPENSSL_cleanse(key.data(), key.size());
    });
    check_pair(loaded, key_file);
    loaded.names = names_of(loaded.certificate.get());
    return loaded;
}

std::time_t time_of(const ASN1_TIME* time) {
    const Openssl<ASN1_TIME> epoch{ASN1_TIME_set(nullptr, 0)};
    int days = 0;
    int seconds = 0;
    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return 0;
    return std::time_t{days} * 86'400 + seconds;
}

std::string certificate_warning(const ServerCertificate& loaded, std::time_t now) {
    const X509* const certificate = loaded.certificate.get();
    const ASN1_TIME* const begin = X509_get0_notBefore(certificate);
    const ASN1_TIME* const end = X509_get0_notAfter(certificate);
    const auto is_before = [](const ASN1_TIME* time, std::time_t moment) {
        return ASN1_TIME_cmp_time_t(time, moment) < 0;
    };
    if (is_before(end, now)) return fmt::format("the certificate expired on {}", date_of(end));
    // It is valid in the second of its beginning, too (RFC 5280 §4.1.2.5): one made just now is.
    if (ASN1_TIME_cmp_time_t(begin, now) > 0)
        return fmt::format("the certificate is not valid before {}", date_of(begin));
    // It should have been renewed long ago: ACME clients do that when a third of its life is left.
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, begin, end);
    const std::time_t life = std::time_t{days} * 86'400 + seconds;
    const std::time_t soon = std::min<std::time_t>(life / 10, std::time_t{14} * 86'400);
    if (is_before(end, now + soon)) return fmt::format("the certificate expires soon, on {}", date_of(end));
    if (loaded.names.empty())
        return "the certificate names no domain (it has no DNS name as subject alternative name): browsers refuse it";
    return {};
}

}   // namespace wsxmpp::transports
