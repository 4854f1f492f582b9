/*
 * flow.h - what the flow runner's files share. README.md has the grammar of a flow.
 *
 *     script.c   the text -> statements: a line, and the indented lines below it
 *     rules.c    what the scripted HubSpot says to what
 *     hubspot.c  the server that obeys them
 *     check.c    what an answer must be like
 *     runner.c   plays the statements: the host, its clients, what must come out
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "kit.h"

/* ---- script.c ---- */

struct statement {
	int line;
	char *words;    /* "client POST /contacts", blanks at both ends cut off */
	char **details; /* the indented lines below it, likewise */
	size_t detail_count;
};

struct script {
	const char *file;
	char *must_fail; /* what "# must fail: ..." says; or NULL */
	struct statement *statements;
	size_t count;
};

/* Reads `file`; with what is wrong said on standard error, false. */
bool script_read(struct script *script, const char *file);
void script_finish(struct script *script);

/* The next word of `*rest` (up to a blank) goes to `word`, and `*rest` behind it and its blanks.
 * False: there is none, or no room. */
bool next_word(const char **rest, char *word, size_t size);

/* Is the first word `word`? Then `*rest` is what follows it. */
bool is_verb(const char *words, const char *word, const char **rest);

/* The details that begin with "> " as headers, a "\r\n" behind each; the rest, that is not `known`,
 * as lines of a body. New strings. */
void read_message(const struct statement *statement, bool (*is_known)(const char *detail),
	char **headers, char **body);

/* `from` with each `name` replaced by `value`; a new string. */
char *replace(const char *from, const char *name, const char *value);

/* ---- failures (runner.c): the first one counts. Any thread. ---- */

void flow_fail(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool flow_has_failed(void);

/* ---- check.c ---- */

/* Fails the flow for the status ("502" or "502|504") and for every detail that `answer` does not
 * keep. */
void check_answer(
	const struct statement *statement, const char *status, const struct answer *answer);

/* ---- rules.c: what HubSpot says to what, and what came ---- */

enum act { ACT_REPLY, ACT_RESET, ACT_CLOSE, ACT_HANG, ACT_CUT };

struct rule {
	int line; /* 0: a probe of every start */
	char method[16];
	char path[256];
	char with[256];    /* somewhere in the request; or "" */
	char without[256]; /* nowhere in it; or "" */
	bool is_last;      /* the port closes before it is obeyed */
	int times;         /* -1: any number of times, also never */
	int used;
	unsigned delay_ms;
	enum act act;
	int status;
	char *headers;
	char *body; /* or NULL */
};

enum { REQUEST_SIZE = 65536, PATH_SIZE = 4096 };

struct request {
	char text[REQUEST_SIZE]; /* the whole of it, NUL at the end */
	char method[16];
	char path[PATH_SIZE]; /* with the query */
};

/* Reads the script's "hubspot" statements, and adds the probes of every start. False, with what is
 * wrong on standard error. */
bool rules_read(const struct script *script);
void rules_finish(void);

/* The first rule that fits, now used once more; NULL, and the flow has failed: nobody foresaw this
 * call. Any thread. */
const struct rule *rule_take(const struct request *request);

/* Have the account and the scopes been asked for, as at every start? */
bool rules_are_probed(void);

/* How many calls came to `path` by `method` (NULL: any; path NULL: to all), the probes of the start
 * left out. */
size_t rules_calls(const char *method, const char *path);

/* Fails the flow for every rule that was not used up. */
void rules_check_used(void);
void rules_show(void); /* the calls, on standard error */

/* ---- hubspot.c: a server that obeys them ---- */

/* Listens: on a free port at first, on the same one after hubspot_away(), which closes the port and
 * ends open connections. */
void hubspot_back(void);
void hubspot_away(void);
uint16_t hubspot_port(void);
void hubspot_stop(void);

#endif
