#include "compiler/encoding.h"

/*    name             class    stepped latin1 */
static const struct encoding encodings[] = {
	{ "SQL_ASCII", ENCODING_SINGLE, false, false },
	{ "UTF8", ENCODING_UTF8, false, false },
	{ "LATIN1", ENCODING_SINGLE, false, true },
	{ "LATIN2", ENCODING_SINGLE, false, false },
	{ "LATIN3", ENCODING_SINGLE, false, false },
	{ "LATIN4", ENCODING_SINGLE, false, false },
	{ "LATIN5", ENCODING_SINGLE, false, false },
	{ "LATIN6", ENCODING_SINGLE, false, false },
	{ "LATIN7", ENCODING_SINGLE, false, false },
	{ "LATIN8", ENCODING_SINGLE, false, false },
	{ "LATIN9", ENCODING_SINGLE, false, false },
	{ "LATIN10", ENCODING_SINGLE, false, false },
	{ "ISO_8859_5", ENCODING_SINGLE, false, false },
	{ "ISO_8859_6", ENCODING_SINGLE, false, false },
	{ "ISO_8859_7", ENCODING_SINGLE, false, false },
	{ "ISO_8859_8", ENCODING_SINGLE, false, false },
	{ "WIN866", ENCODING_SINGLE, false, false },
	{ "WIN874", ENCODING_SINGLE, false, false },
	{ "WIN1250", ENCODING_SINGLE, false, false },
	{ "WIN1251", ENCODING_SINGLE, false, false },
	{ "WIN1252", ENCODING_SINGLE, false, false },
	{ "WIN1253", ENCODING_SINGLE, false, false },
	{ "WIN1254", ENCODING_SINGLE, false, false },
	{ "WIN1255", ENCODING_SINGLE, false, false },
	{ "WIN1256", ENCODING_SINGLE, false, false },
	{ "WIN1257", ENCODING_SINGLE, false, false },
	{ "WIN1258", ENCODING_SINGLE, false, false },
	{ "KOI8R", ENCODING_SINGLE, false, false },
	{ "KOI8U", ENCODING_SINGLE, false, false },
	{ "EUC_JP", ENCODING_EUC, false, false },
	{ "EUC_JIS_2004", ENCODING_EUC, false, false },
	{ "EUC_CN", ENCODING_EUC, false, false },
	{ "EUC_KR", ENCODING_EUC, false, false },
	{ "EUC_TW", ENCODING_EUC_TW, false, false },
	{ "MULE_INTERNAL", ENCODING_MULE, false, false },
	{ "SJIS", ENCODING_SJIS, true, false },
	{ "SHIFT_JIS_2004", ENCODING_SJIS, true, false },
	{ "BIG5", ENCODING_DOUBLE, true, false },
	{ "GBK", ENCODING_DOUBLE, true, false },
	{ "UHC", ENCODING_DOUBLE, true, false },
	{ "GB18030", ENCODING_GB18030, true, false },
	{ "JOHAB", ENCODING_JOHAB, true, false },
};

const struct encoding *encoding_find(struct str name)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (str_eq_nocase(name, str_of(encodings[i].name)))
			return &encodings[i];
	}
	return NULL;
}

const struct encoding *encoding_utf8(void)
{
	return &encodings[1];
}

static size_t utf8_length(unsigned char lead)
{
	if (lead < 0xc0)
		return 1;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf8 ? 4 : 1;
}

static size_t mule_length(unsigned char lead)
{
	if (lead >= 0x81 && lead <= 0x8d)
		return 2;
	if (lead >= 0x90 && lead <= 0x9b)
		return 3;
	if (lead == 0x9c || lead == 0x9d)
		return 4;
	return 1;
}

/* What the lead byte promises, whether or not so many bytes follow. */
static size_t promised_length(const struct encoding *e, const char *p, size_t n)
{
	unsigned char lead = (unsigned char)p[0];

	if (lead < 0x80)
		return 1;
	switch (e->class) {
	case ENCODING_SINGLE:
		return 1;
	case ENCODING_UTF8:
		return utf8_length(lead);
	case ENCODING_EUC:
	case ENCODING_JOHAB:
		return lead == 0x8f ? 3 : 2;
	case ENCODING_EUC_TW:
		return lead == 0x8e ? 4 : lead == 0x8f ? 3 : 2;
	case ENCODING_MULE:
		return mule_length(lead);
	case ENCODING_SJIS:
		return lead >= 0xa1 && lead <= 0xdf ? 1 : 2;
	case ENCODING_DOUBLE:
		return 2;
	case ENCODING_GB18030:
		return n > 1 && p[1] >= '0' && p[1] <= '9' ? 4 : 2;
	}
	return 1;
}

size_t encoding_length(const struct encoding *e, const char *p, size_t n)
{
	size_t promised = promised_length(e, p, n);

	return promised < n ? promised : n;
}

static bool between(char c, unsigned char low, unsigned char high)
{
	return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
static bool utf8_is_valid(const char *p, size_t n)
{
	unsigned char lead = (unsigned char)p[0];
	unsigned char low = 0x80;
	unsigned char high = 0xbf;

	if (n == 1 || lead < 0xc2 || lead > 0xf4)
		return false;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (!between(p[1], low, high))
		return false;
	for (size_t i = 2; i < n; i++) {
		if (!between(p[i], 0x80, 0xbf))
			return false;
	}
	return true;
}

static bool sjis_is_valid(const char *p, size_t n)
{
	if (n == 1)
		return true;
	return (between(p[0], 0x81, 0x9f) || between(p[0], 0xe0, 0xfc)) &&
	       (between(p[1], 0x40, 0x7e) || between(p[1], 0x80, 0xfc));
}

static bool gb18030_is_valid(const char *p, size_t n)
{
	if (!between(p[0], 0x81, 0xfe))
		return false;
	if (n == 4)
		return between(p[1], 0x30, 0x39) && between(p[2], 0x81, 0xfe) &&
		       between(p[3], 0x30, 0x39);
	return between(p[1], 0x40, 0x7e) || between(p[1], 0x80, 0xfe);
}

/* One character of n bytes, all of them there, the first with its high bit set. */
static bool character_is_valid(const struct encoding *e, const char *p, size_t n)
{
	switch (e->class) {
	case ENCODING_SINGLE:
		return true;
	case ENCODING_UTF8:
		return utf8_is_valid(p, n);
	case ENCODING_SJIS:
		return sjis_is_valid(p, n);
	case ENCODING_GB18030:
		return gb18030_is_valid(p, n);
	case ENCODING_DOUBLE:
		/* The server checks less here, and fails in the conversion. */
		return between(p[0], 0x81, 0xfe) &&
		       (between(p[1], 0x40, 0x7e) || between(p[1], 0x80, 0xfe));
	case ENCODING_EUC:
	case ENCODING_EUC_TW:
	case ENCODING_MULE:
	case ENCODING_JOHAB:
		break;
	}
	for (size_t i = 1; i < n; i++) {
		if (!between(p[i], 0xa0, 0xfe))
			return false;
	}
	return true;
}

/* Eight bytes at once: whether all are ASCII and none is NUL. */
static bool ascii_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	/* Without a high bit, subtracting 1 borrows into the high bit only from a zero byte. */
	return ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}

bool encoding_is_valid(const struct encoding *e, struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		size_t n;

		if (text.n - i >= 8 && ascii_word(text.p + i)) {
			i += 8;
			continue;
		}
		if (text.p[i] == '\0')
			return false;
		if ((unsigned char)text.p[i] < 0x80) {
			i++;
			continue;
		}
		n = promised_length(e, text.p + i, text.n - i);
		if (n > text.n - i || !character_is_valid(e, text.p + i, n))
			return false;
		i += n;
	}
	return true;
}

size_t encoding_count(const struct encoding *e, struct str text)
{
	size_t count = 0;
	size_t i = 0;

	if (e->class == ENCODING_SINGLE)
		return text.n;
	while (i < text.n) {
		if (text.n - i >= 8 && ascii_word(text.p + i)) {
			i += 8;
			count += 8;
			continue;
		}
		i += encoding_length(e, text.p + i, text.n - i);
		count++;
	}
	return count;
}

size_t encoding_offset(const struct encoding *e, struct str text, size_t character)
{
	size_t i = 0;

	if (e->class == ENCODING_SINGLE)
		return character < text.n ? character : text.n;
	while (i < text.n && character > 0) {
		i += encoding_length(e, text.p + i, text.n - i);
		character--;
	}
	return i;
}

static size_t utf8_put(uint32_t c, char out[4])
{
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t encoding_put(const struct encoding *e, uint32_t code_point, char out[4])
{
	if (code_point == 0 || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return 0;
	if (code_point < 0x80 || (e->latin1 && code_point < 0x100)) {
		out[0] = (char)code_point;
		return 1;
	}
	return e->class == ENCODING_UTF8 ? utf8_put(code_point, out) : 0;
}
