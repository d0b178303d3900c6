/* What tests of expressions at work stand on: a session over the rig, and the rewrite that is told
 * in its text what to do. */
#ifndef TESTS_ASK_RIG_H
#define TESTS_ASK_RIG_H

#include "tests/proxy/session_rig.h"

#include "tests/proxy/fake_rewrite.h"

/* A question as the server sees it: in an open batch or a transaction, and with nothing under way. */
#define QUESTION       "P(question) B E C C H"
#define QUESTION_ALONE "P(question) B E C C S"
#define ANSWER         "12DC33"
#define ANSWER_ALONE   "12DC33I"
/* What a Query does to the unnamed statement, when its question has failed. */
#define FORGET "C S"
#define SKIP   "P(skip /* pgexpr: the catalog could not be read */)"

static inline int open_rig(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	rig_open("");
	rig_start_session();
	return 0;
}

/* Everything that was begun has been freed. */
static inline int close_rig(void **state)
{
	(void)state;
	rig_end_session();
	rig_close();
	assert_int_equal(fake.rewrites, 0);
	assert_int_equal(fake.maps, 0);
	return 0;
}

#endif
