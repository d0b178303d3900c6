/* The letters, names and length limits of the protocol's messages; the table is messages.def. */
#ifndef PROTOCOL_MESSAGES_H
#define PROTOCOL_MESSAGES_H

#include <stdint.h>

/* Who sends: the same letter means one thing from the client and another from the server. */
enum message_side {
	MESSAGE_FRONTEND, /* client to server */
	MESSAGE_BACKEND,  /* server to client */
};

/* FRONTEND_QUERY is 'Q', and so on. */
enum frontend_type {
#define FRONTEND(word, letter, limit, name) FRONTEND_##word = (letter),
#include "protocol/messages.def"
};

/* BACKEND_DATA_ROW is 'D', and so on. */
enum backend_type {
#define BACKEND(word, letter, name) BACKEND_##word = (letter),
#include "protocol/messages.def"
};

/* AUTHENTICATION_OK is 0, and so on. */
enum authentication {
#define AUTHENTICATION(word, number, name) AUTHENTICATION_##word = (number),
#include "protocol/messages.def"
};

/* Longest length words that a server takes; the word counts itself. */
#define MESSAGE_LIMIT_SMALL 10000u      /* PQ_SMALL_MESSAGE_LIMIT */
#define MESSAGE_LIMIT_LARGE 0x3ffffffeu /* PQ_LARGE_MESSAGE_LIMIT: MaxAllocSize - 1 */
#define MESSAGE_LIMIT_TOKEN 65535u      /* PG_MAX_AUTH_TOKEN_LENGTH */
#define MESSAGE_LIMIT_ANY   0x7fffffffu /* the word is an Int32 */

/* The documentation's name of a message, "unknown message" for a letter it does not have. */
const char *message_name(enum message_side side, uint8_t type);
/* The documentation's name of an authentication request, "unknown authentication" for others. */
const char *message_authentication_name(uint32_t number);
/* The longest length word for that message: the server's own limits for what a client sends,
 * MESSAGE_LIMIT_ANY for what the server sends and for letters we do not know, which the peer
 * judges. */
uint32_t message_limit(enum message_side side, uint8_t type);

#endif
