/* A worker without a loop, sessions without sockets: what tests of sessions stand on.
 *
 * End 0 is the client, end 1 the server, as memory_stream.h numbers them. */
#ifndef TESTS_SESSION_RIG_H
#define TESTS_SESSION_RIG_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "protocol/report.h"
#include "protocol/startup.h"
#include "proxy/census.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/session.h"
#include "proxy/worker.h"
#include "tests/support/memory_stream.h"

enum { CLIENT, SERVER };

static struct {
	struct log log;
	struct census *census;
	struct worker worker;
	struct outbuf out; /* a message in the making */
} rig;

/* Settings as flags, separated by blanks. */
static inline void rig_open(const char *flags)
{
	char error[CONFIG_ERROR_SIZE];
	char *copy = strdup(flags);
	char *argv[16] = { copy };
	struct config *config;
	int count = 1;

	for (char *word = strtok(copy, " "); word != NULL && count < 16; word = strtok(NULL, " "))
		argv[count++] = word;
	config = config_load(NULL, count, argv, error);
	assert_non_null(config);
	free(copy);
	memory_stream_reset();
	log_init(&rig.log, open("/dev/null", O_WRONLY), LOG_DEBUG, false);
	rig.census = census_new();
	assert_true(worker_init(&rig.worker, &rig.log, rig.census, config, NULL));
	config_unref(config);
	rig.worker.now = 1000;
	rig.worker.stopped_clock = true;
	outbuf_init(&rig.out, 1u << 30);
}

/* Every session must be over. */
static inline void rig_close(void)
{
	assert_int_equal(rig.worker.session_count, 0);
	assert_null(rig.worker.timed.first);
	assert_null(rig.worker.steady.first);
	assert_int_equal(census_count(rig.census, CENSUS_DOOR), 0);
	assert_int_equal(census_count(rig.census, CENSUS_INSIDE), 0);
	worker_free(&rig.worker);
	census_free(rig.census);
	outbuf_free(&rig.out);
	close(rig.log.fd);
	memory_stream_reset();
}

/* Gives what was put to rig.out to an end. */
static inline void rig_give(size_t end)
{
	assert_true(outbuf_ok(&rig.out));
	memory_stream_give(end, outbuf_view(&rig.out));
	outbuf_clear(&rig.out);
}

static inline void rig_connect(void)
{
	struct sockaddr from = { .sa_family = AF_UNIX };

	session_start(&rig.worker, -1, &from, true);
}

static inline void rig_put_startup(uint32_t version)
{
	startup_begin(&rig.out, version);
	startup_put_parameter(&rig.out, BYTES("user"), BYTES("u"));
	startup_put_parameter(&rig.out, BYTES("database"), BYTES("d"));
	startup_end(&rig.out);
}

static inline void rig_put_ready(char status)
{
	backend_put_ready(&rig.out, (uint8_t)status);
}

/* A session that is ready: nothing sent on either side is left over. */
static inline void rig_start_session(void)
{
	rig_connect();
	rig_put_startup(STARTUP_VERSION(3, 0));
	rig_give(CLIENT);
	memory_stream_run();
	backend_put_authentication_ok(&rig.out);
	backend_put_parameter_status(&rig.out, BYTES("client_encoding"), BYTES("UTF8"));
	backend_put_parameter_status(&rig.out, BYTES("server_version"), BYTES("15.20 (x)"));
	backend_put_parameter_status(&rig.out, BYTES("standard_conforming_strings"), BYTES("on"));
	backend_put_key_data(&rig.out, 7, BYTES("key!"));
	rig_put_ready('I');
	rig_give(SERVER);
	memory_stream_run();
	memory_stream_forget(CLIENT);
	memory_stream_forget(SERVER);
}

/* The client leaves, the server closes. */
static inline void rig_end_session(void)
{
	for (size_t end = 0; end < memory_stream_count() && end <= SERVER; end++) {
		memory_stream_take(end, SIZE_MAX);
		memory_stream_give_end(end);
	}
	memory_stream_run();
}

/* The letters of the messages that an end was sent since it was asked last; Z with its status, an E
 * or N with its message. */
static inline const char *rig_letters(size_t end)
{
	static char text[4096];
	struct bytes b = memory_stream_sent(end);
	struct frame_cutter c = { 0 };
	struct frame f;
	size_t n = 0;

	text[0] = '\0';
	while (b.n > 0 && frame_peek(&c, MESSAGE_BACKEND, b, &f) == FRAME_READY) {
		struct bytes message = { 0 };

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%c", n > 0 ? " " : "", f.type);
		if (end == CLIENT && f.type == 'Z')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%c", f.body.p[0]);
		if (end == CLIENT && (f.type == 'E' || f.type == 'N') &&
		    report_find(f.body, 'M', &message))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "(%.*s)",
			                      BYTES_ARG(message));
		if (end == SERVER && f.type == 'Q')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "(%s)", f.body.p);
		if (end == SERVER && f.type == 'P')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "(%s)",
			                      f.body.p + strlen((const char *)f.body.p) + 1);
		if (!f.ends)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "...");
		b = bytes_from(b, frame_take(&c, &f));
		assert_true(n < sizeof(text) - 200);
	}
	assert_int_equal(b.n, 0);
	memory_stream_forget(end);
	return text;
}

static inline void expect_client(const char *letters)
{
	assert_string_equal(rig_letters(CLIENT), letters);
}

static inline void rig_put_error(const char *severity, const char *message)
{
	report_put_error(&rig.out, severity, "42000", message, NULL, NULL);
}

/* Puts a message of the server by its letter, with a body that fits it. */
static inline void rig_put_reply(char letter)
{
	switch (letter) {
	case 'D':
		backend_begin_data_row(&rig.out, 1);
		outbuf_put_value(&rig.out, (struct reader_value){ .bytes = BYTES("v") });
		outbuf_end(&rig.out);
		break;
	case 'T':
		backend_begin_row_description(&rig.out, 1);
		backend_put_text_column(&rig.out, "c");
		outbuf_end(&rig.out);
		break;
	case 'C':
		backend_put_command_complete(&rig.out, BYTES("SELECT 1"));
		break;
	case 'G':
		outbuf_begin(&rig.out, 'G');
		outbuf_put_u8(&rig.out, 0);
		outbuf_put_u16(&rig.out, 0);
		outbuf_end(&rig.out);
		break;
	case 'E':
		rig_put_error("ERROR", "refused");
		break;
	case 'F':
		rig_put_error("FATAL", "the end");
		break;
	case 'N':
		report_put(&rig.out, 'N', (struct report_field[]){ { 'M', BYTES("by the way") } },
		           1);
		break;
	case 'I':
		backend_put_ready(&rig.out, 'I');
		break;
	case 'B':
		backend_put_ready(&rig.out, 'T');
		break;
	case 'X':
		backend_put_ready(&rig.out, 'E');
		break;
	default:
		backend_put_empty(&rig.out, (uint8_t)letter);
		break;
	}
}

/* The server says what was put, and these messages behind it: 1 2 3 n t D T C G E, F a FATAL, and
 * ReadyForQuery as I, B (in a block) and X (failed). */
static inline void rig_reply(const char *letters)
{
	for (; *letters != '\0'; letters++)
		if (*letters != ' ')
			rig_put_reply(*letters);
	rig_give(SERVER);
	memory_stream_run();
}

static inline void rig_put_query(const char *text)
{
	frontend_put_query(&rig.out, bytes_of_z(text));
}

static inline void rig_put_parse(const char *name, const char *text)
{
	struct frontend_parse p = { bytes_of_z(name), bytes_of_z(text), { 0 } };

	frontend_put_parse(&rig.out, &p);
}

static inline void rig_put_bind(const char *portal, const char *statement)
{
	struct frontend_bind b = { .portal = bytes_of_z(portal),
		                   .statement = bytes_of_z(statement) };

	frontend_put_bind(&rig.out, &b);
}

/* Puts messages of the client by their letters: P and B are of "select 1", without names, and of
 * what is not P B E S H no more than the letter is put. */
static inline void rig_put(const char *letters)
{
	for (; *letters != '\0'; letters++) {
		if (*letters == 'P')
			rig_put_parse("", "select 1");
		else if (*letters == 'B')
			rig_put_bind("", "");
		else if (*letters == 'E')
			frontend_put_execute(&rig.out, BYTES(""), 0);
		else
			backend_put_empty(&rig.out, (uint8_t)*letters);
	}
}

/* The client says what was put, and these messages behind it. */
static inline void rig_say(const char *letters)
{
	rig_put(letters);
	rig_give(CLIENT);
	memory_stream_run();
}

static inline void rig_query(const char *text)
{
	rig_put_query(text);
	rig_say("");
}

#endif
