#include "config/inside.h"

#include "base/str.h"

#define MEMBER(name) .offset = offsetof(struct config, name)

/* In the order of the enums that struct config names. */
static const char *const VERSIONS[] = {"2026-09", "2026-03", "v3", NULL};
static const char *const UPSERTS[] = {"auto", "resolve", "native", NULL};
static const char *const STRICT[] = {"", "0", "1", NULL};
static const char *const ANONYMOUS[] = {"", "loopback", "any", NULL};
static const char *const LEVELS[] = {"debug", "info", "warn", "error", NULL};
static const char *const FORMATS[] = {"text", "json", NULL};

const struct setting settings_table[] = {
	{.name = "HUBSPOT_PRIVATE_APP_TOKEN",
		.aliases = {"HUBSPOT_ACCESS_TOKEN", "HUBSPOT_SERVICE_KEY"},
		.type = &SETTING_TOKEN,
		.fallback = "",
		.example = "YOUR_HUBSPOT_PRIVATE_APP_TOKEN",
		.is_secret = true,
		MEMBER(token),
		.help = "The account's token; or HUBSPOT_PRIVATE_APP_TOKEN_FILE=PATH"},
	{.name = "HUBSPOT_ACCOUNT_ID",
		.type = &SETTING_DIGITS,
		.fallback = "",
		MEMBER(account_id),
		.help = "When set, the token must be this account's, or the process ends"},
	{.name = "HUBSPOT_BASE_URL",
		.type = &SETTING_URL,
		.fallback = "https://api.hubapi.com",
		MEMBER(base_url),
		.help = "Where HubSpot is; http:// only on this machine"},
	{.name = "HUBSPOT_API_VERSION",
		.type = &SETTING_CHOICE,
		.fallback = "2026-09",
		.choices = VERSIONS,
		MEMBER(api_version),
		.help = "Version of HubSpot's API: 2026-09, 2026-03 or v3"},
	{.name = "HUBSPOT_RATE_LIMIT",
		.type = &SETTING_NUMBER_OR_OFF,
		.fallback = "",
		.min = 1,
		.max = 10000,
		MEMBER(rate_limit),
		.help = "Calls per 10 s at the most, or off (for tests); not set: as HubSpot says"},
	{.name = "HUBSPOT_UPSERT",
		.type = &SETTING_CHOICE,
		.fallback = "auto",
		.choices = UPSERTS,
		MEMBER(upsert),
		.help = "How an upsert is done: auto, resolve (look up, then write) or native "
			"(HubSpot's own)"},
	{.name = "HUBSPOT_MAX_CALLS",
		.type = &SETTING_NUMBER,
		.fallback = "16",
		.min = 1,
		.max = 100,
		MEMBER(max_calls),
		.help = "Calls to HubSpot in flight at once"},
	{.name = "HUBSPOT_TIMEOUT_MS",
		.type = &SETTING_NUMBER,
		.fallback = "5000",
		.min = 100,
		.max = 60000,
		MEMBER(call_timeout_ms),
		.help = "Of one call to HubSpot with one row; a batch gets 3 s more"},
	{.name = "HUBSPOT_DEADLINE_MS",
		.type = &SETTING_NUMBER,
		.fallback = "20000",
		.min = 100,
		.max = 600000,
		MEMBER(deadline_ms),
		.help = "Of an operation that no request waits for, all its calls together"},
	{.name = "HUBSPOT_PROXY",
		.type = &SETTING_PROXY,
		.fallback = "",
		MEMBER(proxy),
		.help = "http://HOST:PORT on the way to HubSpot; http_proxy and its like are "
			"ignored"},
	{.name = "HUBSPOT_CA_FILE",
		.type = &SETTING_READABLE,
		.fallback = "",
		MEMBER(ca_file),
		.help = "Certificates to trust for HubSpot (PEM); not set: the system's"},

	{.name = "CONNECTOR_LISTEN",
		.type = &SETTING_ADDRESS,
		.fallback = "127.0.0.1:8080",
		MEMBER(listen),
		.help = "ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH; port 0: a free one"},
	{.name = "CONNECTOR_ADMIN_LISTEN",
		.type = &SETTING_ADDRESS,
		.fallback = "",
		MEMBER(admin_listen),
		.help = "The same for the host's own pages alone (/metrics, /healthz, ...), without "
			"a key; not set: none"},
	{.name = "CONNECTOR_PUBLIC_URL",
		.type = &SETTING_PUBLIC_URL,
		.fallback = "",
		MEMBER(public_url),
		.help = "Where callers find this host, for /openapi.json: https://HOST[/PATH]; not "
			"set: where they found that"},
	{.name = "CONNECTOR_PLUGIN_DIR",
		.type = &SETTING_LIST,
		.fallback = "",
		.separator = ':',
		MEMBER(plugin_dir),
		.help = "Folders of plugins, like PATH; not set: those that came with the program"},
	{.name = "CONNECTOR_PLUGINS",
		.type = &SETTING_LIST,
		.fallback = "",
		.separator = ',',
		MEMBER(plugins),
		.help = "Plugins to load, by name, comma separated; not set: all that are found "
			"but the sandbox"},
	{.name = "CONNECTOR_PLUGINS_OPTIONAL",
		.type = &SETTING_LIST,
		.fallback = "",
		.separator = ',',
		MEMBER(plugins_optional),
		.help = "Plugins that may fail to load, by name, comma separated"},
	{.name = "CONNECTOR_OBJECT_DIR",
		.type = &SETTING_READABLE,
		.fallback = "",
		MEMBER(object_dir),
		.help = "A folder of NAME.object.json files, each a HubSpot object to offer"},
	{.name = "CONNECTOR_STRICT_PLUGINS",
		.type = &SETTING_CHOICE,
		.fallback = "",
		.choices = STRICT,
		MEMBER(strict_plugins),
		.help = "1: refuse plugins that other users could change, 0: only warn; not set: 1 "
			"for root and under systemd"},
	{.name = "CONNECTOR_API_KEYS_FILE",
		.type = &SETTING_PATH,
		.fallback = "",
		MEMBER(api_keys_file),
		.help = "The callers' API keys, as hubspot-connector key new writes them; SIGHUP "
			"reads it again"},
	{.name = "CONNECTOR_ALLOW_ANONYMOUS",
		.type = &SETTING_CHOICE,
		.fallback = "",
		.choices = ANONYMOUS,
		MEMBER(anonymous),
		.help = "Who may call without a key: loopback (direct, to localhost) or any; not "
			"set: nobody"},
	{.name = "CONNECTOR_LOG_LEVEL",
		.type = &SETTING_CHOICE,
		.fallback = "info",
		.choices = LEVELS,
		MEMBER(log_level),
		.help = "debug, info, warn or error"},
	{.name = "CONNECTOR_LOG_FORMAT",
		.type = &SETTING_CHOICE,
		.fallback = "",
		.choices = FORMATS,
		MEMBER(log_format),
		.help = "text or json; not set: text on a terminal, else json"},
	{.name = "CONNECTOR_REQUEST_TIMEOUT_MS",
		.type = &SETTING_NUMBER,
		.fallback = "20000",
		.min = 100,
		.max = 120000,
		MEMBER(request_timeout_ms),
		.help = "From a request's first byte to its reply; a caller may ask for less"},
	{.name = "CONNECTOR_IDLE_TIMEOUT_MS",
		.type = &SETTING_NUMBER,
		.fallback = "60000",
		.min = 100,
		.max = 3600000,
		MEMBER(idle_timeout_ms),
		.help = "Between two requests of a connection, and between two pieces of one"},
	{.name = "CONNECTOR_MAX_CONNECTIONS",
		.type = &SETTING_NUMBER,
		.fallback = "",
		.min = 1,
		.max = 1000000,
		MEMBER(max_connections),
		.help = "Of callers, at once; not set: 10000, or half of the open files allowed"},
	{.name = "CONNECTOR_MAX_HEAD_BYTES",
		.type = &SETTING_NUMBER,
		.fallback = "16384",
		.min = 1024,
		.max = 1048576,
		MEMBER(max_head_bytes),
		.help = "Of a request line and its headers"},
	{.name = "CONNECTOR_MAX_BODY_BYTES",
		.type = &SETTING_NUMBER,
		.fallback = "1048576",
		.min = 1024,
		.max = 67108864,
		MEMBER(max_body_bytes),
		.help = "Of a request's body"},
	{.name = "CONNECTOR_MAX_WAITING_ROWS",
		.type = &SETTING_NUMBER,
		.fallback = "10000",
		.min = 1,
		.max = 1000000,
		MEMBER(max_waiting_rows),
		.help = "Rows that wait for HubSpot; what comes on top is refused with 503"},
	{.name = "CONNECTOR_DRAIN_MS",
		.type = &SETTING_NUMBER,
		.fallback = "30000",
		.min = 0,
		.max = 600000,
		MEMBER(drain_ms),
		.help = "Grace after SIGTERM for what is under way"},
	{.name = "CONNECTOR_CONFIG",
		.type = &SETTING_READABLE,
		.fallback = "",
		MEMBER(file),
		.help = "JSON file with \"objects\" (your account's properties) and \"plugins\" "
			"(their settings)"},
};

const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);
_Static_assert(sizeof(settings_table) / sizeof(settings_table[0]) <= CONFIG_SETTINGS_MAX,
	"origins[] is too small");

bool setting_spelling(
	const struct setting *setting, size_t number, char spelling[SPELLING_SIZE], bool *is_file) {
	*is_file = false;
	size_t place = number;
	if (setting->is_secret) {
		*is_file = number % 2 == 1;
		place = number / 2;
	}
	const char *name = place == 0      ? setting->name
		: place <= SETTING_ALIASES ? setting->aliases[place - 1]
					   : NULL;
	if (name == NULL) {
		return false;
	}
	snprintf(spelling, SPELLING_SIZE, "%s%s", name, *is_file ? "_FILE" : "");
	return true;
}

const struct setting *setting_find(const char *name) {
	char spelling[SPELLING_SIZE];
	bool is_file;
	for (size_t i = 0; i < settings_count; i++) {
		for (size_t n = 0; setting_spelling(&settings_table[i], n, spelling, &is_file);
			n++) {
			if (str_is_equal(spelling, name)) {
				return &settings_table[i];
			}
		}
	}
	return NULL;
}

const char *setting_nearest(const char *name, size_t most) {
	static char best[SPELLING_SIZE];
	size_t distance = most + 1;
	char spelling[SPELLING_SIZE];
	bool is_file;
	for (size_t i = 0; i < settings_count; i++) {
		for (size_t n = 0; setting_spelling(&settings_table[i], n, spelling, &is_file);
			n++) {
			size_t edits = str_distance(name, spelling, most);
			if (edits < distance) {
				distance = edits;
				snprintf(best, sizeof(best), "%s", spelling);
			}
		}
	}
	return distance <= most ? best : NULL;
}
