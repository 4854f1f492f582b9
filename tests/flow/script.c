#include "flow.h"

enum { LINE_SIZE = 16384 };

static char *trimmed(char *text) {
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
		text[--length] = '\0';
	}
	return text;
}

static void *grown(void *list, size_t count, size_t size) {
	void *more = realloc(list, (count + 1) * size);
	if (more == NULL) {
		abort();
	}
	return more;
}

static void add_statement(struct script *script, int line, const char *words) {
	script->statements = grown(script->statements, script->count, sizeof(*script->statements));
	script->statements[script->count++] =
		(struct statement){.line = line, .words = strdup(words)};
}

static void add_detail(struct script *script, const char *words) {
	struct statement *last = &script->statements[script->count - 1];
	last->details = grown(last->details, last->detail_count, sizeof(*last->details));
	last->details[last->detail_count++] = strdup(words);
}

static bool take_line(struct script *script, int line, char *text) {
	static const char MUST_FAIL[] = "# must fail: ";
	bool is_detail = text[0] == ' ' || text[0] == '\t';
	char *words = trimmed(text);
	if (strncmp(words, MUST_FAIL, sizeof(MUST_FAIL) - 1) == 0) {
		free(script->must_fail);
		script->must_fail = strdup(words + sizeof(MUST_FAIL) - 1);
	}
	if (*words == '\0' || *words == '#') {
		return true;
	}
	if (is_detail && script->count == 0) {
		fprintf(stderr, "%s:%d: indented, with nothing above it\n", script->file, line);
		return false;
	}
	if (is_detail) {
		add_detail(script, words);
	} else {
		add_statement(script, line, words);
	}
	return true;
}

bool script_read(struct script *script, const char *file) {
	static char text[LINE_SIZE];
	FILE *stream = fopen(file, "re");
	bool is_good = stream != NULL;
	*script = (struct script){.file = file};
	if (!is_good) {
		perror(file);
		return false;
	}
	for (int line = 1; is_good && fgets(text, sizeof(text), stream) != NULL; line++) {
		is_good = take_line(script, line, text);
	}
	fclose(stream);
	return is_good;
}

void script_finish(struct script *script) {
	for (size_t i = 0; i < script->count; i++) {
		for (size_t j = 0; j < script->statements[i].detail_count; j++) {
			free(script->statements[i].details[j]);
		}
		free(script->statements[i].details);
		free(script->statements[i].words);
	}
	free(script->statements);
	free(script->must_fail);
	*script = (struct script){.file = NULL};
}

bool next_word(const char **rest, char *word, size_t size) {
	size_t length = strcspn(*rest, " \t");
	if (length == 0 || length >= size) {
		return false;
	}
	memcpy(word, *rest, length);
	word[length] = '\0';
	*rest += length;
	*rest += strspn(*rest, " \t");
	return true;
}

bool is_verb(const char *words, const char *word, const char **rest) {
	size_t length = strlen(word);
	if (strncmp(words, word, length) != 0 ||
		(words[length] != '\0' && words[length] != ' ' && words[length] != '\t')) {
		return false;
	}
	*rest = words + length + strspn(words + length, " \t");
	return true;
}

static char *joined(char *text, const char *more, const char *end) {
	size_t length = (text == NULL ? 0 : strlen(text)) + strlen(more) + strlen(end) + 1;
	char *longer = malloc(length);
	if (longer == NULL) {
		abort();
	}
	snprintf(longer, length, "%s%s%s", text == NULL ? "" : text, more, end);
	free(text);
	return longer;
}

void read_message(const struct statement *statement, bool (*is_known)(const char *detail),
	char **headers, char **body) {
	*headers = strdup("");
	*body = NULL;
	for (size_t i = 0; i < statement->detail_count; i++) {
		const char *detail = statement->details[i];
		if (detail[0] == '>') {
			*headers = joined(*headers, detail + 1 + strspn(detail + 1, " "), "\r\n");
		} else if (is_known == NULL || !is_known(detail)) {
			*body = joined(*body, detail, "");
		}
	}
}

char *replace(const char *from, const char *name, const char *value) {
	char *text = strdup("");
	const char *at;
	while ((at = strstr(from, name)) != NULL) {
		char *head = strndup(from, (size_t)(at - from));
		text = joined(text, head, value);
		free(head);
		from = at + strlen(name);
	}
	return joined(text, from, "");
}
