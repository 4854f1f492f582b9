#include "http/connection.h"

#include "base/clock.h"

static struct list *bucket_of(const struct table *table, const void *key) {
	/* Pointers of malloc differ from bit 4 on. */
	uintptr_t number = (uintptr_t)key >> 4;
	return (struct list *)&table->buckets[(number ^ (number >> 10)) % TABLE_BUCKETS];
}

void table_init(struct table *table, size_t bound, uint64_t read_timeout_ms) {
	*table = (struct table){.bound = bound, .read_timeout_ms = read_timeout_ms};
	list_init(&table->connections);
	for (size_t i = 0; i < TABLE_BUCKETS; i++) {
		list_init(&table->buckets[i]);
	}
}

void table_add(struct table *table, struct connection *connection, const void *key,
	enum http_listener listener) {
	*connection =
		(struct connection){.key = key, .listener = listener, .since_ms = clock_now_ms()};
	list_init(&connection->link);
	list_init(&connection->bucket);
	list_append(&table->connections, &connection->link);
	list_append(bucket_of(table, key), &connection->bucket);
	table->count[CONNECTION_IDLE] += listener == HTTP_LISTEN_PUBLIC ? 1 : 0;
	table->admin += listener == HTTP_LISTEN_ADMIN ? 1 : 0;
}

void table_remove(struct table *table, struct connection *connection) {
	list_remove(&connection->link);
	list_remove(&connection->bucket);
	table->count[connection->state] -= connection->listener == HTTP_LISTEN_PUBLIC ? 1 : 0;
	table->admin -= connection->listener == HTTP_LISTEN_ADMIN ? 1 : 0;
}

struct connection *table_find(const struct table *table, const void *key) {
	struct list *bucket = bucket_of(table, key);
	list_for_each (connection, bucket, struct connection, bucket) {
		if (connection->key == key) {
			return connection;
		}
	}
	return NULL;
}

void table_move(struct table *table, struct connection *connection, enum connection_state state) {
	size_t one = connection->listener == HTTP_LISTEN_PUBLIC ? 1 : 0;
	table->count[connection->state] -= one;
	table->count[state] += one;
	connection->state = state;
	connection->since_ms = clock_now_ms();
	list_remove(&connection->link);
	list_append(&table->connections, &connection->link);
}

static size_t public_count(const struct table *table) {
	return table->count[CONNECTION_IDLE] + table_pending(table);
}

bool table_is_full(const struct table *table, enum http_listener listener) {
	switch (listener) {
	case HTTP_LISTEN_PUBLIC:
		return public_count(table) >= table->bound;
	case HTTP_LISTEN_ADMIN:
		return table->admin >= TABLE_ADMIN_MAX;
	default:
		return false;
	}
}

bool table_is_crowded(const struct table *table) {
	return public_count(table) * 10 > table->bound * 9;
}

size_t table_count(const struct table *table) {
	return list_length(&table->connections);
}

size_t table_pending(const struct table *table) {
	return table->count[CONNECTION_READING] + table->count[CONNECTION_BUSY];
}

static bool reads_too_long(
	const struct table *table, const struct connection *connection, uint64_t for_ms) {
	uint64_t limit_ms = table->read_timeout_ms;
	if (connection->is_closing && limit_ms > TABLE_READ_GRACE_MS) {
		limit_ms = TABLE_READ_GRACE_MS;
	}
	return connection->listener != HTTP_LISTEN_INTERNAL && for_ms >= limit_ms;
}

bool table_must_close(
	const struct table *table, const struct connection *connection, size_t *room) {
	uint64_t for_ms = clock_now_ms() - connection->since_ms;
	switch (connection->state) {
	case CONNECTION_IDLE:
		if (connection->is_closing) {
			return true;
		}
		if (connection->listener != HTTP_LISTEN_PUBLIC || *room == 0 ||
			for_ms < TABLE_IDLE_MIN_MS) {
			return false;
		}
		--*room;
		return true;
	case CONNECTION_READING:
		return reads_too_long(table, connection, for_ms);
	default:
		return false;
	}
}
