/* A session: one client, one server connection, and everything between them.
 *
 * Phases do the work and know nothing of each other: greet reads the first packets, login what the
 * server says until it is ready, relay what the client says, replies what the server says, ask puts
 * catalog questions. Only session.c moves a session from state to state, opens, reads and closes.
 * A session lives on one worker; it frees itself when it is over. */
#ifndef PROXY_SESSION_H
#define PROXY_SESSION_H

#include <netinet/in.h>

#include "protocol/dialog.h"
#include "protocol/startup.h"
#include "proxy/catalog_watch.h"
#include "proxy/link.h"
#include "proxy/notes.h"

struct ask;
struct config;
struct worker;

enum session_state {
#define STATE(name, next, meaning) SESSION_##name,
#include "proxy/states.def"
};

/* Why the client's stream stands still. */
enum session_hold {
	HOLD_NOTHING,
	HOLD_START,  /* a tagged text came before the session has started */
	HOLD_ROOM,   /* too many replies are owed for what it may take to put an expression */
	HOLD_IDLE,   /* an expression waits for what was sent before it to be answered */
	HOLD_MARK,   /* a statement waits for what was sent before it to be told apart: resync.h */
	HOLD_ANSWER, /* an expression waits for the catalog */
};

/* The client's address. */
union session_peer {
	struct sockaddr any; /* only its family is set for a unix socket */
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

#define SESSION_SETTING_SIZE 32

/* Settings of the server's session that are reported and that expressions depend on. */
struct session_settings {
	char client_encoding[SESSION_SETTING_SIZE];
	char server_encoding[SESSION_SETTING_SIZE];
	bool standard_conforming_strings;
	uint32_t server_version; /* 150018 */
};

struct session {
	struct session *next; /* in one of the worker's lists */
	struct session *previous;
	struct worker *worker; /* borrowed */
	struct config *config; /* counted */
	uint32_t id;
	uint8_t state;    /* enum session_state */
	uint8_t hold;     /* enum session_hold */
	uint8_t room;     /* enum census_room: where it is counted */
	bool replication; /* a walsender: bytes both ways */
	bool terminated;  /* the client has said Terminate */
	bool answered;    /* the server has said something to the first packet */
	bool logged_in;   /* it has said ReadyForQuery */
	bool gone;        /* the client takes no more bytes */
	bool deaf;        /* the server takes no more bytes; it may still say why */
	bool asked_ssl;
	bool asked_gssenc;
	bool offers_tls;   /* to the client */
	bool needs_tls;    /* of the client */
	bool secure;       /* TLS with the client */
	bool direct;       /* without asking first */
	bool plain_server; /* no TLS with the server: it does not want it, or it is not to be had */
	bool cancels;      /* this is a cancel request, not a session */
	bool needs_proof;  /* of who the client is: require_auth */
	bool challenged;   /* the server has asked for it */
	bool unproved;     /* it let the client in without */
	bool turned_away;  /* it refused the login for coming by TLS */
	uint64_t deadline; /* milliseconds; 0: none */
	uint64_t born;

	struct link client;
	struct link server;
	struct dialog dialog;
	struct notes notes;
	struct catalog_watch watch;
	struct ask *ask;             /* owned; NULL while no expression is at work */
	struct resync *resync;       /* owned; NULL while replies can be told apart */
	struct session_start *start; /* owned; NULL once the session has started */
	char *database;              /* owned */
	struct session_settings settings;
	union session_peer peer;
};

/* What is only needed until the session has started. */
struct session_start {
	struct outbuf in;     /* the packet being read */
	struct outbuf packet; /* what the server gets first */
	struct startup_clamp clamp;
	bool clamped; /* and the client does not know yet */
};

/* Replies that may be owed at one time; then the client is not read. */
#define SESSION_REPLIES_MAX 65536

/* Takes over a client's connection `fd` (non-blocking) from that address: the session looks after
 * itself from then on, or the descriptor is closed. `local`: it came in by a listener that only this
 * machine reaches. */
void session_start(struct worker *w, int fd, const struct sockaddr *from, bool local);
/* The time is past session->deadline. */
void session_expire(struct session *s);
/* The worker is draining: end at the next boundary. */
void session_drain(struct session *s);
/* End now; a client that can be told is told. */
void session_end(struct session *s);

#endif
