#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void give_up(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	exit(1);
}

static void *grow(void *items, size_t count, size_t size)
{
	void *grown;

	/* A power of two is full. */
	if ((count & (count - 1)) != 0)
		return items;
	grown = realloc(items, (count == 0 ? 1 : 2 * count) * size);
	if (grown == NULL)
		abort();
	return grown;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	long size;

	if (file == NULL)
		give_up(path, "cannot be opened");
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = malloc((size_t)size + 1);
	if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
		give_up(path, "cannot be read");
	text[size] = '\0';
	fclose(file);
	return text;
}

/* Cuts the next field off. */
static struct str field(char **line)
{
	char *start = *line;
	char *end = start + strcspn(start, "\t");

	*line = *end == '\0' ? end : end + 1;
	return (struct str){ start, (size_t)(end - start) };
}

static uint32_t number(char **line)
{
	return (uint32_t)strtoul(field(line).p, NULL, 10);
}

static bool has(struct str flags, char flag)
{
	return memchr(flags.p, flag, flags.n) != NULL;
}

static void add_relation(struct fixture *f, char *line)
{
	struct relation *r;

	f->relations = grow(f->relations, f->count, sizeof(*f->relations));
	f->visible = grow(f->visible, f->count, sizeof(*f->visible));
	r = &f->relations[f->count];
	*r = (struct relation){ 0 };
	r->oid = number(&line);
	r->schema = field(&line);
	r->name = field(&line);
	r->kind = field(&line).p[0];
	f->visible[f->count] = field(&line).p[0] == 't';
	f->count++;
}

static void add_column(struct relation *r, char *line)
{
	struct relation_column *columns =
		grow((void *)(uintptr_t)r->columns, r->column_count, sizeof(*columns));
	struct relation_column *column = &columns[r->column_count++];
	struct str flags;

	*column = (struct relation_column){ 0 };
	column->name = field(&line);
	column->type_oid = number(&line);
	column->type = field(&line);
	column->type_schema = field(&line);
	column->type_name = field(&line);
	column->type_kind = field(&line).p[0];
	column->is_array = field(&line).p[0] == 't';
	column->base_type = field(&line);
	flags = field(&line);
	column->not_null = has(flags, 'n');
	column->has_default = has(flags, 'd');
	column->is_identity = has(flags, 'i');
	column->is_generated = has(flags, 'g');
	r->columns = columns;
}

/* The next name of a list. */
static struct str name_of(struct str *list)
{
	const char *comma = memchr(list->p, ',', list->n);
	size_t n = comma == NULL ? list->n : (size_t)(comma - list->p);
	struct str name = { list->p, n };

	list->p += comma == NULL ? n : n + 1;
	list->n -= comma == NULL ? n : n + 1;
	return name;
}

static uint16_t index_of(const struct relation *r, struct str name)
{
	for (size_t i = 0; i < r->column_count; i++)
		if (str_eq(r->columns[i].name, name))
			return (uint16_t)i;
	give_up("catalog", "a key names a column that is not there");
}

static uint16_t *indexes(const struct relation *r, struct str list, size_t *count)
{
	uint16_t *all = NULL;

	for (*count = 0; list.n > 0; ++*count) {
		all = grow(all, *count, sizeof(*all));
		all[*count] = index_of(r, name_of(&list));
	}
	return all;
}

static void add_key(struct relation *r, char *line)
{
	struct relation_key *keys = grow((void *)(uintptr_t)r->keys, r->key_count, sizeof(*keys));
	struct relation_key *key = &keys[r->key_count++];
	struct str *names = NULL;
	struct str list;

	*key = (struct relation_key){ 0 };
	key->name = field(&line);
	key->columns = indexes(r, field(&line), &key->count);
	key->referenced = number(&line);
	key->referenced_schema = field(&line);
	key->referenced_name = field(&line);
	list = field(&line);
	for (size_t i = 0; list.n > 0; i++) {
		names = grow(names, i, sizeof(*names));
		names[i] = name_of(&list);
	}
	key->referenced_columns = names;
	r->keys = keys;
}

static void add_line(struct fixture *f, char *line, const char *path)
{
	struct relation *r = f->count > 0 ? &f->relations[f->count - 1] : NULL;

	if (line[0] == 'R')
		add_relation(f, line + 2);
	else if (line[0] == 'C' && r != NULL)
		add_column(r, line + 2);
	else if (line[0] == 'P' && r != NULL)
		r->primary =
			indexes(r, (struct str){ line + 2, strlen(line + 2) }, &r->primary_count);
	else if (line[0] == 'K' && r != NULL)
		add_key(r, line + 2);
	else
		give_up(path, "a line begins with none of R C P K");
}

void fixture_load(struct fixture *f, const char *path)
{
	*f = (struct fixture){ .text = read_file(path) };
	for (char *line = f->text; *line != '\0';) {
		char *end = line + strcspn(line, "\n");

		if (*end == '\n')
			*end++ = '\0';
		add_line(f, line, path);
		line = end;
	}
	f->catalog.server_version = 150000;
}

void fixture_free(struct fixture *f)
{
	fixture_forget(f);
	free(f->copies);
	for (size_t i = 0; i < f->count; i++) {
		struct relation *r = &f->relations[i];

		for (size_t k = 0; k < r->key_count; k++) {
			free((void *)(uintptr_t)r->keys[k].columns);
			free((void *)(uintptr_t)r->keys[k].referenced_columns);
		}
		free((void *)(uintptr_t)r->keys);
		free((void *)(uintptr_t)r->columns);
		free((void *)(uintptr_t)r->primary);
	}
	free(f->relations);
	free(f->visible);
	free(f->names);
	free(f->entries);
	free(f->text);
	*f = (struct fixture){ 0 };
}

void fixture_forget(struct fixture *f)
{
	for (size_t i = 0; i < f->copy_count; i++)
		free(f->copies[i]);
	f->copy_count = 0;
	f->catalog.count = 0;
	f->catalog.neighbours_known = false;
	f->catalog.neighbour_count = 0;
}

/* What is asked for lives no longer than the compilation. */
static struct str copy(struct fixture *f, struct str s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		abort();
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	f->copies = grow(f->copies, f->copy_count, sizeof(*f->copies));
	f->copies[f->copy_count++] = p;
	return (struct str){ p, s.n };
}

static bool is_meant(const struct fixture *f, size_t i, struct str schema, struct str name,
                     uint32_t oid)
{
	const struct relation *r = &f->relations[i];

	if (oid != 0)
		return r->oid == oid;
	return str_eq(r->name, name) && (schema.n == 0 ? f->visible[i] : str_eq(r->schema, schema));
}

void fixture_answer(struct fixture *f, struct str schema, struct str name, uint32_t oid)
{
	struct catalog_entry e = { .schema = copy(f, schema), .name = copy(f, name), .oid = oid };

	for (size_t i = 0; i < f->count; i++) {
		if (!is_meant(f, i, schema, name, oid))
			continue;
		e.relation = &f->relations[i];
		e.visible = f->visible[i];
	}
	if (f->catalog.count == f->capacity) {
		f->capacity = f->capacity == 0 ? 16 : 2 * f->capacity;
		f->entries = realloc(f->entries, f->capacity * sizeof(*f->entries));
		if (f->entries == NULL)
			abort();
	}
	f->entries[f->catalog.count++] = e;
	f->catalog.entries = f->entries;
}

void fixture_answer_neighbours(struct fixture *f, struct str schema)
{
	size_t n = 0;

	f->names = realloc(f->names, 2 * f->count * sizeof(*f->names) + 1);
	if (f->names == NULL)
		abort();
	for (size_t i = 0; i < f->count; i++) {
		const struct relation *r = &f->relations[i];

		if (schema.n == 0 ? f->visible[i] : str_eq(r->schema, schema))
			f->names[n++] = r->name;
		f->names[n++] = r->schema;
	}
	f->catalog.neighbours = f->names;
	f->catalog.neighbour_count = n;
	f->catalog.neighbours_known = true;
}
