// The load generator: `load SCENARIO --port PORT [options]`, a line of JSON when all went well.
#include <sys/prctl.h>

#include <cstdio>
#include <functional>
#include <map>
#include <sstream>

#include "load/scenario.hpp"

namespace {

using namespace bench;

constexpr const char* usage =
    "load SCENARIO --port PORT [--pid PID[,PID...]] [--framing tcp|rfc7395|text] [--binary 1] [--tls 1] [--path /]\n"
    "     [--domain NAME] [--user bench%] [--password secret]\n"
    "  echo   --connections N --in-flight N --body BYTES (--seconds S --warm-up S | --messages N)\n"
    "  paced  --connections N --rate N --body BYTES --seconds S --warm-up S\n"
    "  flood  --connections N --count STANZAS\n"
    "  churn  --sessions N --parallel N        gone   --sessions N --parallel N\n"
    "  idle   --sessions N [--hold S]          stall  --sessions N --count STANZAS\n";

template <typename T>
std::function<void(const std::string&)> into(T& target) {
    return [&target](const std::string& value) {
        std::istringstream in{value};
        if (!(in >> target) || in.peek() != EOF) throw Failure{"not a value: " + value};
    };
}

Options parse(int argc, char* argv[]) {
    Options options;
    auto& client = options.client;
    const std::map<std::string, std::function<void(const std::string&)>> known{
        {"--port", into(client.port)},
        {"--framing",
         [&](const std::string& value) {
             client.framing = value == "rfc7395" ? Framing::rfc7395 : value == "text" ? Framing::text : Framing::tcp;
         }},
        {"--binary", into(client.binary)},
        {"--tls", into(client.tls)},
        {"--path", into(client.path)},
        {"--domain", into(client.domain)},
        {"--user", into(client.user)},
        {"--password", into(client.password)},
        {"--pid",
         [&](const std::string& value) {
             std::istringstream list{value};
             for (std::string pid; std::getline(list, pid, ',');) options.pids.push_back(std::stoi(pid));
         }},
        {"--connections", into(options.connections)},
        {"--in-flight", into(options.in_flight)},
        {"--body", into(options.body)},
        {"--seconds", into(options.seconds)},
        {"--warm-up", into(options.warm_up)},
        {"--messages", into(options.messages)},
        {"--rate", into(options.rate)},
        {"--count", into(options.count)},
        {"--sessions", into(options.sessions)},
        {"--hold", into(options.hold)},
        {"--parallel", into(options.parallel)},
    };
    if (argc < 2 || argc % 2 != 0) throw Failure{std::string{"usage:\n"} + usage};
    options.scenario = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const auto option = known.find(argv[i]);
        if (option == known.end()) throw Failure{std::string{"what is "} + argv[i] + "? usage:\n" + usage};
        option->second(argv[i + 1]);
    }
    return options;
}

}   // namespace

int main(int argc, char* argv[]) try {
    prepare_process();
    prctl(PR_SET_TIMERSLACK, 1UL);   // the pace is kept to the microsecond
    const auto options = parse(argc, argv);
    auto result = make_scenario(options)->run();
    std::printf("%s\n", to_json(options, result).c_str());
} catch (const std::exception& e) {
    std::fprintf(stderr, "load: %s\n", e.what());
    return 1;
}
