// An Upstream that tells what another one does not know: which server it was, and whose the domain is.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "wsxmpp/upstream.hpp"

namespace wsxmpp::test {

class ToldUpstream final : public Upstream {
public:
    explicit ToldUpstream(std::shared_ptr<Upstream> other) : other_{std::move(other)} {}

    std::shared_ptr<void> connect(const UpstreamRequest& request, ConnectHandler handler) override {
        return other_->connect(request, [this, handler = std::move(handler)](UpstreamResult result) {
            result.target = target;
            result.domain_is_served = domain_is_served;
            handler(std::move(result));
        });
    }
    std::string name() const override { return "one.test:5222, two.test:5222"; }

    std::string target = "two.test:5222";
    bool domain_is_served = false;

private:
    std::shared_ptr<Upstream> other_;
};

}   // namespace wsxmpp::test
