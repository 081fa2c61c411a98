// The files of the page that tries the connection (try_page.html and the others), compiled into the library.
#pragma once

#include <string_view>

namespace wsxmpp::web {

extern const std::string_view try_page_html;
extern const std::string_view try_page_css;
extern const std::string_view try_page_js;

}   // namespace wsxmpp::web
