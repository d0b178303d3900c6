/* What a rewritten text leaves behind for the reports about it: rewrite.h says what it is for, here
 * is how it is made. */
#ifndef PROXY_REPORT_MAP_H
#define PROXY_REPORT_MAP_H

#include "compiler/sourcemap.h"
#include "proxy/rewrite.h"

/* Characters of the mark by which the server's report is known as ours: "#<nonce>.<number>#". */
enum { REPORT_MARK = 32 };

/* A failing statement that stands in the place of an expression. */
struct report_failure {
	char mark[REPORT_MARK]; /* the message of the server's report contains it */
	bool syntax;            /* it fails as raw syntax (42601), else at analysis (42703) */
	char sqlstate[6];       /* what the client is told instead */
	uint32_t position;      /* 1-based, in characters of the client's text; 0: none */
	struct str message;
	struct str detail; /* empty: none */
	struct str hint;   /* empty: none */
};

struct report_warning {
	uint32_t position; /* as a failure's; never 0 */
	struct str message;
};

struct report_map_parts {
	/* In characters, from the emitted to the client's text. */
	const struct sourcemap_mark *marks;
	size_t mark_count;
	const struct report_failure *failures;
	size_t failure_count;
	const struct report_warning *warnings;
	size_t warning_count;
};

/* A copy of the parts with one reference; NULL when out of memory. */
struct report_map *report_map_new(const struct report_map_parts *parts);
/* Bytes of memory that it takes; 0 for NULL. */
size_t report_map_bytes(const struct report_map *m);
/* What is in it; borrowed. For those who report without a server, like the command line. */
const struct report_map_parts *report_map_parts(const struct report_map *m);

#endif
