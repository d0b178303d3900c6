#include "proxy/notes.h"

#include <stdlib.h>

#include "protocol/messages.h"
#include "proxy/hash.h"
#include "proxy/rewrite.h"

/* Statements and portals have names of their own: the first byte of a key tells them apart. */
#define STATEMENT 'S'
#define PORTAL    'P'

struct noted_name {
	UT_hash_handle hh;
	struct report_map *map; /* counted */
	bool keeps;
	size_t key_size;
	char key[]; /* STATEMENT or PORTAL, then the name */
};

struct note {
	struct note *next;
	uint32_t tag;
	uint8_t message; /* frontend letter */
	bool noticed;    /* its notices were sent */
	bool keeps;
	struct report_map *map; /* counted; NULL: look the name up when it matters */
	uint32_t key_size;
	uint32_t from_size; /* Bind: the key of the statement lies behind that of the portal */
	char key[];
};

void notes_init(struct notes *n)
{
	*n = (struct notes){ 0 };
}

static void free_note(struct notes *n, struct note *note)
{
	if (note->message == FRONTEND_PARSE && note->map != NULL)
		n->parsing--;
	report_map_unref(note->map);
	free(note);
}

static void drop_first(struct notes *n)
{
	struct note *note = n->first;

	n->first = note->next;
	if (n->first == NULL)
		n->last = NULL;
	free_note(n, note);
}

static void forget(struct notes *n, struct noted_name *name)
{
	HASH_DEL(n->names, name);
	report_map_unref(name->map);
	free(name);
}

void notes_free(struct notes *n)
{
	notes_settle(n);
	while (n->names != NULL)
		forget(n, n->names);
}

void notes_settle(struct notes *n)
{
	while (n->first != NULL)
		drop_first(n);
}

uint32_t notes_tag(struct notes *n)
{
	n->last_tag++;
	if (n->last_tag == 0)
		n->last_tag = 1;
	return n->last_tag;
}

/* --- names --- */

static struct noted_name *find_name(struct notes *n, const char *key, size_t size)
{
	struct noted_name *found = NULL;

	HASH_FIND(hh, n->names, key, size, found);
	return found;
}

static void set_name(struct notes *n, const char *key, size_t size, struct report_map *map,
                     bool keeps)
{
	struct noted_name *name = find_name(n, key, size);

	if (name != NULL)
		forget(n, name);
	if (map == NULL)
		return;
	if (HASH_COUNT(n->names) >= NOTES_NAMES_MAX)
		forget(n, n->names); /* uthash keeps the order of insertion */
	name = calloc(1, sizeof(*name) + size);
	if (name == NULL)
		return;
	memcpy(name->key, key, size);
	name->key_size = size;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): uthash moves the head when it is forgotten */
	HASH_ADD_KEYPTR(hh, n->names, name->key, name->key_size, name);
	if (name->hh.tbl == NULL) {
		free(name); /* no memory for the table */
		return;
	}
	name->map = report_map_ref(map);
	name->keeps = keeps;
}

static struct report_map *map_of(struct notes *n, const char *key, size_t size)
{
	struct noted_name *name = find_name(n, key, size);

	return name != NULL ? name->map : NULL;
}

/* --- notes --- */

static struct note *new_note(struct notes *n, uint8_t message, uint8_t target, struct bytes name,
                             size_t more)
{
	struct note *note = calloc(1, sizeof(*note) + 1 + name.n + more);

	if (note == NULL)
		return NULL;
	note->tag = notes_tag(n);
	note->message = message;
	note->key[0] = (char)target;
	if (name.n > 0)
		memcpy(note->key + 1, name.p, name.n);
	note->key_size = (uint32_t)name.n + 1;
	if (n->last == NULL)
		n->first = note;
	else
		n->last->next = note;
	n->last = note;
	return note;
}

bool notes_keeps(struct notes *n, struct bytes statement)
{
	char key[64]; /* longer names are rare; they count as unknown */
	struct noted_name *name;

	if (statement.n >= sizeof(key))
		return false;
	key[0] = STATEMENT;
	if (statement.n > 0)
		memcpy(key + 1, statement.p, statement.n);
	name = find_name(n, key, statement.n + 1);
	return name != NULL && name->keeps;
}

static uint32_t tag_of(const struct note *note)
{
	return note != NULL ? note->tag : 0;
}

uint32_t notes_query(struct notes *n, struct report_map *map)
{
	struct note *note;

	if (map == NULL)
		return 0;
	note = new_note(n, FRONTEND_QUERY, 0, (struct bytes){ 0 }, 0);
	if (note != NULL)
		note->map = report_map_ref(map);
	return tag_of(note);
}

uint32_t notes_parse(struct notes *n, struct bytes name, struct report_map *map, bool keeps)
{
	struct note *note;

	if (map == NULL && !notes_are_named(n))
		return 0;
	note = new_note(n, FRONTEND_PARSE, STATEMENT, name, 0);
	if (note != NULL && map != NULL) {
		note->map = report_map_ref(map);
		note->keeps = keeps;
		n->parsing++;
	}
	return tag_of(note);
}

uint32_t notes_bind(struct notes *n, struct bytes portal, struct bytes statement)
{
	struct note *note = new_note(n, FRONTEND_BIND, PORTAL, portal, statement.n + 1);

	if (note == NULL)
		return 0;
	note->key[note->key_size] = STATEMENT;
	if (statement.n > 0)
		memcpy(note->key + note->key_size + 1, statement.p, statement.n);
	note->from_size = (uint32_t)statement.n + 1;
	return note->tag;
}

uint32_t notes_named(struct notes *n, uint8_t message, uint8_t target, struct bytes name)
{
	return tag_of(new_note(n, message, target, name, 0));
}

/* The note with this tag. Those before it will not be answered any more. */
static struct note *find_note(struct notes *n, uint32_t tag)
{
	if (tag == 0)
		return NULL;
	while (n->first != NULL && (int32_t)(n->first->tag - tag) < 0)
		drop_first(n);
	return n->first != NULL && n->first->tag == tag ? n->first : NULL;
}

void notes_replied(struct notes *n, uint32_t tag, uint8_t type)
{
	struct note *note = find_note(n, tag);

	if (note == NULL)
		return;
	if (type == BACKEND_PARSE_COMPLETE)
		set_name(n, note->key, note->key_size, note->map, note->keeps);
	else if (type == BACKEND_BIND_COMPLETE && note->from_size > 0)
		set_name(n, note->key, note->key_size,
		         map_of(n, note->key + note->key_size, note->from_size), false);
	else if (type == BACKEND_CLOSE_COMPLETE ||
	         (type == BACKEND_ERROR_RESPONSE && note->message == FRONTEND_PARSE &&
	          note->key_size == 1)) /* a Parse drops the unnamed one first */
		set_name(n, note->key, note->key_size, NULL, false);
}

void notes_put_notices(struct notes *n, uint32_t tag, struct outbuf *out)
{
	struct note *note = find_note(n, tag);

	if (note == NULL || note->map == NULL || note->noticed)
		return;
	note->noticed = true;
	report_map_notices(note->map, out);
}

const struct report_map *notes_map(struct notes *n, uint32_t tag)
{
	struct note *note = find_note(n, tag);

	if (note == NULL)
		return NULL;
	if (note->map != NULL || note->message == FRONTEND_QUERY)
		return note->map;
	if (note->message == FRONTEND_PARSE)
		return NULL;
	if (note->from_size > 0)
		return map_of(n, note->key + note->key_size, note->from_size);
	return map_of(n, note->key, note->key_size);
}

bool notes_is_looked_at_again(struct notes *n, uint32_t tag)
{
	const struct note *note = find_note(n, tag);

	if (note == NULL)
		return false;
	return note->message == FRONTEND_BIND ||
	       (note->message == FRONTEND_DESCRIBE && note->key[0] == STATEMENT);
}
