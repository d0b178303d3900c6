/* What a session sends, and whether it may have changed what names mean: the epoch that the next
 * expression is told. */
#include "tests/proxy/ask_rig.h"

/* The epoch that an expression is told now. It becomes a text that keeps the catalog. */
static uint64_t epoch(const char *ready)
{
	rig_query("expr keep");
	rig_reply("C");
	rig_reply(ready);
	assert_non_null(fake.session.bindings);
	return fake.session.catalog_epoch;
}

static void query(const char *text, const char *replies)
{
	rig_query(text);
	rig_reply(replies);
}

/* The first expression of a session finds nothing known of what was sent before it. */
static uint64_t settled_epoch(void)
{
	epoch("I");
	return epoch("I");
}

static void statements_that_read_keep_it(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	query("select 1", "TDCI");
	assert_int_equal(epoch("I"), before);
	assert_int_equal(epoch("I"), before);
}

static void any_other_statement_changes_it(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	query("set search_path to x", "CI");
	assert_true(epoch("I") > before);
	before = epoch("I");
	assert_int_equal(epoch("I"), before);
}

static void a_clean_transaction_keeps_it(void **state)
{
	static const char *const ends[] = { "commit", "COMMIT;", "rollback", "end", NULL };
	uint64_t before = settled_epoch();

	(void)state;
	for (size_t i = 0; ends[i] != NULL; i++) {
		query("BEGIN", "CB");
		assert_int_equal(epoch("B"), before);
		query("savepoint a", "CB");
		query(ends[i], "CI");
		assert_int_equal(epoch("I"), before);
	}
}

static void the_end_of_a_dirty_transaction_changes_it(void **state)
{
	uint64_t before;

	(void)state;
	settled_epoch();
	query("begin", "CB");
	query("set local search_path to x", "CB");
	before = epoch("B");
	assert_int_equal(epoch("B"), before);
	query("rollback to a", "CB");
	assert_true(epoch("B") > before);
	before = epoch("B");
	query("commit", "CI");
	assert_true(epoch("I") > before);
}

static void what_hides_behind_a_transaction_command_changes_it(void **state)
{
	static const char *const texts[] = { "commit; set search_path to x", "commit prepared 'x'",
		                             "begin/**/", "commitment", NULL };

	(void)state;
	for (size_t i = 0; texts[i] != NULL; i++) {
		uint64_t before = settled_epoch();

		query(texts[i], "CI");
		assert_true(epoch("I") > before);
	}
}

static void a_batch_is_judged_by_what_it_runs(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	rig_say("PBES");
	rig_reply("12DCI");
	assert_int_equal(epoch("I"), before);
	rig_put_parse("", "set x to y");
	rig_say("S");
	rig_reply("1I");
	assert_int_equal(epoch("I"), before); /* only prepared */
	rig_say("BS");
	rig_reply("2I");
	assert_true(epoch("I") > before);
}

static void the_sync_behind_a_dirty_batch_changes_it(void **state)
{
	uint64_t in_batch;

	(void)state;
	settled_epoch();
	rig_put_parse("", "set local x to y");
	rig_put("BE");
	rig_put_parse("s", "expr keep");
	rig_say("");
	in_batch = fake.session.catalog_epoch;
	rig_say("S");
	rig_reply("12C1I");
	assert_true(epoch("I") > in_batch);
}

static void a_portal_that_is_run_later_changes_it_then(void **state)
{
	uint64_t before;

	(void)state;
	query("begin", "CB");
	epoch("B");
	rig_put_parse("", "do something");
	rig_put_bind("p", "");
	rig_say("H");
	rig_reply("12");
	rig_put_parse("s", "expr keep");
	rig_say("H");
	rig_reply("1");
	before = fake.session.catalog_epoch;
	frontend_put_execute(&rig.out, BYTES("p"), 0);
	rig_say("S");
	rig_reply("CB");
	assert_true(epoch("B") > before);
}

static void a_named_statement_is_known_only_if_it_was_an_expression(void **state)
{
	uint64_t before;

	(void)state;
	rig_put_parse("ours", "expr keep");
	rig_put_parse("theirs", "select 1");
	rig_say("S");
	rig_reply("11I");
	before = settled_epoch();
	rig_put_bind("", "ours");
	rig_say("S");
	rig_reply("2I");
	assert_int_equal(epoch("I"), before);
	rig_put_bind("", "theirs");
	rig_say("S");
	rig_reply("2I");
	assert_true(epoch("I") > before);
}

static void a_function_call_changes_it(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	outbuf_begin(&rig.out, 'F');
	outbuf_put_u32(&rig.out, 1);
	outbuf_end(&rig.out);
	rig_say("");
	rig_reply("VI");
	assert_true(epoch("I") > before);
}

static void an_error_of_an_expression_changes_it(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	query("expr keep", "EI");
	assert_true(epoch("I") > before);
}

static void a_second_later_nothing_is_read_any_more(void **state)
{
	uint64_t before = settled_epoch();

	(void)state;
	rig.worker.now += 999;
	query("select 1", "TDCI");
	assert_int_equal(epoch("I"), before);
	rig.worker.now += 1000;
	query("select 1", "TDCI");
	assert_true(epoch("I") > before);
}

static void always_means_no_bindings(void **state)
{
	(void)state;
	rig_end_session();
	rig_close();
	rig_open("--catalog-check always");
	rig_start_session();
	query("expr keep", "CI");
	assert_null(fake.session.bindings);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(statements_that_read_keep_it),
		T(any_other_statement_changes_it),
		T(a_clean_transaction_keeps_it),
		T(the_end_of_a_dirty_transaction_changes_it),
		T(what_hides_behind_a_transaction_command_changes_it),
		T(a_batch_is_judged_by_what_it_runs),
		T(the_sync_behind_a_dirty_batch_changes_it),
		T(a_portal_that_is_run_later_changes_it_then),
		T(a_named_statement_is_known_only_if_it_was_an_expression),
		T(a_function_call_changes_it),
		T(an_error_of_an_expression_changes_it),
		T(a_second_later_nothing_is_read_any_more),
		T(always_means_no_bindings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
