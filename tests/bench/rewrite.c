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

/* Where the last number of the text is. */
static struct span last_number(struct str text)
{
	size_t end = text.n;
	size_t start;

	while (end > 0 && (text.p[end - 1] < '0' || text.p[end - 1] > '9'))
		end--;
	for (start = end; start > 0 && text.p[start - 1] >= '0' && text.p[start - 1] <= '9';)
		start--;
	return (struct span){ (uint32_t)start, (uint32_t)end };
}

static void rewrite(const struct bench *b, const struct rewrite_session *session, struct str query)
{
	struct rewrite *r = rewrite_new(b->shapes, &settings, session, query);

	if (rewrite_state(r) != REWRITE_DONE || !rewrite_changed(r))
		exit(1);
	rewrite_free(r);
}

/* Microseconds of one rewriting; of a text that is never the same twice, if it `varies`. */
static double rewriting(const struct bench *b, const struct rewrite_session *session,
                        struct str query, bool varies)
{
	struct span number = last_number(query);
	double times[ROUNDS];
	char text[4096];

	for (int round = 0; round < ROUNDS; round++) {
		double start = now();

		for (int i = 0; i < TIMES; i++) {
			struct str now_it_is = query;

			if (varies) {
				int n = snprintf(text, sizeof(text), "%.*s%d%.*s",
				                 (int)number.start, query.p,
				                 100000 + round * TIMES + i,
				                 (int)(query.n - number.end), query.p + number.end);

				now_it_is = (struct str){ text, (size_t)n };
			}
			rewrite(b, session, now_it_is);
		}
		times[round] = (now() - start) / TIMES / 1000;
	}
	return median(times, ROUNDS);
}

static void measure(const struct bench *b, const char *name, struct str query)
{
	struct rewrite_session forgetful = b->session;

	forgetful.memos = NULL;
	printf("  %-10s %6zu %13.2f %16.2f %20.2f\n", name, query.n,
	       rewriting(b, &forgetful, query, false), rewriting(b, &b->session, query, false),
	       rewriting(b, &b->session, query, true));
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
	printf("  %-10s %6s %13s %16s %20s\n", "text", "bytes", "compiled: us", "from memory: us",
	       "other constants: us");
	measure(&b, "small", STR("/*expr*/ " SMALL));
	measure(&b, "typical", STR("/*expr*/ " TYPICAL));
	memos_free(b.session.memos);
	bindings_free(b.session.bindings);
	shapes_free(b.shapes);
	fixture_free(&b.fixture);
	return 0;
}
