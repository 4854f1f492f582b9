#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_SIZE = 1024 };

static const char token[] = "pat-na1-bench";

void work_address(uint32_t number, char *text, size_t size) {
	snprintf(text, size, "b%07" PRIu32 "@bench.example.com", number);
}

bool work_read_address(const char *text, uint32_t *number) {
	char *end;
	if (text == NULL || text[0] != 'b') {
		return false;
	}
	unsigned long value = strtoul(text + 1, &end, 10);
	char again[64];
	work_address((uint32_t)value, again, sizeof(again));
	*number = (uint32_t)value;
	return value <= UINT32_MAX && strcmp(again, text) == 0;
}

void work_lastname(uint32_t number, unsigned version, char *text, size_t size) {
	snprintf(text, size, "Doe %" PRIu32 " v%u", number, version);
}

/* About 350 bytes, what a shop knows of a customer. */
static size_t write_record(const struct task *task, char *body, size_t size) {
	char address[64], lastname[64];
	work_address(task->number, address, sizeof(address));
	work_lastname(task->number, task->version, lastname, sizeof(lastname));
	return (size_t)snprintf(body, size,
		"{\"email\":\"%s\",\"firstname\":\"John\",\"lastname\":\"%s\",\"phone\":\"+49 30 "
		"%07" PRIu32 "\","
		"\"company\":\"Example Corp\",\"jobtitle\":\"Head of "
		"Purchasing\",\"website\":\"https://www.example.com/\","
		"\"address\":\"Unter den Linden "
		"77\",\"city\":\"Berlin\",\"state\":\"Berlin\",\"zip\":\"10117\","
		"\"country\":\"Germany\",\"message\":\"Asked for a call back about the spring "
		"offer.\"}",
		address, lastname, task->number);
}

static size_t write_request(char request[REQUEST_SIZE], const char *method, const char *path,
	const struct settings *settings, const char *extra, const char *body) {
	return (size_t)snprintf(request, REQUEST_SIZE,
		"%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%sContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		method, path, (unsigned)settings->port, extra, strlen(body), body);
}

/* The text of string member `name`, wherever it stands first; false when there is none that fits.
 */
static bool find_text(const char *body, const char *name, char *text, size_t size) {
	char quoted[40];
	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	const char *at = strstr(body, quoted);
	if (at == NULL) {
		return false;
	}
	at += strlen(quoted);
	at += strspn(at, " :");
	size_t length = *at == '"' ? strcspn(at + 1, "\"") : size;
	if (length >= size) {
		return false;
	}
	memcpy(text, at + 1, length);
	text[length] = '\0';
	return true;
}

static bool is_text(const char *body, const char *name, const char *wanted) {
	char text[64];
	return find_text(body, name, text, sizeof(text)) && strcmp(text, wanted) == 0;
}

/* A new record takes the id; a known one must have kept it. */
static bool take_id(const struct task *task, const char *body, const char *name) {
	char id[ID_SIZE];
	if (!find_text(body, name, id, sizeof(id)) || *id == '\0' ||
		strspn(id, "0123456789") != strlen(id)) {
		return false;
	}
	if (task->version > 1) {
		return strcmp(task->record->id, id) == 0;
	}
	memcpy(task->record->id, id, sizeof(id));
	return true;
}

static enum verdict failure(const struct reply *reply) {
	if (reply->status == 429 || reply->status == 503) {
		return REPLY_REFUSED;
	}
	return reply->status >= 400 && strstr(reply->body, "\"message\"") != NULL ? REPLY_FAILED
										  : REPLY_WRONG;
}

bool work_is_not_applied(const struct reply *reply) {
	return is_text(reply->body, "outcome", "not_applied");
}

/* ---- our own way in, and every peer's: POST /contacts ---- */

static size_t write_upsert(
	const struct task *task, const struct settings *settings, char request[REQUEST_SIZE]) {
	char body[BODY_SIZE], extra[64] = "";
	write_record(task, body, sizeof(body));
	if (settings->deadline_ms > 0) {
		snprintf(extra, sizeof(extra), "X-Request-Timeout-Ms: %u\r\n",
			settings->deadline_ms);
	}
	return write_request(request, "POST", "/contacts", settings, extra, body);
}

static enum verdict check_upsert(const struct task *task, const struct reply *reply) {
	if (reply->status >= 300) {
		return failure(reply);
	}
	bool is_new = task->version == 1;
	bool is_right = reply->status == (is_new ? 201 : 200) &&
		is_text(reply->body, "status", "success") &&
		is_text(reply->body, "action", is_new ? "created" : "updated") &&
		take_id(task, reply->body, "hubspot_contact_id");
	return is_right ? REPLY_GOOD : REPLY_WRONG;
}

/* ---- straight at the sandbox, or through a proxy: one call of HubSpot's ---- */

static size_t write_direct(
	const struct task *task, const struct settings *settings, char request[REQUEST_SIZE]) {
	char record[BODY_SIZE], body[BODY_SIZE + 32], path[128], extra[64];
	write_record(task, record, sizeof(record));
	snprintf(body, sizeof(body), "{\"properties\":%s}", record);
	snprintf(extra, sizeof(extra), "Authorization: Bearer %s\r\n", token);
	bool is_new = task->version == 1;
	snprintf(path, sizeof(path), "/sandbox/crm/v3/objects/contacts%s%s", is_new ? "" : "/",
		task->record->id);
	return write_request(request, is_new ? "POST" : "PATCH", path, settings, extra, body);
}

static enum verdict check_direct(const struct task *task, const struct reply *reply) {
	if (reply->status >= 300) {
		return failure(reply);
	}
	char lastname[64];
	work_lastname(task->number, task->version, lastname, sizeof(lastname));
	bool is_right = reply->status == (task->version == 1 ? 201 : 200) &&
		take_id(task, reply->body, "id") && is_text(reply->body, "lastname", lastname);
	return is_right ? REPLY_GOOD : REPLY_WRONG;
}

/* ---- an echo of the JSON ---- */

static size_t write_echo(
	const struct task *task, const struct settings *settings, char request[REQUEST_SIZE]) {
	char body[BODY_SIZE];
	write_record(task, body, sizeof(body));
	return write_request(request, "POST", "/", settings, "", body);
}

static enum verdict check_echo(const struct task *task, const struct reply *reply) {
	char address[64], lastname[64];
	work_address(task->number, address, sizeof(address));
	work_lastname(task->number, task->version, lastname, sizeof(lastname));
	bool is_right = reply->status == 200 && is_text(reply->body, "email", address) &&
		is_text(reply->body, "lastname", lastname);
	return is_right ? REPLY_GOOD : REPLY_WRONG;
}

/* ---- a page ---- */

static size_t write_page(
	const struct task *task, const struct settings *settings, char request[REQUEST_SIZE]) {
	(void)task;
	return (size_t)snprintf(request, REQUEST_SIZE,
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", (unsigned)settings->port);
}

static enum verdict check_page(const struct task *task, const struct reply *reply) {
	(void)task;
	return reply->status == 200 ? REPLY_GOOD : failure(reply);
}

static const struct work works[] = {
	{"upsert", true, write_upsert, check_upsert},
	{"direct", true, write_direct, check_direct},
	{"echo", false, write_echo, check_echo},
	{"page", false, write_page, check_page},
};

const struct work *work_find(const char *name) {
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		if (strcmp(works[i].name, name) == 0) {
			return &works[i];
		}
	}
	return NULL;
}
