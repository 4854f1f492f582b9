#include "command.h"

#include <getopt.h>

#include "base/buf.h"
#include "base/str.h"

enum { NEAR_EDITS = 3 };

enum option_bit {
	HAS_SANDBOX = 1,
	HAS_LISTEN = 2,
	HAS_PLUGIN_DIR = 4,
	HAS_PLUGIN = 8,
	HAS_ENV_FILE = 16,
	HAS_ONLINE = 32,
	HAS_NAMES = 64,
	HAS_FILE = 128,
	HAS_SCOPE = 256,
	HAS_PRIORITY = 512,
	HAS_FROM = 1024,
	HAS_INTO = 2048,
	HAS_SINGULAR = 4096,
	HAS_BATCH_PRIORITY = 8192,
	HAS_WEIGHT = 16384,
	HAS_RATE = 32768,
	HAS_EXPIRES = 65536
};

static const struct option OPTIONS[] = {
	{"sandbox", no_argument, NULL, HAS_SANDBOX},
	{"listen", required_argument, NULL, HAS_LISTEN},
	{"plugin-dir", required_argument, NULL, HAS_PLUGIN_DIR},
	{"plugin", required_argument, NULL, HAS_PLUGIN},
	{"env-file", required_argument, NULL, HAS_ENV_FILE},
	{"online", no_argument, NULL, HAS_ONLINE},
	{"names", required_argument, NULL, HAS_NAMES},
	{"from", required_argument, NULL, HAS_FROM},
	{"into", required_argument, NULL, HAS_INTO},
	{"singular", required_argument, NULL, HAS_SINGULAR},
	{"file", required_argument, NULL, HAS_FILE},
	{"scope", required_argument, NULL, HAS_SCOPE},
	{"priority", required_argument, NULL, HAS_PRIORITY},
	{"batch-priority", required_argument, NULL, HAS_BATCH_PRIORITY},
	{"weight", required_argument, NULL, HAS_WEIGHT},
	{"rate", required_argument, NULL, HAS_RATE},
	{"expires", required_argument, NULL, HAS_EXPIRES},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* Takes what follows a command's name; false, with one line in `error`. */
typedef bool take_fn(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]);
static take_fn take_topic, take_pull, take_new, take_key;

static const struct verb {
	const char *name;
	enum command_verb verb;
	unsigned options;
	take_fn *take_words; /* NULL: nothing may follow */
	const char *usage;   /* what may follow the name */
	const char *help;
} VERBS[] = {
	{"serve", COMMAND_SERVE,
		HAS_SANDBOX | HAS_LISTEN | HAS_PLUGIN_DIR | HAS_PLUGIN | HAS_ENV_FILE, NULL,
		"[--sandbox] [--listen ADDRESS:PORT] [--plugin-dir DIR] [--plugin FILE.so ...] "
		"[--env-file FILE]",
		"serves; the command when none is named. --sandbox: a local HubSpot in the real "
		"one's place"},
	{"sandbox", COMMAND_SANDBOX, HAS_LISTEN | HAS_PLUGIN_DIR | HAS_ENV_FILE, NULL,
		"[--listen ADDRESS:PORT] [--plugin-dir DIR] [--env-file FILE]",
		"serves the local HubSpot alone, under /sandbox"},
	{"check", COMMAND_CHECK,
		HAS_SANDBOX | HAS_LISTEN | HAS_PLUGIN_DIR | HAS_PLUGIN | HAS_ENV_FILE | HAS_ONLINE,
		NULL, "[--online] [options of serve]",
		"prints the effective settings, verifies plugins and objects; opens no port.\n"
		"    --online: asks HubSpot whether token, scopes and properties are as the "
		"plugins need them"},
	{"openapi", COMMAND_OPENAPI,
		HAS_SANDBOX | HAS_PLUGIN_DIR | HAS_PLUGIN | HAS_ENV_FILE, NULL,
		"[--sandbox] [--plugin-dir DIR] [--plugin FILE.so ...] [--env-file FILE]",
		"prints the API document that serve offers as /openapi.json; opens no port, asks "
		"no HubSpot,\n    needs no token"},
	{"properties", COMMAND_PULL,
		HAS_SANDBOX | HAS_PLUGIN_DIR | HAS_PLUGIN | HAS_ENV_FILE | HAS_NAMES, take_pull,
		"pull OBJECT [--names NAME,...] [--sandbox] [--plugin-dir DIR] "
		"[--plugin FILE.so ...] [--env-file FILE]",
		"prints the account's properties that OBJECT (contacts) does not have, or these, "
		"as JSON for\n    objects.OBJECT.properties of the file that CONNECTOR_CONFIG "
		"names"},
	{"plugin", COMMAND_PLUGIN, HAS_FROM | HAS_INTO | HAS_SINGULAR, take_new,
		"new NAME [--from object|leads] [--into DIR] [--singular WORD]",
		"makes the folder NAME with a plugin of that name, its test and what builds "
		"both"},
	{"key new", COMMAND_KEY_NEW,
		HAS_FILE | HAS_ENV_FILE | HAS_SCOPE | HAS_PRIORITY | HAS_BATCH_PRIORITY |
			HAS_WEIGHT | HAS_RATE | HAS_EXPIRES,
		take_key,
		"NAME --scope OBJECT:write [--scope ...] [--rate 100/10s] [--expires 2027-01-01] "
		"[--priority P]\n    [--batch-priority P] [--weight N] [--file FILE]",
		"makes an API key for the caller NAME, adds it to the file of "
		"CONNECTOR_API_KEYS_FILE, and prints it,\n    this once. Scopes: OBJECT:read, "
		"OBJECT:write, OBJECT:admin, \"*\" for any object; P: interactive, normal or "
		"bulk"},
	{"key list", COMMAND_KEY_LIST, HAS_FILE | HAS_ENV_FILE, NULL, "[--file FILE]",
		"prints the names of the keys, and what they may"},
	{"key revoke", COMMAND_KEY_REVOKE, HAS_FILE | HAS_ENV_FILE, take_key, "NAME [--file FILE]",
		"takes a key out of the file"},
	{"version", COMMAND_VERSION, 0, NULL, "", "prints the version"},
	{"help", COMMAND_HELP, 0, take_topic, "[settings]",
		"prints this, or every setting with its default"},
};

enum { VERBS_COUNT = sizeof(VERBS) / sizeof(VERBS[0]) };

static bool fail(
	char error[COMMAND_ERROR_SIZE], const char *what, const char *found, const char *near) {
	snprintf(error, COMMAND_ERROR_SIZE,
		"%s \"%.80s\"%s%s%s; hubspot-connector help says what there is", what, found,
		near != NULL ? ", did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return false;
}

static const char *nearest_option(const char *word) {
	word += strspn(word, "-");
	for (size_t i = 0; OPTIONS[i].name != NULL; i++) {
		if (str_distance(word, OPTIONS[i].name, NEAR_EDITS) <= NEAR_EDITS - 1) {
			return OPTIONS[i].name;
		}
	}
	return NULL;
}

static const char *option_name(unsigned bit) {
	for (size_t i = 0; OPTIONS[i].name != NULL; i++) {
		if ((unsigned)OPTIONS[i].val == bit) {
			return OPTIONS[i].name;
		}
	}
	return "";
}

/* A name may be two words; *has_more: one is of that first word. */
static const struct verb *find_verb(const char *name, const char *next, bool *has_more) {
	size_t length = strlen(name);
	*has_more = false;
	for (size_t i = 0; i < VERBS_COUNT; i++) {
		const char *rest = VERBS[i].name + length;
		if (!str_starts_with(VERBS[i].name, name)) {
			continue;
		}
		if (*rest == '\0' || (*rest == ' ' && str_is_equal(rest + 1, next))) {
			return &VERBS[i];
		}
		*has_more = *has_more || *rest == ' ';
	}
	return NULL;
}

static bool add_plugin(struct command *command, const char *file, char error[COMMAND_ERROR_SIZE]) {
	for (size_t i = 0; i < COMMAND_PLUGINS_MAX; i++) {
		if (command->plugins[i] == NULL) {
			command->plugins[i] = file;
			return true;
		}
	}
	snprintf(error, COMMAND_ERROR_SIZE, "more than %d times --plugin; put them into a folder",
		COMMAND_PLUGINS_MAX);
	return false;
}

static bool add_scope(struct command_key *key, const char *scope, char error[COMMAND_ERROR_SIZE]) {
	for (size_t i = 0; i < COMMAND_SCOPES_MAX; i++) {
		if (key->scopes[i] == NULL) {
			key->scopes[i] = scope;
			return true;
		}
	}
	snprintf(error, COMMAND_ERROR_SIZE, "more than %d times --scope", COMMAND_SCOPES_MAX);
	return false;
}

/* Where an option's word goes as it is; NULL: it is none of those. */
static const char **word_of(struct command *command, int option) {
	switch (option) {
	case HAS_FILE:
		return &command->key.file;
	case HAS_PRIORITY:
		return &command->key.priority;
	case HAS_BATCH_PRIORITY:
		return &command->key.batch_priority;
	case HAS_WEIGHT:
		return &command->key.weight;
	case HAS_RATE:
		return &command->key.rate;
	case HAS_EXPIRES:
		return &command->key.expires;
	case HAS_FROM:
		return &command->from;
	case HAS_INTO:
		return &command->into;
	case HAS_SINGULAR:
		return &command->singular;
	default:
		return NULL;
	}
}

static bool take_option(
	struct command *command, int option, char **argv, char error[COMMAND_ERROR_SIZE]) {
	const char **word = word_of(command, option);
	if (word != NULL) {
		*word = optarg;
		return true;
	}
	switch (option) {
	case HAS_SANDBOX:
		command->is_sandbox = true;
		return true;
	case HAS_LISTEN:
		command->listen = optarg;
		return true;
	case HAS_PLUGIN_DIR:
		command->plugin_dir = optarg;
		return true;
	case HAS_PLUGIN:
		return add_plugin(command, optarg, error);
	case HAS_ENV_FILE:
		command->env_file = optarg;
		return true;
	case HAS_ONLINE:
		command->is_online = true;
		return true;
	case HAS_NAMES:
		command->names = optarg;
		return optarg[strspn(optarg, ", ")] != '\0' ||
			fail(error, "a value is missing after", "--names", NULL);
	case HAS_SCOPE:
		return add_scope(&command->key, optarg, error);
	case ':':
		return fail(error, "a value is missing after", argv[optind - 1], NULL);
	default:
		return fail(error, "unknown option", argv[optind - 1],
			nearest_option(argv[optind - 1]));
	}
}

static bool take_topic(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	command->topic = optind < argc ? argv[optind++] : NULL;
	return command->topic == NULL || str_is_equal(command->topic, "settings") ||
		fail(error, "there is no help about", command->topic, NULL);
}

static bool take_pull(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	const char *action = optind < argc ? argv[optind++] : "";
	if (!str_is_equal(action, "pull")) {
		return fail(error, "expected pull after properties, found", action, NULL);
	}
	command->pull = optind < argc ? argv[optind++] : "";
	return *command->pull != '\0' ||
		fail(error, "an object, such as contacts, is missing after", "properties pull",
			NULL);
}

static bool take_key(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	command->key.name = optind < argc ? argv[optind++] : "";
	return *command->key.name != '\0' ||
		fail(error, "a name is missing after", "key new or revoke", NULL);
}

static bool take_new(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	const char *action = optind < argc ? argv[optind++] : "";
	if (!str_is_equal(action, "new")) {
		return fail(error, "expected new after plugin, found", action, NULL);
	}
	command->plugin_name = optind < argc ? argv[optind++] : "";
	return *command->plugin_name != '\0' ||
		fail(error, "a name, such as invoices, is missing after", "plugin new", NULL);
}

/* What is no option: the command's name, and what belongs to it. */
static const struct verb *take_words(
	struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	const char *name = optind < argc ? argv[optind++] : "serve";
	const char *next = optind < argc ? argv[optind] : "";
	bool has_more;
	const struct verb *verb = find_verb(name, next, &has_more);
	if (verb == NULL) {
		fail(error, has_more ? "new, list or revoke is missing after" : "unknown command",
			name, NULL);
		return NULL;
	}
	optind += strchr(verb->name, ' ') != NULL ? 1 : 0;
	if (verb->take_words != NULL && !verb->take_words(command, argc, argv, error)) {
		return NULL;
	}
	if (optind < argc) {
		fail(error, "one word too many", argv[optind], NULL);
		return NULL;
	}
	return verb;
}

bool command_parse(struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE]) {
	unsigned given = 0;
	int option;
	*command = (struct command){.verb = COMMAND_SERVE};
	optind = 0; /* glibc: from the start again */
	while ((option = getopt_long(argc, argv, ":hV", OPTIONS, NULL)) != -1) {
		if (option == 'h' || option == 'V') {
			command->verb = option == 'h' ? COMMAND_HELP : COMMAND_VERSION;
			return true;
		}
		if (!take_option(command, option, argv, error)) {
			return false;
		}
		given |= (unsigned)option;
	}
	const struct verb *verb = take_words(command, argc, argv, error);
	if (verb == NULL) {
		return false;
	}
	unsigned others = given & ~verb->options;
	if (others != 0) {
		snprintf(error, COMMAND_ERROR_SIZE,
			"%s does not take --%s; hubspot-connector help says what it does",
			verb->name, option_name(others & -others));
		return false;
	}
	command->verb = verb->verb;
	return true;
}

void command_print_usage(struct buf *to) {
	buf_add_text(to, "The shared, careful writer into one HubSpot account.\n\n");
	for (size_t i = 0; i < VERBS_COUNT; i++) {
		buf_printf(to, "hubspot-connector %s%s%s\n    %s\n", VERBS[i].name,
			*VERBS[i].usage != '\0' ? " " : "", VERBS[i].usage, VERBS[i].help);
	}
	buf_add_text(to,
		"\n--plugin adds to the folders. Settings come from the environment, then from "
		".env:\n"
		"hubspot-connector help settings lists them. The log goes to standard error.\n"
		"SIGTERM stops after what is under way, a second one at once; SIGHUP reads the "
		"token's and the keys' files again.\n"
		"Exit: 0 good, 1 failed or something was left, 2 a wrong setting or command "
		"line.\n");
}
