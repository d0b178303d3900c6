#include "protocol/startup.h"

#include "protocol/backend.h"
#include "protocol/messages.h"

/* Parameters of this prefix are options of the protocol, not settings of the server. */
#define PROTOCOL_OPTION "_pq_."

/* Whether the parameters are pairs of C strings and one NUL, with nothing behind it. */
static bool is_layout(struct bytes parameters)
{
	struct reader r = reader_of(parameters);
	struct bytes name;
	struct bytes value;

	while (startup_next(&r, &name, &value))
		;
	return reader_ok(&r);
}

static enum startup_kind read_cancel(struct bytes body, struct startup *out)
{
	struct reader r = reader_of(body);

	out->pid = reader_u32(&r);
	out->key = reader_rest(&r);
	if (!reader_ok(&r) || out->key.n < STARTUP_KEY_MIN || out->key.n > STARTUP_KEY_MAX)
		return STARTUP_BROKEN;
	return STARTUP_CANCEL;
}

static enum startup_kind read_body(struct bytes body, struct startup *out)
{
	switch (out->version) {
	case STARTUP_SSL_CODE:
		return body.n == 0 ? STARTUP_SSL : STARTUP_BROKEN;
	case STARTUP_GSSENC_CODE:
		return body.n == 0 ? STARTUP_GSSENC : STARTUP_BROKEN;
	case STARTUP_CANCEL_CODE:
		return read_cancel(body, out);
	default:
		break;
	}
	if (STARTUP_MAJOR(out->version) != 3)
		return STARTUP_UNSUPPORTED;
	out->parameters = body;
	return is_layout(body) ? STARTUP_SESSION : STARTUP_BROKEN;
}

enum startup_kind startup_read(struct bytes in, struct startup *out)
{
	struct reader r = reader_of(in);
	uint32_t length;

	*out = (struct startup){ 0 };
	if (in.n > 0 && in.p[0] == STARTUP_TLS_BYTE)
		return STARTUP_TLS;
	length = reader_u32(&r);
	if (r.failed)
		return STARTUP_NEED_MORE;
	if (length < STARTUP_LENGTH_MIN || length > STARTUP_LENGTH_MAX)
		return STARTUP_TOO_LONG;
	if (in.n < length)
		return STARTUP_NEED_MORE;
	out->size = length;
	out->raw = bytes_of(in.p, length);
	out->version = reader_u32(&r);
	return read_body(bytes_from(out->raw, 8), out);
}

bool startup_next(struct reader *r, struct bytes *name, struct bytes *value)
{
	*value = (struct bytes){ 0 };
	*name = reader_cstring(r);
	if (r->failed || name->n == 0)
		return false;
	*value = reader_cstring(r);
	return !r->failed;
}

bool startup_find(const struct startup *s, const char *name, struct bytes *value)
{
	struct reader r = reader_of(s->parameters);
	struct bytes each;
	struct bytes its;
	bool found = false;

	*value = (struct bytes){ 0 };
	while (startup_next(&r, &each, &its)) {
		if (!bytes_is(each, name))
			continue;
		*value = its;
		found = true;
	}
	return found;
}

struct bytes startup_user(const struct startup *s)
{
	struct bytes user;

	startup_find(s, "user", &user);
	return user;
}

struct bytes startup_database(const struct startup *s)
{
	struct bytes database;

	startup_find(s, "database", &database);
	return database.n > 0 ? database : startup_user(s);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Whether `b` is the beginning of `word`, of `least` letters or more, in any case. */
static bool abbreviates(struct bytes b, const char *word, size_t least)
{
	if (b.n < least || b.n > strlen(word))
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (lower(b.p[i]) != (uint8_t)word[i])
			return false;
	}
	return true;
}

bool startup_is_replication(const struct startup *s)
{
	struct bytes v;

	startup_find(s, "replication", &v);
	return bytes_is(v, "database") || bytes_is(v, "1") || abbreviates(v, "true", 1) ||
	       abbreviates(v, "yes", 1) || abbreviates(v, "on", 2);
}

/* Whether a run of C strings has `text`. */
static bool list_has(struct bytes list, struct bytes text)
{
	struct reader r = reader_of(list);

	while (r.left > 0) {
		struct bytes each = reader_cstring(&r);

		if (r.failed)
			return false;
		if (bytes_eq(each, text))
			return true;
	}
	return false;
}

static bool is_removed(struct bytes name, const char *const *known)
{
	if (!bytes_starts_with(name, PROTOCOL_OPTION))
		return false;
	for (; known != NULL && *known != NULL; known++) {
		if (bytes_is(name, *known))
			return false;
	}
	return true;
}

static void note_removed(struct startup_clamp *clamp, struct bytes name)
{
	if (list_has(outbuf_view(&clamp->options), name))
		return;
	outbuf_put_cstring(&clamp->options, name);
	clamp->removed++;
}

bool startup_clamp(const struct startup *s, const char *const *known, struct startup_clamp *clamp,
                   struct outbuf *packet)
{
	struct reader r = reader_of(s->parameters);
	struct bytes name;
	struct bytes value;

	*clamp = (struct startup_clamp){ .asked = s->version, .version = s->version };
	outbuf_init(&clamp->options, STARTUP_LENGTH_MAX);
	if (clamp->version > STARTUP_NEWEST)
		clamp->version = STARTUP_NEWEST;

	startup_begin(packet, clamp->version);
	while (startup_next(&r, &name, &value)) {
		if (is_removed(name, known))
			note_removed(clamp, name);
		else
			startup_put_parameter(packet, name, value);
	}
	startup_end(packet);
	return outbuf_ok(packet) && outbuf_ok(&clamp->options);
}

void startup_clamp_free(struct startup_clamp *clamp)
{
	outbuf_free(&clamp->options);
}

/* Calls put_cstring for the names that `first` does not have; returns how many. Counts only, when
 * `o` is NULL. */
static uint32_t put_new_names(struct outbuf *o, struct bytes first, struct bytes names)
{
	struct reader r = reader_of(names);
	uint32_t count = 0;

	while (r.left > 0 && !r.failed) {
		struct bytes name = reader_cstring(&r);

		if (r.failed || list_has(first, name))
			continue;
		count++;
		if (o != NULL)
			outbuf_put_cstring(o, name);
	}
	return count;
}

static void put_negotiate(struct outbuf *o, uint32_t version,
                          const struct backend_negotiate *server, struct bytes ours)
{
	outbuf_begin(o, BACKEND_NEGOTIATE_VERSION);
	outbuf_put_u32(o, version);
	outbuf_put_u32(o, server->count + put_new_names(NULL, server->options, ours));
	outbuf_put_bytes(o, server->options);
	put_new_names(o, server->options, ours);
	outbuf_end(o);
}

bool startup_put_negotiate(struct outbuf *o, const struct startup_clamp *clamp,
                           const struct bytes *theirs)
{
	struct backend_negotiate server = { .version = clamp->version };

	if (theirs != NULL && !backend_read_negotiate(*theirs, &server))
		return false;
	if (theirs == NULL && !startup_clamp_changed(clamp))
		return outbuf_ok(o);
	if (server.version > clamp->version)
		server.version = clamp->version;
	put_negotiate(o, server.version, &server, outbuf_view(&clamp->options));
	return outbuf_ok(o);
}

static void put_code(struct outbuf *o, uint32_t code)
{
	outbuf_begin_untyped(o);
	outbuf_put_u32(o, code);
	outbuf_end(o);
}

void startup_put_ssl_request(struct outbuf *o)
{
	put_code(o, STARTUP_SSL_CODE);
}

void startup_put_gssenc_request(struct outbuf *o)
{
	put_code(o, STARTUP_GSSENC_CODE);
}

void startup_put_cancel(struct outbuf *o, uint32_t pid, struct bytes key)
{
	outbuf_begin_untyped(o);
	outbuf_put_u32(o, STARTUP_CANCEL_CODE);
	outbuf_put_u32(o, pid);
	outbuf_put_bytes(o, key);
	outbuf_end(o);
}

void startup_begin(struct outbuf *o, uint32_t version)
{
	outbuf_begin_untyped(o);
	outbuf_put_u32(o, version);
}

void startup_put_parameter(struct outbuf *o, struct bytes name, struct bytes value)
{
	outbuf_put_cstring(o, name);
	outbuf_put_cstring(o, value);
}

void startup_end(struct outbuf *o)
{
	outbuf_put_u8(o, 0);
	outbuf_end(o);
}
