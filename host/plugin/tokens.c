/*
 * Token tables. Layout of a token: bit 63 set, 31 bits of generation, 2 bits of kind, 30 bits of
 * index. Free slots are taken in the order they were given, so a stale token stays recognisable for
 * as long as possible; a slot's generation only ever grows.
 */
#include "plugin/inside.h"

#include <stdlib.h>

enum { SLOTS_AT_FIRST = 64, SLOTS_MAX = 1 << 24, KIND_SHIFT = 30, GENERATION_SHIFT = 32 };

#define GENERATION_MAX UINT32_C(0x7fffffff)
#define INDEX_MASK UINT32_C(0x3fffffff)
#define TOKEN_BIT (UINT64_C(1) << 63)

_Static_assert(sizeof(void *) == sizeof(uint64_t), "a token needs 64 bits");

void tokens_init(struct tokens *tokens, enum token_kind kind) {
	*tokens = (struct tokens){.kind = kind};
}

void tokens_finish(struct tokens *tokens) {
	free(tokens->slots);
	tokens_init(tokens, tokens->kind);
}

static void append_free(struct tokens *tokens, uint32_t index) {
	tokens->slots[index].next_free = 0;
	if (tokens->first_free == 0) {
		tokens->first_free = index + 1;
	} else {
		tokens->slots[tokens->last_free - 1].next_free = index + 1;
	}
	tokens->last_free = index + 1;
}

static bool grow(struct tokens *tokens) {
	uint32_t count = tokens->count == 0 ? SLOTS_AT_FIRST : tokens->count * 2;
	if (count > SLOTS_MAX) {
		return false;
	}
	struct token_slot *slots = realloc(tokens->slots, count * sizeof(*slots));
	if (slots == NULL) {
		return false;
	}
	tokens->slots = slots;
	for (uint32_t i = tokens->count; i < count; i++) {
		slots[i] = (struct token_slot){.generation = 1};
		append_free(tokens, i);
	}
	tokens->count = count;
	return true;
}

static void *encode(const struct tokens *tokens, uint32_t index) {
	uint64_t bits = TOKEN_BIT | (uint64_t)tokens->slots[index].generation << GENERATION_SHIFT |
		(uint64_t)tokens->kind << KIND_SHIFT | index;
	return (void *)(uintptr_t)bits; /* NOLINT: a number, never followed */
}

void *tokens_take(struct tokens *tokens, struct plugin *owner, void *thing) {
	if (tokens->first_free == 0 && !grow(tokens)) {
		return NULL;
	}
	uint32_t index = tokens->first_free - 1;
	struct token_slot *slot = &tokens->slots[index];
	tokens->first_free = slot->next_free;
	if (tokens->first_free == 0) {
		tokens->last_free = 0;
	}
	slot->thing = thing;
	slot->owner = owner;
	return encode(tokens, index);
}

/* The slot that `token` points to, whatever its generation; NULL when it cannot be one of this
 * table. */
static struct token_slot *slot_of(const struct tokens *tokens, const void *token) {
	uint64_t bits = (uintptr_t)token;
	uint32_t index = (uint32_t)bits & INDEX_MASK;
	bool is_ours =
		(bits & TOKEN_BIT) != 0 && ((bits >> KIND_SHIFT) & 3) == (uint64_t)tokens->kind;
	return is_ours && index < tokens->count ? &tokens->slots[index] : NULL;
}

static uint32_t generation_of(const void *token) {
	return (uint32_t)((uintptr_t)token >> GENERATION_SHIFT) & GENERATION_MAX;
}

void *tokens_find(const struct tokens *tokens, const struct plugin *owner, const void *token,
	enum token_fault *fault) {
	const struct token_slot *slot = slot_of(tokens, token);
	*fault = TOKEN_STALE;
	if (slot == NULL || slot->owner != owner) {
		return NULL;
	}
	uint32_t generation = generation_of(token);
	if (slot->thing != NULL && slot->generation == generation) {
		*fault = TOKEN_GOOD;
		return slot->thing;
	}
	if (slot->is_by_reply && generation + 1 == slot->generation) {
		*fault = TOKEN_REPLIED;
	}
	return NULL;
}

void tokens_give(struct tokens *tokens, const void *token, bool is_by_reply) {
	struct token_slot *slot = slot_of(tokens, token);
	if (slot == NULL || slot->thing == NULL || slot->generation != generation_of(token)) {
		return;
	}
	slot->thing = NULL;
	slot->is_by_reply = is_by_reply;
	slot->generation = slot->generation == GENERATION_MAX ? 1 : slot->generation + 1;
	append_free(tokens, (uint32_t)(slot - tokens->slots));
}

void *tokens_any(const struct tokens *tokens, const struct plugin *owner) {
	for (uint32_t i = 0; i < tokens->count; i++) {
		if (tokens->slots[i].thing != NULL && tokens->slots[i].owner == owner) {
			return tokens->slots[i].thing;
		}
	}
	return NULL;
}
