#include "admin.hpp"
