// All of wsxmpp.
#pragma once

#include "wsxmpp/bridge.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/frame_codec.hpp"
#include "wsxmpp/memory.hpp"
#include "wsxmpp/prometheus.hpp"
#include "wsxmpp/server_upstream.hpp"
#include "wsxmpp/stream_codec.hpp"
#include "wsxmpp/version.hpp"
#include "wsxmpp/websocket_listener.hpp"
