/* Names, asked of a real name server over UDP: what comes back, what is kept, and that nothing blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "../fakes/name_server.h"
#include "base/clock.h"
#include "loop/loop.h"

static struct loop *loop;
static struct name_server *server;
static struct loop_addresses got;
static unsigned heard, wanted;
static uint64_t now_ms;
static struct loop_timer watchdog;

/* Past the clock that the tests own. */
static uint64_t real_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void too_long(void *ctx) {
	(void)ctx;
	loop_stop(loop);
}

static int start(void **state) {
	(void)state;
	loop = loop_create();
	server = name_server_start();
	loop_set_resolver(loop, server->resolv_conf, server->hosts);
	loop_timer_init(&watchdog, loop, too_long, NULL);
	got = (struct loop_addresses){.count = 0};
	heard = wanted = 0;
	now_ms = now_ms == 0 ? 1000000 : now_ms;
	clock_set_ms(now_ms);
	return 0;
}

static int stop(void **state) {
	(void)state;
	loop_timer_finish(&watchdog);
	loop_destroy(loop);
	name_server_stop(server);
	return 0;
}

static void pass_ms(uint64_t ms) {
	now_ms += ms;
	clock_set_ms(now_ms);
}

static void hear(const struct loop_addresses *addresses, void *ctx) {
	(void)ctx;
	got = *addresses;
	heard++;
	if (heard == wanted) {
		loop_stop(loop);
	}
}

static struct loop_resolve *begin(const char *name) {
	unsigned before = heard;
	struct loop_resolve *resolve = loop_resolve(loop, name, hear, NULL);
	assert_non_null(resolve);
	assert_int_equal(heard, before); /* never inside */
	wanted++;
	return resolve;
}

static void run(void) {
	loop_timer_start(&watchdog, 10000);
	loop_run(loop);
	assert_int_equal(heard, wanted);
}

static void ask(const char *name) {
	begin(name);
	run();
}

static void let_ms_pass(uint64_t ms) {
	loop_timer_start(&watchdog, ms);
	loop_run(loop);
}

static void assert_got(const char *all) {
	char text[LOOP_ADDRESSES_MAX * (LOOP_ADDRESS_SIZE + 1)] = "";
	size_t length = 0;
	for (size_t i = 0; i < got.count; i++) {
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i > 0 ? " " : "", got.text[i]);
	}
	assert_string_equal(text, all);
	assert_int_equal(got.error == NULL, got.count > 0);
}

/* ---- answers ---- */

static void both_families_come_together(void **state) {
	(void)state;
	ask("both.example");
	assert_got("2001:db8::1 192.0.2.1 192.0.2.2");
	ask("four.example");
	assert_got("192.0.2.4");
	ask("six.example");
	assert_got("2001:db8::6");
}

static void a_silent_family_is_not_waited_for(void **state) {
	(void)state;
	uint64_t begun_ms = real_ms();
	ask("six-is-silent.example");
	assert_got("192.0.2.7");
	assert_in_range(real_ms() - begun_ms, 150, 750);
	ask("six-is-refused.example");
	assert_got("192.0.2.8");
}

static void failures_are_told_in_words(void **state) {
	static const struct {
		const char *name, *words;
	} CASES[] = {{"none.example", "the name does not exist"}, {"nothing.example", "the name has no address"},
		{"broken.example", "no name server has given an answer"}, {"refused.example", "the name servers cannot tell"},
		{"long.example", "the name server's answer is too long"}};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		uint64_t begun_ms = real_ms();
		ask(CASES[i].name);
		assert_got("");
		assert_string_equal(got.error, CASES[i].words);
		assert_true(real_ms() - begun_ms < 500);
		assert_null(loop_addresses(loop, CASES[i].name));
	}
}

static void names_that_are_none(void **state) {
	static char name[400];
	static const char *const NAMES[] = {"", ".", "..", "a..b", name};
	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		ask(NAMES[i]);
		assert_got("");
	}
}

static void the_hosts_file_comes_first(void **state) {
	(void)state;
	name_server_write(server->hosts, "# four.example\n\n  \n192.0.2.10 a.test\tFour.Example other.test # fourth.example\n"
					 "192.0.2.11\tfour.example\nnonsense four.example\n192.0.2.12\n2001:db8::10 four.example");
	ask("FOUR.example");
	assert_got("2001:db8::10 192.0.2.10 192.0.2.11");
	ask("other.test");
	assert_got("192.0.2.10");
	assert_int_equal(server->questions, 0);
	ask("fourth.example");
	assert_got("");
	assert_int_not_equal(server->questions, 0);
}

/* ---- what is kept ---- */

static void an_answer_is_fresh_for_a_minute(void **state) {
	(void)state;
	assert_null(loop_addresses(loop, "four.example"));
	assert_int_equal(server->questions, 0); /* that asks nobody */
	begin("four.example");
	begin("four.example");
	begin("Four.Example");
	run();
	assert_int_equal(server->questions, 2); /* one for each family */
	pass_ms(59000);
	ask("four.example");
	assert_got("192.0.2.4");
	assert_non_null(loop_addresses(loop, "four.example"));
	assert_int_equal(server->questions, 2);
	pass_ms(2000);
	ask("four.example");
	assert_int_equal(server->questions, 4);
}

static void an_older_answer_serves_for_an_hour(void **state) {
	(void)state;
	ask("four.example");
	server->is_mute = true;
	pass_ms(61000);
	for (int i = 0; i < 5; i++) {
		const struct loop_addresses *known = loop_addresses(loop, "four.example");
		assert_non_null(known);
		assert_string_equal(known->text[0], "192.0.2.4");
	}
	let_ms_pass(100);
	assert_int_equal(server->questions, 4); /* looked up behind our back, once */
	ask("four.example");                    /* who can wait hears the older one, when the look-up has failed */
	assert_got("192.0.2.4");
	unsigned before = server->questions;
	assert_non_null(loop_addresses(loop, "four.example"));
	let_ms_pass(100);
	assert_int_equal(server->questions, before); /* it has just failed */
	pass_ms(6000);
	server->is_mute = false;
	assert_non_null(loop_addresses(loop, "four.example"));
	let_ms_pass(300);
	before = server->questions;
	pass_ms(50000);
	assert_non_null(loop_addresses(loop, "four.example"));
	let_ms_pass(100);
	assert_int_equal(server->questions, before); /* fresh again */
	server->is_mute = true;
	pass_ms(60 * 60 * 1000);
	assert_null(loop_addresses(loop, "four.example"));
	ask("four.example");
	assert_got("");
}

static void the_files_are_read_anew(void **state) {
	(void)state;
	name_server_write(server->resolv_conf, "");
	server->is_mute = true;
	begin("four.example");
	let_ms_pass(50);
	assert_int_equal(server->questions, 0);
	server->is_mute = false;
	name_server_lead_here(server);
	run();
	ask("four.example");
	assert_got("192.0.2.4");
	unlink(server->resolv_conf);
	ask("both.example"); /* of 127.0.0.1, where there is nobody */
	assert_got("");
}

static void many_names_do_not_pile_up(void **state) {
	(void)state;
	for (int i = 0; i < 100; i++) {
		char name[32];
		snprintf(name, sizeof(name), "n%d.example", i);
		ask(name);
		assert_string_equal(got.error, "the name does not exist");
	}
	ask("four.example");
	assert_got("192.0.2.4");
}

/* ---- a name server that never answers ---- */

static struct loop_timer heart;
static uint64_t last_beat_ms, worst_ms;
static unsigned beats, late_beats;

static void beat(void *ctx) {
	uint64_t at_ms = real_ms(), gap_ms = at_ms - last_beat_ms;
	(void)ctx;
	worst_ms = gap_ms > worst_ms ? gap_ms : worst_ms;
	beats++;
	late_beats += gap_ms > 20;
	last_beat_ms = at_ms;
	loop_timer_start(&heart, 1);
}

/* Turns stay under 20 ms; one in fifty may be late, for the machine has others to serve. A resolver that
 * blocks holds the loop for 0.8 s. */
static void a_mute_server_does_not_stop_the_loop(void **state) {
	(void)state;
	server->is_mute = true;
	worst_ms = beats = late_beats = 0;
	last_beat_ms = real_ms();
	uint64_t begun_ms = last_beat_ms;
	loop_timer_init(&heart, loop, beat, NULL);
	loop_timer_start(&heart, 1);
	struct loop_resolve *abandoned = begin("both.example");
	begin("four.example");
	begin("six.example");
	let_ms_pass(300);
	loop_resolve_cancel(abandoned);
	wanted--;
	run();
	assert_got("");
	assert_string_equal(got.error, "no name server has given an answer");
	assert_in_range(real_ms() - begun_ms, 2000, 2900);
	assert_true(late_beats * 50 <= beats);
	assert_true(worst_ms < 400);
	loop_timer_finish(&heart);
}

static void the_second_server_is_asked(void **state) {
	struct name_server *mute = name_server_start();
	char text[128];
	(void)state;
	mute->is_mute = true;
	snprintf(text, sizeof(text), "nameserver 127.0.0.1:%d\nnameserver 127.0.0.1:%d\n", mute->port, server->port);
	name_server_write(server->resolv_conf, text);
	ask("four.example");
	assert_got("192.0.2.4");
	name_server_stop(mute);
}

/* ---- ends ---- */

static void a_cancelled_question_is_not_answered(void **state) {
	(void)state;
	loop_resolve_cancel(begin("four.example"));
	wanted--;
	begin("four.example");
	run();
	assert_int_equal(heard, 1);
	loop_resolve_cancel(begin("four.example")); /* known: the answer was under way */
	loop_resolve_cancel(NULL);
	wanted--;
	let_ms_pass(50);
	assert_int_equal(heard, 1);
}

static struct loop_resolve *other;

static void cancel_the_other(const struct loop_addresses *addresses, void *ctx) {
	loop_resolve_cancel(other);
	hear(addresses, ctx);
}

static void ask_again(const struct loop_addresses *addresses, void *ctx) {
	begin("four.example");
	hear(addresses, ctx);
}

static void a_done_may_ask_and_cancel(void **state) {
	(void)state;
	wanted = 1;
	assert_non_null(loop_resolve(loop, "four.example", cancel_the_other, NULL));
	other = loop_resolve(loop, "four.example", hear, NULL);
	run();
	wanted++;
	assert_non_null(loop_resolve(loop, "four.example", ask_again, NULL));
	run();
	assert_int_equal(heard, 3);
}

/* Each at another moment; stop() destroys the loop, and the sanitizers see what is left. */
static void a_loop_may_end_at_any_moment(void **state) {
	(void)state;
	for (uint64_t ms = 0; ms < 12; ms++) {
		begin("both.example");
		begin("six-is-silent.example");
		begin("none.example");
		let_ms_pass(ms / 2);
		heard = wanted = 0;
		loop_timer_finish(&watchdog);
		loop_destroy(loop);
		loop = loop_create();
		loop_set_resolver(loop, server->resolv_conf, server->hosts);
		loop_timer_init(&watchdog, loop, too_long, NULL);
	}
	server->is_mute = true;
	begin("both.example");
	ask("six-is-silent.example");
	begin("four.example");
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(both_families_come_together),
		TEST(a_silent_family_is_not_waited_for),
		TEST(failures_are_told_in_words),
		TEST(names_that_are_none),
		TEST(the_hosts_file_comes_first),
		TEST(an_answer_is_fresh_for_a_minute),
		TEST(an_older_answer_serves_for_an_hour),
		TEST(the_files_are_read_anew),
		TEST(many_names_do_not_pile_up),
		TEST(a_mute_server_does_not_stop_the_loop),
		TEST(the_second_server_is_asked),
		TEST(a_cancelled_question_is_not_answered),
		TEST(a_done_may_ask_and_cancel),
		TEST(a_loop_may_end_at_any_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
