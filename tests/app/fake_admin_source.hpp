// An AdminSource that shows what a test has put there.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/source.hpp"

struct FakeAdminSource final : wsxmpp::app::AdminSource {
    wsxmpp::app::AdminAbout shown_about{"1.2.3", "xmpp.test:5222", 2, {}, std::chrono::seconds{61}, false};
    wsxmpp::app::AdminSample shown_sample;
    std::string shown_metrics = "wsxmpp_sessions 0\n";
    Sessions shown_sessions{std::vector<wsxmpp::SessionView>{}};
    std::string shown_why_not_ready;
    bool threads_answer = true;
    bool up_to_date = false;
    std::vector<std::uint64_t> closed;

    wsxmpp::app::AdminAbout about() override { return shown_about; }
    wsxmpp::app::AdminSample sample() override { return shown_sample; }
    std::string prometheus() override { return shown_metrics; }
    void update(std::function<void(bool)> done) override {
        if (threads_answer) up_to_date = true;
        done(threads_answer);
    }
    void readiness(std::function<void(std::optional<std::string>)> done) override {
        done(threads_answer ? std::optional{shown_why_not_ready} : std::nullopt);
    }
    void sessions(std::function<void(Sessions)> done) override { done(threads_answer ? shown_sessions : std::nullopt); }
    void close(std::uint64_t id, std::function<void(std::optional<bool>)> done) override {
        if (!threads_answer) return done(std::nullopt);
        auto& open = *shown_sessions;
        const auto found = std::find_if(open.begin(), open.end(), [id](const auto& view) { return view.id == id; });
        if (found == open.end()) return done(false);
        closed.push_back(id);
        open.erase(found);
        done(true);
    }
};
