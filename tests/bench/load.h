/*
 * tests/bench/load.h - the load generator: a checking client over raw HTTP/1.1 and epoll, one
 * thread.
 *
 * Every connection writes a record that is new, then writes it again, then takes the next one: half
 * of all writes are creates whatever the speed of the other side, and each has one right reply.
 * What came of every write is kept, so that at the end the sandbox can be asked whether it holds
 * exactly these records, each with its last value.
 *
 * Closed loop: a connection sends its next request when it has the reply. Open loop: requests are
 * due by the clock, and a latency counts from the moment its request was due, sent late or not.
 *
 * load.c reads the command line, loop.c owns the clock and connection.c the connections, wire.c is
 * HTTP, work.c says what to send and what is right, tally.c counts, state.c asks the sandbox.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct json_t;
struct settings;

enum { REQUEST_SIZE = 2048, ID_SIZE = 24, PHASES = 3, SERIES_MAX = 900, WRONG_SIZE = 400 };

/* ---- what is written, and what came of it ---- */

/* Version n of record i is one body, and no other has its values. */
struct record {
	char id[ID_SIZE];     /* of the first good reply; "" before */
	uint8_t acknowledged; /* the last version that was replied to as written; 0: none */
	uint8_t possible;     /* a later version whose fate the reply did not tell; 0: none */
};

struct task {
	uint32_t number; /* of the record */
	uint8_t version; /* 1: it is new; 2: it is there */
	struct record *record;
};

struct reply {
	int status;
	const char *body; /* ends in NUL */
	size_t length;
	double retry_after_s; /* negative: none */
	bool is_closing;
};

enum verdict {
	REPLY_GOOD,
	REPLY_REFUSED, /* 429 or 503: not now */
	REPLY_FAILED,  /* any other failure that says that it is one */
	REPLY_WRONG,   /* not the reply to this request */
};

/* A way to write a record. `write` fills `request` and returns its length; `check` takes the id. */
struct work {
	const char *name;
	bool is_stored; /* the sandbox holds it afterwards */
	size_t (*write)(const struct task *task, const struct settings *settings,
		char request[REQUEST_SIZE]);
	enum verdict (*check)(const struct task *task, const struct reply *reply);
};

const struct work *work_find(const char *name);

/* Notes in the record what a failure left open: true when the reply swears that nothing was done.
 */
bool work_is_not_applied(const struct reply *reply);

/* The values of version `version` of record `number`, as the sandbox shall hold them. */
void work_address(uint32_t number, char *text, size_t size);
void work_lastname(uint32_t number, unsigned version, char *text, size_t size);
bool work_read_address(const char *text, uint32_t *number);

/* ---- counting ---- */

struct latencies {
	uint32_t *us; /* owned */
	size_t count, room;
};

struct tally {
	uint64_t good, refused, failed, wrong, lost, timed_out, without_retry_after;
	uint64_t by_status[600];
	struct latencies good_us, refused_us;
	uint64_t from_ns, to_ns;
	uint64_t cpu_from_us, cpu_to_us;
};

void tally_reply(
	struct tally *tally, enum verdict verdict, const struct reply *reply, uint64_t latency_ns);
struct json_t *tally_show(struct tally *tally);
void tally_finish(struct tally *tally);

/* User and system time of a process with all its threads so far; 0 for pid 0. */
uint64_t cpu_us(pid_t pid);

/* ---- HTTP ---- */

enum parse { PARSE_MORE, PARSE_DONE, PARSE_BROKEN };

/* Reads one reply from the NUL-ended `text`; on PARSE_DONE `used` is its length. */
enum parse wire_parse(char *text, size_t length, struct reply *reply, size_t *used);
int wire_connect(uint16_t port);
/* One GET, waiting for it; NULL when it fails. The JSON is new. */
struct json_t *wire_get(uint16_t port, const char *path);

/* ---- the run ---- */

/* Rate 0: closed loop. A phase of 0 s is left out. */
struct phase {
	const char *name;
	double rate, seconds;
};

struct settings {
	const struct work *work;
	uint16_t port;
	uint16_t sandbox_port; /* 0: nothing is verified */
	unsigned connections;
	uint64_t timeout_ms, drain_ms;
	unsigned deadline_ms; /* told to the other side; 0: not */
	double pause_most_s;  /* a closed loop waits as long as Retry-After says, at most this */
	pid_t pid;            /* whose CPU time is measured; 0: nobody's */
	bool is_held;         /* after one reply on each connection, keep them all and do nothing */
	struct phase phases[PHASES]; /* the first is the warm-up */
};

struct run {
	const struct settings *settings;
	struct tally tallies[PHASES];
	struct record **records; /* owned, each */
	uint32_t record_count, record_room;
	uint32_t good_by_second[SERIES_MAX],
		refused_by_second[SERIES_MAX]; /* since the end of the warm-up */
	uint64_t wrong_total;
	char first_wrong[WRONG_SIZE];
};

uint64_t clock_ns(void);

/* Runs all phases, then waits for what is under way. */
void loop_run(struct run *run);

/* What the sandbox counted and holds, against what was acknowledged; new. */
struct json_t *state_verify(const struct run *run);

#endif
