/* The packets that open a connection, which have no type: StartupMessage, SSLRequest,
 * GSSENCRequest, CancelRequest; and direct TLS, which is none of them.
 *
 * Reads them, clamps a StartupMessage to what this codec understands, and writes the one
 * NegotiateProtocolVersion that the client gets. Follows the chapters "Start-up" and "Message
 * Formats" and PostgreSQL's ProcessStartupPacket(). */
#ifndef PROTOCOL_STARTUP_H
#define PROTOCOL_STARTUP_H

#include "protocol/bytes.h"
#include "protocol/outbuf.h"

#define STARTUP_VERSION(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))
#define STARTUP_MAJOR(version)        ((version) >> 16)
#define STARTUP_MINOR(version)        ((version)&0xffffu)
/* The newest version this codec knows. */
#define STARTUP_NEWEST STARTUP_VERSION(3, 2)

#define STARTUP_SSL_CODE    STARTUP_VERSION(1234, 5679)
#define STARTUP_GSSENC_CODE STARTUP_VERSION(1234, 5680)
#define STARTUP_CANCEL_CODE STARTUP_VERSION(1234, 5678)

/* Length words, which count themselves. The server takes 10 000 bytes behind the word. */
#define STARTUP_LENGTH_MIN 8u
#define STARTUP_LENGTH_MAX 10004u

/* The secret key of a CancelRequest: 4 bytes in 3.0, up to 256 in 3.2. */
#define STARTUP_KEY_MIN 4u
#define STARTUP_KEY_MAX 256u

/* First byte of a TLS ClientHello. No length word within the limits begins with it. */
#define STARTUP_TLS_BYTE 0x16

enum startup_kind {
	STARTUP_NEED_MORE,   /* nothing wrong, not complete */
	STARTUP_TLS,         /* direct TLS; not looked at further, size is 0 */
	STARTUP_SSL,         /* SSLRequest, exactly 8 bytes */
	STARTUP_GSSENC,      /* GSSENCRequest, exactly 8 bytes */
	STARTUP_CANCEL,      /* CancelRequest: pid, key */
	STARTUP_SESSION,     /* StartupMessage of major version 3: version, parameters */
	STARTUP_UNSUPPORTED, /* any other version; the answer is FATAL 0A000 */
	STARTUP_BROKEN,      /* a body that no client sends; the answer is FATAL 08P01 */
	STARTUP_TOO_LONG,    /* a length word out of bounds: not PostgreSQL; close without a word */
};

struct startup {
	uint32_t size;    /* bytes of the whole packet, length word included */
	uint32_t version; /* the code or version */
	uint32_t pid;     /* STARTUP_CANCEL */
	struct bytes key; /* STARTUP_CANCEL, borrowed */
	/* STARTUP_SESSION, borrowed: pairs of C strings and the last NUL. */
	struct bytes parameters;
	struct bytes raw; /* borrowed: the packet byte for byte */
};

/* Reads the packet at the front of `in`. Decides as early as it can: a wrong length is refused
 * from its four bytes, TLS from the first. Drop out->size bytes afterwards. */
enum startup_kind startup_read(struct bytes in, struct startup *out);

/* Walks the parameters: start with r = reader_of(s->parameters); false when there are no more. */
bool startup_next(struct reader *r, struct bytes *name, struct bytes *value);

/* The value of a parameter. A name given several times has its last value, as in the server. False,
 * and an empty value, when it was not given. */
bool startup_find(const struct startup *s, const char *name, struct bytes *value);

/* `user`, empty when it was not given (the server refuses that: 28000). */
struct bytes startup_user(const struct startup *s);
/* `database`; not given or empty, it is the user's name. */
struct bytes startup_database(const struct startup *s);
/* Whether this will be a walsender: `replication` is `database` or a true boolean as the server's
 * parse_bool() reads it. Such a session is not a dialog: see dialog_set_transparent(). */
bool startup_is_replication(const struct startup *s);

/* What was taken from a StartupMessage before it was forwarded. */
struct startup_clamp {
	uint32_t asked;        /* the version the client asked for */
	uint32_t version;      /* the version that was forwarded */
	uint32_t removed;      /* how many parameters were removed */
	struct outbuf options; /* owned: their names, as C strings, each once */
};

/* Writes to `packet` the StartupMessage to forward: the version lowered to STARTUP_NEWEST when it
 * is newer, parameters `_pq_.…` removed unless `known` (a list ending in NULL; may be NULL) has
 * them. When nothing has to be changed it is the client's packet byte for byte.
 *
 * `s` is of kind STARTUP_SESSION. Initialises *clamp; startup_clamp_free() it. False when memory
 * was refused (packet has failed then, or the clamp's own buffer). */
bool startup_clamp(const struct startup *s, const char *const *known, struct startup_clamp *clamp,
                   struct outbuf *packet);
/* Gives back what startup_clamp() has taken. */
void startup_clamp_free(struct startup_clamp *clamp);

/* Whether the client has to be told something even if the server says nothing. */
static inline bool startup_clamp_changed(const struct startup_clamp *clamp)
{
	return clamp->asked != clamp->version || clamp->removed > 0;
}

/* Writes the one NegotiateProtocolVersion that the client gets: the older of the two versions, and
 * the server's unsupported options followed by those we removed, none twice. A client that gets
 * two of these messages gives up.
 *
 * `theirs` is the body of the server's own message, or NULL when its first answer is another one;
 * then nothing is written unless startup_clamp_changed(). Write it in the place of the server's
 * message, or in front of its first one. False when the server's body cannot be read or memory
 * was refused. */
bool startup_put_negotiate(struct outbuf *o, const struct startup_clamp *clamp,
                           const struct bytes *theirs);

/* The 8 bytes of an SSLRequest, and of a GSSENCRequest. */
void startup_put_ssl_request(struct outbuf *o);
void startup_put_gssenc_request(struct outbuf *o);
/* A CancelRequest. */
void startup_put_cancel(struct outbuf *o, uint32_t pid, struct bytes key);
/* A StartupMessage: begin with the version, put each parameter, end. */
void startup_begin(struct outbuf *o, uint32_t version);
void startup_put_parameter(struct outbuf *o, struct bytes name, struct bytes value);
void startup_end(struct outbuf *o);

#endif
