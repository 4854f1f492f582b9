#include "plugin/inside.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "plugin/plugin.h"

enum { NEAR_EDITS = 3 };

static struct found *make_found(const char *file) {
	struct found *found = must_calloc(1, sizeof(*found));
	const char *slash = strrchr(file, '/');
	found->file = must_strdup(file);
	found->name = must_strdup(slash != NULL ? slash + 1 : file);
	if (str_ends_with(found->name, ".so")) {
		found->name[strlen(found->name) - 3] = '\0';
	}
	list_init(&found->link);
	return found;
}

static void free_found(struct found *found) {
	list_remove(&found->link);
	free(found->name);
	free(found->file);
	free(found);
}

void search_finish(struct list *list) {
	list_for_each_safe (found, after, list, struct found, link) {
		free_found(found);
	}
}

static int is_library(const struct dirent *entry) {
	return entry->d_name[0] != '.' && str_ends_with(entry->d_name, ".so");
}

/* By bytes, not by the locale: the order must be the same everywhere. */
static int compare(const struct dirent **a, const struct dirent **b) {
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void list_folder(const char *folder, struct list *to) {
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_library, compare);
	if (count < 0) {
		LOG_WARN("plugin folder cannot be read", log_text("folder", folder),
			log_text("why", strerror(errno)));
		return;
	}
	for (int i = 0; i < count; i++) {
		char *file = str_format("%s/%s", folder, entries[i]->d_name);
		if (file != NULL) {
			list_append(to, &make_found(file)->link);
		}
		free(file);
		free(entries[i]);
	}
	free(entries);
}

static struct found *find_by_name(const struct list *list, const char *name) {
	list_for_each (found, list, struct found, link) {
		if (str_is_equal(found->name, name)) {
			return found;
		}
	}
	return NULL;
}

static const char *nearest(const struct list *all, const char *name) {
	const char *best = NULL;
	size_t distance = NEAR_EDITS + 1;
	list_for_each (found, all, struct found, link) {
		size_t edits = str_distance(name, found->name, NEAR_EDITS);
		if (edits < distance) {
			distance = edits;
			best = found->name;
		}
	}
	return best;
}

/* An entry that stands for what is not there: its `file` is the line to say. */
static struct found *make_missing(const struct list *all, const char *name) {
	const char *near = nearest(all, name);
	struct found *missing = must_calloc(1, sizeof(*missing));
	list_init(&missing->link);
	missing->name = must_strdup(name);
	missing->is_missing = true;
	missing->file = near != NULL
		? str_format("plugin \"%s\": expected a file %s.so in the plugin folders, found "
			     "none; did you mean "
			     "\"%s\"?",
			  name, name, near)
		: str_format(
			  "plugin \"%s\": expected a file %s.so in the plugin folders, found none",
			  name, name);
	if (missing->file == NULL) {
		missing->file = must_strdup("a plugin that was asked for by name is not there");
	}
	return missing;
}

/* Moves the named ones from `all` to `list`, in order of the names. */
static void pick(const char *const *names, struct list *all, struct list *list) {
	for (size_t i = 0; names[i] != NULL; i++) {
		struct found *found = find_by_name(all, names[i]);
		if (found != NULL) {
			list_remove(&found->link);
			found->is_by_name = true;
		} else if (find_by_name(list, names[i]) == NULL) {
			found = make_missing(all, names[i]);
		} else {
			continue; /* named twice */
		}
		list_append(list, &found->link);
	}
}

/* One file by two ways (a folder listed twice, a link) is one plugin; the first way counts. */
static void drop_repeats(struct list *list) {
	list_for_each (first, list, struct found, link) {
		struct stat one;
		if (first->is_missing || stat(first->file, &one) != 0) {
			continue;
		}
		for (struct list *next = first->link.next; next != list;) {
			struct found *other = list_entry(next, struct found, link);
			struct stat two;
			next = next->next;
			if (!other->is_missing && str_is_equal(first->name, other->name) &&
				stat(other->file, &two) == 0 && one.st_dev == two.st_dev &&
				one.st_ino == two.st_ino) {
				first->is_by_name = first->is_by_name || other->is_by_name;
				free_found(other);
			}
		}
	}
}

void search_find(const struct plugins_settings *settings, struct list *list) {
	struct list all;
	list_init(&all);
	list_init(list);
	for (size_t i = 0; settings->folders != NULL && settings->folders[i] != NULL; i++) {
		list_folder(settings->folders[i], &all);
	}
	for (size_t i = 0; settings->files != NULL && settings->files[i] != NULL; i++) {
		struct found *found = make_found(settings->files[i]);
		found->is_by_name = true;
		list_append(&all, &found->link);
	}
	drop_repeats(&all);
	if (settings->names != NULL) {
		pick(settings->names, &all, list);
	}
	list_for_each_safe (found, after, &all, struct found, link) {
		list_remove(&found->link);
		if (settings->names == NULL || found->is_by_name) {
			list_append(list, &found->link);
		} else {
			free_found(found);
		}
	}
}
