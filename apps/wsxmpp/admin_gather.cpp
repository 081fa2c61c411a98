#include "admin_gather.hpp"
