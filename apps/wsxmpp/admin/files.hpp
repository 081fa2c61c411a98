// The files of the status page (the folder admin), compiled into the program.
#pragma once

#include <string_view>

namespace wsxmpp::app {

extern const std::string_view admin_page_html;
extern const std::string_view admin_page_css;
extern const std::string_view admin_page_js;
extern const std::string_view admin_graph_js;
extern const std::string_view admin_icon_svg;

}   // namespace wsxmpp::app
