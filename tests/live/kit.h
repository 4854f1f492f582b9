/*
 * kit.h - what the live tests stand on: the real host and the sandbox as child processes, and
 * clients that speak HTTP to them over real sockets.
 *
 * A child gets a clean environment, an empty working directory of its own and a free loopback port;
 * every line of its log is kept, as text and, when it is JSON, parsed. Whatever a test leaves
 * running is killed, with the end of its log shown, by process_destroy(). Functions that say "or
 * fails the test" call cmocka's fail(), so only the test's own thread may call them; the rest may
 * be called from any thread.
 */
#ifndef LIVE_KIT_H
#define LIVE_KIT_H

#include "base/banned.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* ---- a child process (process.c) ---- */

struct process;

/* Starts the host's binary with `arguments` and with `environment` ("NAME=value"; both end in
 * NULL). PATH, HOME and the sanitizers' own options come on top. Never NULL, or fails the test. */
struct process *process_start(const char *const *arguments, const char *const *environment);

/* Kills it when it still runs, frees everything and empties the working directory. NULL is allowed.
 */
void process_destroy(struct process *process);

/* The working directory, absolute. */
const char *process_folder(const struct process *process);
void process_signal(struct process *process, int signal_number);
bool process_is_running(struct process *process);

enum { PROCESS_RUNS = -1, PROCESS_CRASHED = -2 };

/* Waits for its end: the exit code, PROCESS_CRASHED for a signal, PROCESS_RUNS when `limit_ms` has
 * passed. */
int process_wait(struct process *process, unsigned limit_ms);

/* The first log line, from line number `from` on, with this "event"; waits for it. Borrowed; NULL:
 * it did not come. */
const json_t *process_wait_line(
	struct process *process, const char *event, size_t from, unsigned limit_ms);

/* From the next line on its log is not read, as by a collector that has stalled; or again. */
void process_stall_log(struct process *process, bool is_stalled);

/* How many lines there are by now; the text of one; how many hold `text`. */
size_t process_line_count(struct process *process);
const char *process_line(struct process *process, size_t index);
size_t process_count_text(struct process *process, const char *text);

/* The one line that says why it does not run: an error of the log, or a line that is no log line.
 * Fails the test when there are none or several, or when a sanitizer speaks. Only after its end. */
const char *process_refusal(struct process *process);

void process_show(struct process *process); /* the end of its log, on standard error */

/* ---- the host and the sandbox, ready to be spoken to (host.c) ---- */

enum { START_LIMIT_MS = 20000, STOP_LIMIT_MS = 40000 };

struct host {
	struct process *process;
	uint16_t port;
	char base[64]; /* "http://127.0.0.1:PORT"; of a sandbox: ".../sandbox" */
};

#define TEST_TOKEN "pat-na1-11111111-2222-3333-4444-555555555555"

/* Starts `hubspot-connector sandbox`, no rate limit. Waits until it is ready, or fails the test. */
void sandbox_start(struct host *sandbox);

/* POST /sandbox/__control with `text`, which must be agreed to. `base` is the sandbox's. */
void sandbox_control(const char *base, const char *text);

/* GET /sandbox/__state or, with a type, /sandbox/__state/TYPE. New reference. */
json_t *sandbox_state(const char *base, const char *type);

/*
 * Starts `hubspot-connector ARGUMENTS --listen 127.0.0.1:0` towards the HubSpot at `hubspot` (NULL:
 * none is named), with a token, anonymous callers from loopback, no rate limit, and JSON logs.
 * `changes` (ends in NULL, or NULL) overrides: "NAME=value", or "NAME" alone to take it out. Waits
 * until it is ready, or fails the test.
 */
void host_start(struct host *host, const char *const *arguments, const char *hubspot,
	const char *const *changes);

/* The same, not waiting: for a start that is refused. */
struct process *host_start_refused(
	const char *const *arguments, const char *hubspot, const char *const *changes);

/* SIGTERM, exit 0, nothing but JSON in its log; or fails the test. */
void host_stop(struct host *host);

/* Kills it when a failed test has left it. */
void host_clear(struct host *host);

/* ---- a client: one connection, kept alive (client.c) ---- */

struct client;

struct answer {
	int status; /* 0: no reply */
	char *text; /* the body, NUL at its end */
	size_t length;
	json_t *json;    /* of the body, or NULL */
	json_t *headers; /* {"lower-case-name": "value"} */
	uint64_t ms;     /* from sending to the end of the reply */
	char error[256]; /* why there is no reply */
};

struct client *client_open(const char *base);
void client_close(struct client *client);

/* `headers` ("Name: value") ends in NULL, or is NULL; a body (NULL: none) is sent as
 * application/json unless they say otherwise. True when a whole reply came. `answer` is
 * overwritten; answer_finish() it. */
bool client_ask(struct client *client, const char *method, const char *path,
	const char *const *headers, const char *body, size_t length, struct answer *answer);
void answer_finish(struct answer *answer);

/* A header of the answer, its name in lower case; or NULL. */
const char *answer_header(const struct answer *answer, const char *name);

/* One exchange on a connection of its own, that must bring `status`, or fails the test (with the
 * body shown). */
void ask(const char *base, const char *method, const char *path, const char *body, int status,
	struct answer *answer);

/* Sends `bytes` to 127.0.0.1:`port` as they are and reads until the peer closes or is silent for
 * `limit_ms`. NUL at the end. A new string, or NULL when nobody listens. */
char *raw_exchange(uint16_t port, const char *bytes, size_t length, unsigned limit_ms);

/* `count` threads, each with a connection of its own, run `work`; returns when all have. */
typedef void worker_fn(struct client *client, size_t index, void *ctx);
void run_workers(const char *base, size_t count, worker_fn *work, void *ctx);

/* ---- JSON and time (client.c) ---- */

/* What `pointer` ("/errors/0/field") leads to; borrowed; NULL: nothing. */
json_t *json_at(const json_t *json, const char *pointer);

/* Is the value at `pointer` the one that `expected` writes in JSON ("\"created\"", "true")? */
bool json_has(const json_t *json, const char *pointer, const char *expected);

/* The same for an answer, or fails the test, with the body shown. */
void expect(const struct answer *answer, const char *pointer, const char *expected);
void expect_absent(const struct answer *answer, const char *pointer);

uint64_t now_ms(void);
void pause_ms(unsigned ms);

/* Writes a file of `name` in `folder`; its path goes to `path` (may be NULL). */
void write_file(const char *folder, const char *name, const char *text, char *path, size_t size);

/* Removes `folder` and the plain files in it. */
void folder_remove(const char *folder);

#endif
