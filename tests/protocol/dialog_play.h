/* What tests of the dialog stand on: dialogs written as strings of letters, each message's tag its
 * number. */
#ifndef TESTS_DIALOG_PLAY_H
#define TESTS_DIALOG_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "protocol/dialog.h"
#include "tests/support/both_ways.h"

#define ERROR_BODY "SERROR\0VERROR\0C42P01\0Mx\0\0"
#define FATAL_BODY "SFEHLER\0VFATAL\0C57P01\0Mx\0\0"

/* A session's dialog, and the number of the last message sent: its tag. */
struct play {
	struct dialog d;
	uint32_t sent;
};

/* --- a small language to write dialogs in --- */

static inline enum dialog_sent sends_as(struct play *p, const char *letters, enum dialog_mode mode)
{
	enum dialog_sent sent = DIALOG_SILENT;

	for (; *letters != 0; letters++) {
		uint8_t what = 'P';

		if (*letters == '*') { /* *D is Describe of a statement, D that of a portal */
			what = 'S';
			letters++;
		}
		sent = dialog_send(&p->d, (uint8_t)*letters, what, mode, ++p->sent);
	}
	return sent;
}

/* Messages of the client. Tags count up from 1. The result is that of the last. */
static inline enum dialog_sent sends(struct play *p, const char *letters)
{
	return sends_as(p, letters, DIALOG_FORWARD);
}

static inline struct dialog_verdict receives(struct play *p, char type)
{
	struct bytes body = { 0 };

	if (type == 'E')
		body = BYTES(ERROR_BODY);
	else if (type == 'Z')
		body = BYTES("I");
	return receive_both_ways(&p->d, (uint8_t)type, body);
}

/* Each of these messages belongs to the message numbered `tag`, behind a blank to the next one, and is
 * forwarded. Before a blank and at the end a message is answered to the end. */
static inline void answers(struct play *p, uint32_t tag, const char *types)
{
	for (; *types != 0; types++) {
		struct dialog_verdict v;

		if (*types == ' ') {
			tag++;
			continue;
		}
		v = receives(p, *types);
		assert_int_equal(v.tag, tag);
		assert_int_equal(v.mode, DIALOG_FORWARD);
		assert_false(v.async || v.fatal || v.lost);
		assert_int_equal(v.voided, 0);
		if (types[1] == 0 || types[1] == ' ')
			assert_true(v.last);
	}
}

/* The same, and the message is not answered to the end with it. */
static inline void answers_in_part(struct play *p, uint32_t tag, const char *types)
{
	for (; *types != 0; types++) {
		struct dialog_verdict v = receives(p, *types);

		assert_int_equal(v.tag, tag);
		assert_false(v.last || v.lost);
	}
}

static inline void is_idle(struct play *p)
{
	assert_true(dialog_is_idle(&p->d));
	assert_int_equal(dialog_outstanding(&p->d), 0);
	assert_int_equal(dialog_ready_owed(&p->d), 0);
	assert_int_equal(dialog_hidden(&p->d), 0);
	assert_false(dialog_is_skipping(&p->d));
	assert_int_equal(dialog_in_copy(&p->d), DIALOG_NO_COPY);
}

static inline void start(struct play *p)
{
	*p = (struct play){ 0 };
	dialog_init(&p->d, 1000000);
	answers(p, 0, "RKZ");
	is_idle(p);
}

static inline void end(struct play *p)
{
	dialog_free(&p->d);
}

/* Every test begins with a session that has started and must leave it idle. */
static inline int begin_session(void **state)
{
	static struct play p;

	start(&p);
	*state = &p;
	return 0;
}

static inline int end_idle(void **state)
{
	struct play *p = *state;

	is_idle(p);
	end(p);
	return 0;
}

static inline int end_anyhow(void **state)
{
	end(*state);
	return 0;
}

#define IDLE(test)   cmocka_unit_test_setup_teardown(test, begin_session, end_idle)
#define ANYHOW(test) cmocka_unit_test_setup_teardown(test, begin_session, end_anyhow)

#endif
