#include "compiler/diag.h"

#include <stdarg.h>

void diag_init(struct diag *d, struct arena *arena)
{
	memset(d, 0, sizeof(*d));
	d->arena = arena;
}

void diag_hint(struct diag *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	d->hint = arena_vprintf(d->arena, format, args);
	va_end(args);
}

void diag_detail(struct diag *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	d->detail = arena_vprintf(d->arena, format, args);
	va_end(args);
}

void diag_fail(struct diag *d, struct span at, const char *sqlstate, const char *format, ...)
{
	va_list args;

	/* First what needs memory: it may be what there is none of. */
	va_start(args, format);
	d->message = arena_vprintf(d->arena, format, args);
	va_end(args);
	d->span = at;
	memcpy(d->sqlstate, sqlstate, sizeof(d->sqlstate) - 1);
	d->failed = true;
	longjmp(d->escape, 1);
}

void diag_exhausted(void *diag)
{
	struct diag *d = diag;

	d->message = STR("expression needs too much memory to compile");
	d->detail = (struct str){ 0 };
	d->hint = STR("Make the expression smaller, or raise the limit of memory for one "
	              "compilation.");
	d->lexical = false;
	memcpy(d->sqlstate, SQLSTATE_PROGRAM_LIMIT, sizeof(d->sqlstate) - 1);
	d->failed = true;
	longjmp(d->escape, 1);
}
