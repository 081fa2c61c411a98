// All of wsxmpp.
#pragma once

#include "wsxmpp/bridge.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/memory.hpp"
#include "wsxmpp/origin_list.hpp"
#include "wsxmpp/prometheus.hpp"
#include "wsxmpp/readiness_probe.hpp"
#include "wsxmpp/server_upstream.hpp"
#include "wsxmpp/stream_codec.hpp"
#include "wsxmpp/tls_server.hpp"
#include "wsxmpp/version.hpp"
#include "wsxmpp/web_pages.hpp"
#include "wsxmpp/websocket_listener.hpp"
