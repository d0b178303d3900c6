#include "protocol/messages.h"

#include <stddef.h>

static const char *const frontend_names[256] = {
#define FRONTEND(word, letter, limit, name) [letter] = (name),
#include "protocol/messages.def"
};

static const char *const backend_names[256] = {
#define BACKEND(word, letter, name) [letter] = (name),
#include "protocol/messages.def"
};

static const char *const authentication_names[] = {
#define AUTHENTICATION(word, number, name) [number] = (name),
#include "protocol/messages.def"
};

static const uint32_t frontend_limits[256] = {
#define FRONTEND(word, letter, limit, name) [letter] = MESSAGE_LIMIT_##limit,
#include "protocol/messages.def"
};

const char *message_name(enum message_side side, uint8_t type)
{
	const char *name = (side == MESSAGE_FRONTEND ? frontend_names : backend_names)[type];

	return name != NULL ? name : "unknown message";
}

const char *message_authentication_name(uint32_t number)
{
	size_t count = sizeof(authentication_names) / sizeof(authentication_names[0]);
	const char *name = number < count ? authentication_names[number] : NULL;

	return name != NULL ? name : "unknown authentication";
}

uint32_t message_limit(enum message_side side, uint8_t type)
{
	if (side == MESSAGE_BACKEND || frontend_limits[type] == 0)
		return MESSAGE_LIMIT_ANY;
	return frontend_limits[type];
}
