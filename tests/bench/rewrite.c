/* What a tagged query costs on its way through, without the network: a text that is compiled, and one that
 * was compiled before. Names are bound, so nothing is asked.
 *
 * Times are the median of several rounds of CPU time of this thread. */
#include <stdio.h>

#include "proxy/bindings.h"
#include "proxy/memo.h"
#include "proxy/reflect.h"
#include "proxy/rewrite.h"
#include "proxy/shapes.h"
#include "tests/bench/samples.h"
#include "tests/support/fixture.h"

enum { ROUNDS = 9, TIMES = 5000 };

static const struct rewrite_settings settings = {
	.tag = { "expr", 4 },
	.max_expression_size = 1 << 20,
	.cartesian_warnings = true,
};

struct bench {
	struct fixture fixture;
	struct shapes *shapes;
	struct rewrite_session session;
};

/* The relations of the fixture as this session would have found them a moment ago. */
static void bind_all(struct bench *b)
{
	struct bindings_moment moment = { 0 };

	for (size_t i = 0; i < b->fixture.count; i++) {
		const struct relation *r = &b->fixture.relations[i];
		struct reflect_item item = { .name = r->name };
		struct binding binding = { .oid = r->oid, .fingerprint = r->oid, .visible = true };
		struct shape *s = shape_new(r, r->oid, true);

		shapes_keep(b->shapes, STR("UTF8 bench"), s);
		shape_unref(s);
		if (b->fixture.visible[i])
			bindings_put(b->session.bindings, &item, moment, &binding);
	}
}

/* Microseconds of one rewriting. */
static double rewriting(const struct bench *b, const struct rewrite_session *session,
                        struct str query)
{
	double times[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double start = now();

		for (int i = 0; i < TIMES; i++) {
			struct rewrite *r = rewrite_new(b->shapes, &settings, session, query);

			if (rewrite_state(r) != REWRITE_DONE || !rewrite_changed(r))
				exit(1);
			rewrite_free(r);
		}
		times[round] = (now() - start) / TIMES / 1000;
	}
	return median(times, ROUNDS);
}

static void measure(const struct bench *b, const char *name, struct str query)
{
	struct rewrite_session forgetful = b->session;

	forgetful.memos = NULL;
	printf("  %-10s %6zu %13.2f %16.2f\n", name, query.n, rewriting(b, &forgetful, query),
	       rewriting(b, &b->session, query));
}

int main(void)
{
	struct bench b = {
		.shapes = shapes_new(1 << 24),
		.session = { .client_encoding = STR("UTF8"),
		             .server_encoding = STR("UTF8"),
		             .database = STR("bench"),
		             .standard_conforming_strings = true,
		             .settings_certain = true,
		             .server_version = 150000,
		             .bindings = bindings_new(1 << 20),
		             .memos = memos_new(8 << 20) },
	};

	fixture_load(&b.fixture, CATALOG);
	bind_all(&b);
	printf("\nA tagged query on its way through: us (median of %d), names bound\n\n", ROUNDS);
	printf("  %-10s %6s %13s %16s\n", "text", "bytes", "compiled: us", "from memory: us");
	measure(&b, "small", STR("/*expr*/ " SMALL));
	measure(&b, "typical", STR("/*expr*/ " TYPICAL));
	memos_free(b.session.memos);
	bindings_free(b.session.bindings);
	shapes_free(b.shapes);
	fixture_free(&b.fixture);
	return 0;
}
