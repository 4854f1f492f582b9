/*
 * Decider: how to take a refused batch apart until only the bad rows fail.
 *
 * HubSpot refuses a whole batch (400, 409) for one bad row, unless it honours trace ids; then
 * nothing of it was written. Rows that the refusal names go alone next; the rest goes together.
 * When it names none, the rows go in two halves, and so on: 14 more calls for one bad row in 100. A
 * row that goes alone is refused with a reason of its own.
 *
 * A good reply may leave rows out. A few are asked for alone; when there are many it is the reply
 * that is broken, and they go again in two halves: a call for each would cost seconds of the quota.
 */
#include "hubspot/inside.h"

bool isolate_applies(const struct call *call, const json_t *reply) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	bool is_refusal = call->status == 400 || call->status == 409 || call->status == 413 ||
		call->status == 422 || (call->status == 404 && wire_is_link(first->step));
	return call->end == CALL_ANSWERED && is_refusal && json_is_object(reply) &&
		call->input_count > 1;
}

enum { FEW = 3 };

static unsigned new_group(const struct call *call) {
	return ++call->client->groups;
}

/* Those that HubSpot names go alone, the others in one group. Rows that share an input go on
 * together. */
static void set_aside(const struct call *call) {
	unsigned others = new_group(call);
	list_for_each (row, &call->rows, struct operation, link) {
		bool is_named = row->said_error != NULL;
		unsigned own = !is_named      ? others
			: row->shares != NULL ? row->shares->group
					      : new_group(call);
		row->group = own;
		row->must_be_alone = is_named;
	}
}

static void halve(const struct call *call) {
	size_t half = (call->row_count + 1) / 2;
	unsigned groups[2] = {new_group(call), new_group(call)};
	size_t sizes[2] = {half, call->row_count - half};
	size_t index = 0;
	list_for_each (row, &call->rows, struct operation, link) {
		size_t part = index++ < half ? 0 : 1;
		row->group = groups[part];
		row->must_be_alone = sizes[part] == 1;
	}
}

void isolate(const struct call *call, const json_t *reply) {
	size_t named = 0;
	if (wire_names(call, reply)) {
		list_for_each (row, &call->rows, struct operation, link) {
			named += row->said_error != NULL;
		}
	}
	if (named > 0 && named < call->row_count) {
		set_aside(call);
	} else {
		halve(call);
	}
}

static bool is_left_out(const struct operation *row) {
	return row->said == NULL && row->said_error == NULL;
}

bool isolate_left_out(const struct call *call) {
	size_t count = 0, index = 0;
	list_for_each (row, &call->rows, struct operation, link) {
		count += is_left_out(row) && row->shares == NULL;
	}
	if (count <= FEW) {
		return false;
	}
	unsigned groups[2] = {new_group(call), new_group(call)};
	list_for_each (row, &call->rows, struct operation, link) {
		if (is_left_out(row)) {
			row->group = groups[2 * index++ < count ? 0 : 1];
		}
	}
	return true;
}
