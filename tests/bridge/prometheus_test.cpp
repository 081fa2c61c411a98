// The text that Prometheus reads, to the byte; and what its own checker says of it.
#include "wsxmpp/prometheus.hpp"

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <limits>
#include <string>

#include "bridge/prometheus_writer.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/version.hpp"

using namespace wsxmpp;
using Catch::Matchers::Contains;

namespace {

// All lines of one family, HELP and TYPE included.
std::string family(const std::string& text, const std::string& name) {
    const std::size_t begin = text.find("# HELP " + name + ' ');
    REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find("# HELP ", begin + 1) - begin);
}

}   // namespace

TEST_CASE("samples of one family stand together, in the order in which families came first") {
    PrometheusWriter out;
    out.add("a_total", "counter", "Of a.", {{"x", "1"}}, 1);
    out.add("b", "gauge", "Of b.", {}, -2);
    out.add("a_total", "counter", "Of a.", {{"x", "2"}, {"y", "3"}}, 4);
    CHECK(out.text() ==
          "# HELP a_total Of a.\n"
          "# TYPE a_total counter\n"
          "a_total{x=\"1\"} 1\n"
          "a_total{x=\"2\",y=\"3\"} 4\n"
          "# HELP b Of b.\n"
          "# TYPE b gauge\n"
          "b -2\n");
}

TEST_CASE("what would end a value or a line is escaped") {
    PrometheusWriter out;
    out.add("a", "gauge", "C:\\x \"y\"\nz", {{"l", "C:\\x \"y\"\nz"}}, 0);
    CHECK(out.text() ==
          "# HELP a C:\\\\x \"y\"\\nz\n"
          "# TYPE a gauge\n"
          "a{l=\"C:\\\\x \\\"y\\\"\\nz\"} 0\n");
}

TEST_CASE("the buckets of a histogram count all that is below them") {
    PrometheusWriter out;
    out.add_histogram("h_seconds", "Of h.", {{"x", "1"}}, {0.005, 1}, {3, 0, 2}, 7.5);
    CHECK(out.text() ==
          "# HELP h_seconds Of h.\n"
          "# TYPE h_seconds histogram\n"
          "h_seconds_bucket{x=\"1\",le=\"0.005\"} 3\n"
          "h_seconds_bucket{x=\"1\",le=\"1\"} 3\n"
          "h_seconds_bucket{x=\"1\",le=\"+Inf\"} 5\n"
          "h_seconds_sum{x=\"1\"} 7.5\n"
          "h_seconds_count{x=\"1\"} 5\n");
}

TEST_CASE("numbers are the shortest that are read as the same") {
    CHECK(prometheus_number(0) == "0");
    CHECK(prometheus_number(262'144) == "262144");
    CHECK(prometheus_number(86'400) == "86400");
    CHECK(prometheus_number(0.0025) == "0.0025");
    CHECK(prometheus_number(-1.5) == "-1.5");
    CHECK(prometheus_number(9'007'199'254'740'991) == "9007199254740991");
    CHECK(prometheus_number(1e20) == "1e+20");
    CHECK(prometheus_number(std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(prometheus_number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("the numbers of all threads are summed") {
    Metrics a;
    Metrics b;
    a.sessions_in(SessionState::logged_in).add(2);
    b.sessions_in(SessionState::logged_in).add(3);
    a.traffic.bytes_from_clients.add(10);
    b.traffic.bytes_from_clients.add(20);
    a.count_error(errc::login_timeout);
    b.count_error(errc::login_timeout);
    b.count_error(std::make_error_code(std::errc::connection_reset));
    a.connect.add(2'500);
    b.connect.add(400'000);
    const std::string text = prometheus_text({&a, &b});
    CHECK_THAT(text, Contains("\nwsxmpp_sessions{state=\"logged in\"} 5\n"));
    CHECK_THAT(text, Contains("\nwsxmpp_sessions{state=\"waiting\"} 0\n"));
    CHECK(family(text, "wsxmpp_received_bytes_total") ==
          "# HELP wsxmpp_received_bytes_total Payload received: of WebSocket messages from clients, of streams from "
          "servers.\n"
          "# TYPE wsxmpp_received_bytes_total counter\n"
          "wsxmpp_received_bytes_total{from=\"client\"} 30\n"
          "wsxmpp_received_bytes_total{from=\"server\"} 0\n");
    CHECK(family(text, "wsxmpp_session_errors_total") ==
          "# HELP wsxmpp_session_errors_total Sessions that ended by an error: its stream error condition, and its "
          "cause as the log has it.\n"
          "# TYPE wsxmpp_session_errors_total counter\n"
          "wsxmpp_session_errors_total{condition=\"remote-connection-failed\",cause=\"error of the operating system\"} "
          "1\n"
          "wsxmpp_session_errors_total{condition=\"connection-timeout\",cause=\"no login in time\"} 2\n");
    CHECK(family(text, "wsxmpp_connect_duration_seconds") ==
          "# HELP wsxmpp_connect_duration_seconds Time to connect to a server, with DNS and TLS.\n"
          "# TYPE wsxmpp_connect_duration_seconds histogram\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.001\"} 0\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.0025\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.005\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.01\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.025\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.05\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.1\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.25\"} 1\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"0.5\"} 2\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"1\"} 2\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"2.5\"} 2\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"5\"} 2\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"10\"} 2\n"
          "wsxmpp_connect_duration_seconds_bucket{le=\"+Inf\"} 2\n"
          "wsxmpp_connect_duration_seconds_sum 0.4025\n"
          "wsxmpp_connect_duration_seconds_count 2\n");
    CHECK(family(text, "wsxmpp_build_info") ==
          "# HELP wsxmpp_build_info Which wsxmpp this is.\n"
          "# TYPE wsxmpp_build_info gauge\n"
          "wsxmpp_build_info{version=\"" +
              std::string{version} + "\"} 1\n");
}

TEST_CASE("a domain that several threads serve is one, and its name is escaped") {
    Metrics a;
    Metrics b;
    a.domains[a.domains.find_or_add("other.example")].sessions.add(1);
    a.domains[a.domains.find_or_add("a\"b")].sessions.add(2);
    b.domains[b.domains.find_or_add("a\"b")].sessions.add(4);
    CHECK(family(prometheus_text({&a, &b}), "wsxmpp_domain_sessions") ==
          "# HELP wsxmpp_domain_sessions Sessions open now, by domain.\n"
          "# TYPE wsxmpp_domain_sessions gauge\n"
          "wsxmpp_domain_sessions{domain=\"a\\\"b\"} 6\n"
          "wsxmpp_domain_sessions{domain=\"other.example\"} 1\n");
}

TEST_CASE("limits that another layer counts stand with those of sessions") {
    const Metrics metrics;
    const std::string text = prometheus_text(
        {&metrics}, {},
        {{"wsxmpp_limits_hit_total", "Ignored: the family has a help.", "counter", {{"limit", "max-x"}}, 7},
         {"wsxmpp_http_requests_total", "Requests.", "counter", {}, 3}});
    const std::string limits = family(text, "wsxmpp_limits_hit_total");
    CHECK_THAT(limits, Contains("\nwsxmpp_limits_hit_total{limit=\"login-timeout\"} 0\n"));
    CHECK_THAT(limits, Contains("\nwsxmpp_limits_hit_total{limit=\"max-x\"} 7\n"));
    CHECK_THAT(text, Contains("# TYPE wsxmpp_http_requests_total counter\nwsxmpp_http_requests_total 3\n"));
}

TEST_CASE("what the listeners of all threads have counted is summed") {
    const Metrics metrics;
    ListenerCounters a;
    ListenerCounters b;
    a.answers.of(101).add(2);
    b.answers.of(101).add(3);
    b.answers.of(418).add();
    b.over_connection_rate.add(4);
    a.handshake_wait.add(1'500);
    const std::string text = prometheus_text({&metrics}, {&a, &b});
    CHECK_THAT(text, Contains("wsxmpp_http_responses_total{status=\"101\"} 5\n"));
    CHECK_THAT(text, Contains("wsxmpp_http_responses_total{status=\"other\"} 1\n"));
    CHECK_THAT(family(text, "wsxmpp_limits_hit_total"), Contains("{limit=\"connection-rate\"} 4\n"));
    CHECK_THAT(family(text, "wsxmpp_handshake_duration_seconds"), Contains("_bucket{le=\"0.0025\"} 1\n"));
}

#ifdef WSXMPP_PROMTOOL
TEST_CASE("promtool finds nothing wrong with the text") {
    Metrics metrics;
    metrics.servers[metrics.servers.find_or_add("localhost:5222")].connect.add(1'234);
    metrics.domains[metrics.domains.find_or_add("a\\\"\nb")].sessions.add(1);
    metrics.count_error(errc::login_timeout);
    metrics.elements_from_clients.add(100);
    FILE* const tool = popen(WSXMPP_PROMTOOL " check metrics", "w");
    REQUIRE(tool != nullptr);
    const ListenerCounters listener;
    const std::string text =
        prometheus_text({&metrics}, {&listener}, {{"wsxmpp_x_total", "Of x.", "counter", {{"y", "z"}}, 1}});
    CHECK(std::fwrite(text.data(), 1, text.size(), tool) == text.size());
    const int status = pclose(tool);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);   // 1: it cannot be read; 3: against the naming rules
}
#endif
