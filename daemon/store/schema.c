/* SPDX-License-Identifier: Apache-2.0
 * Builds the arrays of schema.h from tables.h.
 * A table that names a person must be searchable by that person: erasure depends on it.
 */
#include "schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metod/log.h"

static struct schema_table tables[SCHEMA_TABLES];
static struct schema_index indexes[SCHEMA_DBS];
static unsigned events[SCHEMA_TABLES];

static void refuse(const char *name, const char *why)
{
	metod_log(METOD_LOG_CRIT, "store", "event=bad_schema name=%s why=%s", name, why);
	abort();
}

static struct schema_fields parse_fields(const struct metod_desc *desc, const char *names)
{
	struct schema_fields fields = {{NULL}, 0};
	struct metod_str rest = metod_str(names);

	while (rest.n) {
		const struct metod_field *field =
		    metod_desc_field(desc, metod_str_cut(&rest, ' '));

		if (!field || fields.n == SCHEMA_FIELDS)
			refuse(desc->name, "key fields");
		fields.p[fields.n++] = field;
	}
	return fields;
}

/* Longest key, so that no accepted record can fail at LMDB. */
static size_t longest(const struct schema_fields *fields)
{
	size_t n = 0;

	for (size_t i = 0; i < fields->n; i++) {
		const struct metod_field *field = fields->p[i];
		bool bytes =
		    field->kind == METOD_KIND_STR || field->kind == METOD_KIND_BIN;

		if (!bytes && field->kind != METOD_KIND_U64 &&
		    field->kind != METOD_KIND_I64)
			refuse(field->name, "no kind for a key");
		if (bytes && (field->high < 1 || field->high > 255))
			refuse(field->name, "a key field needs a bound");
		n += bytes ? (size_t)field->high + 1 : sizeof(uint64_t);
	}
	return n;
}

static void add_table(unsigned number, const char *name, const struct metod_desc *desc,
    const char *key, const char *person, enum metod_erase erase)
{
	struct schema_table *table = &tables[number];

	*table = (struct schema_table){.name = name,
	    .number = number,
	    .desc = desc,
	    .key = parse_fields(desc, key),
	    .erase = erase};
	if (!table->key.n || longest(&table->key) > SCHEMA_KEY_MAX)
		refuse(name, "primary key");
	if (!*person)
		return;
	table->person = metod_desc_field(desc, metod_str(person));
	if (!table->person || table->person->kind != METOD_KIND_U64)
		refuse(name, "person field");
	if (table->key.p[0] == table->person)
		table->by_person = number;
}

static void add_index(
    unsigned number, const char *name, unsigned table_number, const char *fields)
{
	struct schema_table *table = &tables[table_number];
	struct schema_index *index = &indexes[number];

	*index = (struct schema_index){.name = name,
	    .number = number,
	    .table = table_number,
	    .fields = parse_fields(table->desc, fields)};
	if (table->n_indexes == SCHEMA_INDEXES)
		refuse(name, "too many indexes of a table");
	if (longest(&index->fields) + longest(&table->key) > SCHEMA_KEY_MAX)
		refuse(name, "index key");
	table->indexes[table->n_indexes++] = index;
	if (table->person && index->fields.p[0] == table->person)
		table->by_person = number;
}

static void build(void)
{
#define ADD_TABLE(number, name, record, key, person, erase)                              \
	add_table(number, #name, &record##_desc, key, person, erase);
	METOD_TABLES(ADD_TABLE)
#define ADD_INDEX(number, name, table, fields)                                           \
	add_index(number, #name, METOD_T_##table, fields);
	METOD_INDEXES(ADD_INDEX)
#define ADD_EVENT(number, name, table) events[number] = METOD_T_##table;
	METOD_EVENTS(ADD_EVENT)
	for (unsigned i = 0; i < SCHEMA_TABLES; i++) {
		if (tables[i].person && !tables[i].by_person)
			refuse(tables[i].name, "no index by person");
	}
}

void metod_schema_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, build);
}

const struct schema_table *metod_schema_table(unsigned number)
{
	return number < SCHEMA_TABLES && tables[number].desc ? &tables[number] : NULL;
}

const struct schema_index *metod_schema_index(unsigned number)
{
	return number < SCHEMA_DBS && indexes[number].name ? &indexes[number] : NULL;
}

const struct schema_table *metod_schema_event(unsigned kind)
{
	return kind < SCHEMA_TABLES && events[kind] ? &tables[events[kind]] : NULL;
}

uint64_t metod_schema_person(const struct schema_table *table, const void *record)
{
	uint64_t person = 0;

	if (table->person)
		memcpy(&person, (const char *)record + table->person->offset,
		    sizeof(person));
	return person;
}
