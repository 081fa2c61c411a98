#include "web_pages.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <thread>

#include "wsxmpp/error.hpp"
#include "wsxmpp/memory.hpp"

using wsxmpp::HttpPage;
using wsxmpp::HttpQuery;
using wsxmpp::app::first_domain;
using wsxmpp::app::Options;
using wsxmpp::app::parse_options;
using wsxmpp::app::probed_domains;
using wsxmpp::app::WebPages;

namespace {

wsxmpp::ServerUpstreamOptions upstream_of(std::vector<std::string> arguments) {
    return parse_options(std::move(arguments)).options.value().upstream;
}

using Domains = std::vector<std::string>;

}   // namespace

TEST_CASE("readiness is that of the servers that are fixed") {
    CHECK(probed_domains(upstream_of({})) == Domains{""});
    CHECK(probed_domains(upstream_of({"--upstream", "a.example", "--upstream", "b.example"})) == Domains{""});
    CHECK(probed_domains(upstream_of({"--domain", "a.example", "--domain", "b.example=c"})) ==
          Domains{"a.example", "b.example"});
    CHECK(probed_domains(upstream_of({"--any-domain", "--domain", "a.example"})) == Domains{"a.example"});
    CHECK(probed_domains(upstream_of({"--any-domain"})).empty());
}

TEST_CASE("the page tries the domain that is served, if it is the only one") {
    CHECK(first_domain(upstream_of({"--domain", "a.example"})) == "a.example");
    CHECK(first_domain(upstream_of({})).empty());
    CHECK(first_domain(upstream_of({"--domain", "a.example", "--domain", "b.example"})).empty());
    CHECK(first_domain(upstream_of({"--domain", "a.example", "--any-domain"})).empty());
}

TEST_CASE("each thread answers with its own pages, until they are retired") {
    Options options = parse_options({"--path", "/xmpp"}).options.value();
    const auto handler = WebPages::handler();
    const auto serve = [&](bool reachable) {
        asio::io_context io;
        const auto upstream = std::make_shared<wsxmpp::MemoryUpstream>(
            io, [](const std::shared_ptr<wsxmpp::Connection>&, const wsxmpp::UpstreamRequest&) {});
        if (!reachable) upstream->fail_with(wsxmpp::errc::connection_refused, "10.0.0.1");
        WebPages pages{io, upstream, options};
        pages.serve_this_thread();
        const auto ask = [&](std::string path) {
            std::optional<HttpPage> page;
            handler({std::move(path), "localhost", "", false}, [&page](HttpPage made) { page = std::move(made); });
            io.poll();
            io.restart();
            return page.value_or(HttpPage{});
        };
        std::string statuses = std::to_string(ask("/readyz").status);
        pages.retire();
        statuses += ' ' + std::to_string(ask("/readyz").status) + ' ' + ask("/readyz").body;
        return statuses + std::to_string(ask("/healthz").status) + ' ' + std::to_string(ask("/xmpp").status);
    };
    std::string other;
    std::thread thread{[&] { other = serve(false); }};
    CHECK(serve(true) == "200 503 this server is shutting down\n200 426");
    thread.join();
    CHECK(other == "503 503 this server is shutting down\n200 426");
}
