/* Rewriting the fields of a report changes those that were named, and nothing else.
 *
 * The first byte says how many edits follow, each of which is a code, what to do, and a letter to
 * make the value of; the rest is the body of an ErrorResponse. */
#include <stdlib.h>

#include "protocol/report.h"
#include "tests/fuzz/target.h"

#define MAX_EDITS 8

static const struct report_edit *edit_of(const struct report_edit *edits, size_t count,
                                         uint8_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (edits[i].code == code)
			return &edits[i];
	}
	return NULL;
}

/* The next field that no edit names. */
static bool next_kept(struct reader *r, const struct report_edit *edits, size_t count,
                      struct report_field *field)
{
	while (report_next(r, field)) {
		if (edit_of(edits, count, field->code) == NULL)
			return true;
	}
	return false;
}

static void check_kept(struct bytes before, struct bytes after, const struct report_edit *edits,
                       size_t count)
{
	struct reader a = reader_of(before);
	struct reader b = reader_of(after);
	struct report_field x;
	struct report_field y;

	while (next_kept(&a, edits, count, &x)) {
		CHECK(next_kept(&b, edits, count, &y));
		CHECK(x.code == y.code && bytes_eq(x.value, y.value));
	}
	CHECK(!next_kept(&b, edits, count, &y));
}

static void check_edit(struct bytes after, const struct report_edit *edit)
{
	struct reader r = reader_of(after);
	struct report_field field;
	int times = 0;

	while (report_next(&r, &field)) {
		if (field.code != edit->code)
			continue;
		CHECK(bytes_eq(field.value, edit->value));
		times++;
	}
	CHECK(times == (edit->drop ? 0 : 1));
}

static size_t read_edits(struct reader *r, struct report_edit *edits)
{
	size_t wanted = reader_u8(r) % (MAX_EDITS + 1);
	size_t count = 0;

	while (wanted-- > 0) {
		uint8_t code = reader_u8(r);
		uint8_t what = reader_u8(r);
		struct bytes value = reader_take(r, what % 16);

		if (r->failed)
			break;
		if (code == 0 || edit_of(edits, count, code) != NULL)
			continue;
		if (value.n > 0 && memchr(value.p, 0, value.n) != NULL)
			value = (struct bytes){ 0 };
		edits[count++] = (struct report_edit){ code, what >= 128, value };
	}
	return count;
}

static void check_rewritten(struct bytes body, const struct report_edit *edits, size_t count)
{
	struct outbuf o;
	struct bytes after;

	outbuf_init(&o, 1 << 20);
	CHECK(report_put_edited(&o, 'E', body, edits, count) == report_is_whole(body));
	CHECK((outbuf_size(&o) > 0) == report_is_whole(body));
	after = bytes_from(outbuf_view(&o), 5);
	if (outbuf_size(&o) > 0) {
		CHECK(bytes_get_u32(outbuf_view(&o).p + 1) == outbuf_size(&o) - 1);
		CHECK(report_is_whole(after));
		check_kept(body, after, edits, count);
		for (size_t i = 0; i < count; i++)
			check_edit(after, &edits[i]);
		CHECK(count > 0 || bytes_eq(after, body));
	}
	outbuf_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_edit edits[MAX_EDITS];
	struct reader r = reader_of(bytes_of(data, size));
	size_t count = read_edits(&r, edits);
	struct bytes rest = reader_rest(&r);
	uint8_t *copy = malloc(rest.n > 0 ? rest.n : 1);
	struct bytes body = { copy, rest.n };
	struct bytes severity;

	CHECK(copy != NULL);
	if (rest.n > 0)
		memcpy(copy, rest.p, rest.n);
	check_rewritten(body, edits, count);
	report_position(body, 'P');
	if (report_is_fatal(body))
		CHECK(report_find(body, 'V', &severity) || report_find(body, 'S', &severity));
	free(copy);
	return 0;
}
