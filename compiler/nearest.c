#include "compiler/nearest.h"

enum {
	MOST_EDITS = 3,    /* PostgreSQL's MAX_FUZZY_DISTANCE */
	MOST_LETTERS = 64, /* a name has at most 63 bytes; of longer ones the start is compared */
};

void nearest_init(struct nearest *n, struct str wanted)
{
	*n = (struct nearest){ .wanted = wanted, .distance = MOST_EDITS + 1 };
}

/* The letters of a name, ASCII ones folded; a multibyte character counts once. */
static size_t letters_of(struct str name, uint32_t letters[MOST_LETTERS])
{
	const struct encoding *e = encoding_utf8();
	size_t n = 0;
	size_t at = 0;

	while (at < name.n && n < MOST_LETTERS) {
		size_t length = encoding_length(e, name.p + at, name.n - at);
		uint32_t letter = 0;

		for (size_t i = 0; i < length; i++)
			letter = letter << 8 | (unsigned char)name.p[at + i];
		if (letter >= 'A' && letter <= 'Z')
			letter |= 0x20;
		letters[n++] = letter;
		at += length;
	}
	return n;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance of a and b, of whose lengths less than MOST_EDITS + 1 differs. */
static unsigned distance_of(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
	unsigned row[MOST_LETTERS + 1];

	for (size_t j = 0; j <= bn; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned diagonal = row[0];
		unsigned best = row[0] = (unsigned)i;

		for (size_t j = 1; j <= bn; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
			best = least(best, row[j]);
		}
		if (best > MOST_EDITS)
			return best;
	}
	return row[bn];
}

void nearest_offer(struct nearest *n, struct str name)
{
	uint32_t wanted[MOST_LETTERS];
	uint32_t offered[MOST_LETTERS];
	size_t wanted_n = letters_of(n->wanted, wanted);
	size_t offered_n = letters_of(name, offered);
	unsigned distance;

	if (offered_n > wanted_n + MOST_EDITS || wanted_n > offered_n + MOST_EDITS)
		return;
	distance = distance_of(wanted, wanted_n, offered, offered_n);
	if (distance > MOST_EDITS || distance > wanted_n / 2 || distance > n->distance)
		return;
	if (distance < n->distance) {
		n->distance = distance;
		n->first = name;
		n->second = (struct str){ 0 };
		n->ties = 1;
	} else if (!str_eq(name, n->first) && (n->ties < 2 || !str_eq(name, n->second))) {
		n->second = name;
		n->ties++;
	}
}

bool nearest_hint(const struct nearest *n, struct diag *d)
{
	if (n->ties == 1)
		diag_hint(d, "Perhaps you meant \"%.*s\".", STR_ARG(n->first));
	else if (n->ties == 2)
		diag_hint(d, "Perhaps you meant \"%.*s\" or \"%.*s\".", STR_ARG(n->first),
		          STR_ARG(n->second));
	return n->ties == 1 || n->ties == 2;
}
