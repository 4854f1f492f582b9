#include "picture.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"

enum { INIT_MOST = 1000 }; /* functions that run at the load */

struct source {
	int fd;
	Elf *elf;
	uint64_t init_at; /* the address of the array of constructors, and its size in bytes */
	uint64_t init_size;
	uint64_t init_function; /* DT_INIT; 0: none */
	uint64_t init_section;  /* the address of .init; 0: none, or no section headers */
};

bool names_have(const struct names *names, const char *name) {
	for (size_t i = 0; i < names->count; i++) {
		if (str_is_equal(names->items[i], name)) {
			return true;
		}
	}
	return false;
}

static void add(struct names *names, const char *name) {
	if (names->count == names->room) {
		size_t room = names->room > 0 ? names->room * 2 : 32;
		const char **items = must_calloc(room, sizeof(*items));
		if (names->count > 0) {
			memcpy(items, names->items, names->count * sizeof(*items));
		}
		free(names->items);
		names->items = items;
		names->room = room;
	}
	names->items[names->count++] = name;
}

bool symbol_is_of_sanitizer(const char *name) {
	static const char *const BEGIN[] = {"__asan_", "__ubsan_", "__tsan_", "__msan_", "__lsan_",
		"__hwasan_", "__sanitizer_", "__sancov_", "__odr_asan", "___asan_",
		"__start___sancov", "__stop___sancov", "__start_asan_globals",
		"__stop_asan_globals", "sancov.", "_sub_I_"};
	for (size_t i = 0; i < sizeof(BEGIN) / sizeof(BEGIN[0]); i++) {
		if (str_starts_with(name, BEGIN[i])) {
			return true;
		}
	}
	return str_ends_with(name, ".module_ctor");
}

static bool is_sanitized(const struct picture *picture) {
	for (size_t i = 0; i < picture->undefined.count; i++) {
		if (symbol_is_of_sanitizer(picture->undefined.items[i])) {
			return true;
		}
	}
	return false;
}

/* ---- sections ---- */

/* The next section of this type, with its header; NULL when there are no more. */
static Elf_Scn *next_of_type(Elf *elf, Elf_Scn *section, uint32_t type, GElf_Shdr *header) {
	while ((section = elf_nextscn(elf, section)) != NULL) {
		if (gelf_getshdr(section, header) != NULL && header->sh_type == type) {
			return section;
		}
	}
	return NULL;
}

/* What some linkers export from every library. */
static bool is_of_linker(const char *name) {
	static const char *const NAMES[] = {"_init", "_fini", "_edata", "_end", "__bss_start"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		if (str_is_equal(name, NAMES[i])) {
			return true;
		}
	}
	return false;
}

static void read_symbols(struct picture *picture) {
	Elf *elf = picture->source->elf;
	GElf_Shdr header;
	Elf_Scn *section = next_of_type(elf, NULL, SHT_DYNSYM, &header);
	Elf_Data *bytes = section != NULL ? elf_getdata(section, NULL) : NULL;
	size_t count =
		bytes != NULL && header.sh_entsize > 0 ? header.sh_size / header.sh_entsize : 0;
	for (size_t i = 1; i < count; i++) {
		GElf_Sym symbol;
		if (gelf_getsym(bytes, (int)i, &symbol) == NULL) {
			break;
		}
		const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
		int binding = GELF_ST_BIND(symbol.st_info);
		int visibility = GELF_ST_VISIBILITY(symbol.st_other);
		if (name == NULL || name[0] == '\0' || binding == STB_LOCAL) {
			continue;
		}
		if (symbol.st_shndx == SHN_UNDEF) {
			add(binding == STB_WEAK ? &picture->undefined_weak : &picture->undefined,
				name);
		} else if ((visibility == STV_DEFAULT || visibility == STV_PROTECTED) &&
			symbol.st_shndx != SHN_ABS && !is_of_linker(name)) {
			add(&picture->exported, name);
		}
	}
}

static void read_dynamic_entry(
	struct picture *picture, const GElf_Shdr *header, const GElf_Dyn *entry) {
	struct source *source = picture->source;
	const char *text = NULL;
	switch (entry->d_tag) {
	case DT_NEEDED:
	case DT_SONAME:
	case DT_RPATH:
	case DT_RUNPATH:
		text = elf_strptr(source->elf, header->sh_link, entry->d_un.d_val);
		break;
	case DT_INIT:
		source->init_function = entry->d_un.d_ptr;
		break;
	case DT_INIT_ARRAY:
		source->init_at = entry->d_un.d_ptr;
		break;
	case DT_INIT_ARRAYSZ:
		source->init_size = entry->d_un.d_val;
		break;
	case DT_TEXTREL:
		picture->has_text_relocations = true;
		break;
	case DT_FLAGS:
		picture->has_text_relocations |= (entry->d_un.d_val & DF_TEXTREL) != 0;
		break;
	default:
		break;
	}
	if (text != NULL && entry->d_tag == DT_NEEDED) {
		add(&picture->needed, text);
	} else if (text != NULL && entry->d_tag == DT_SONAME) {
		picture->soname = text;
	} else if (text != NULL && entry->d_tag == DT_RPATH) {
		picture->rpath = text;
	} else if (text != NULL) {
		picture->runpath = text;
	}
}

static void read_dynamic(struct picture *picture) {
	GElf_Shdr header;
	Elf_Scn *section = next_of_type(picture->source->elf, NULL, SHT_DYNAMIC, &header);
	Elf_Data *bytes = section != NULL ? elf_getdata(section, NULL) : NULL;
	GElf_Dyn entry;
	for (int i = 0;
		bytes != NULL && gelf_getdyn(bytes, i, &entry) != NULL && entry.d_tag != DT_NULL;
		i++) {
		read_dynamic_entry(picture, &header, &entry);
	}
}

static void read_segments(struct picture *picture) {
	Elf *elf = picture->source->elf;
	size_t count = 0;
	GElf_Phdr segment;
	/* Without this header the kernel makes stacks executable. */
	picture->has_executable_stack = true;
	if (elf_getphdrnum(elf, &count) != 0) {
		return;
	}
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &segment) != NULL; i++) {
		if (segment.p_type == PT_GNU_STACK) {
			picture->has_executable_stack = (segment.p_flags & PF_X) != 0;
		} else if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 &&
			(segment.p_flags & PF_W) != 0) {
			picture->has_writable_code = true;
		}
	}
}

/* ---- what runs when it is loaded ---- */

/* Sections by name: .init, and the old .ctors, whose entries _init runs: all but its two ends. */
static void read_old_ways(struct picture *picture) {
	Elf *elf = picture->source->elf;
	size_t names = 0;
	Elf_Scn *section = NULL;
	if (elf_getshdrstrndx(elf, &names) != 0) {
		return;
	}
	while ((section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) != NULL
			? elf_strptr(elf, names, header.sh_name)
			: NULL;
		if (str_is_equal(name, ".init")) {
			picture->source->init_section = header.sh_addr;
		} else if (str_is_equal(name, ".ctors")) {
			size_t word = gelf_getclass(elf) == ELFCLASS64 ? 8 : 4;
			for (size_t i = header.sh_size / word; i > 2; i--) {
				add(&picture->init, "?");
			}
		}
	}
}

/* The address that a relocation puts to `at`; 0: none does. */
static uint64_t relocated(Elf *elf, uint64_t at) {
	GElf_Shdr header;
	for (Elf_Scn *section = NULL;
		(section = next_of_type(elf, section, SHT_RELA, &header)) != NULL;) {
		Elf_Data *bytes = elf_getdata(section, NULL);
		GElf_Rela entry;
		for (int i = 0; bytes != NULL && gelf_getrela(bytes, i, &entry) != NULL; i++) {
			GElf_Shdr table;
			GElf_Sym symbol = {.st_value = 0};
			if (entry.r_offset != at) {
				continue;
			}
			Elf_Scn *symbols = elf_getscn(elf, header.sh_link);
			bool has_symbol = GELF_R_SYM(entry.r_info) != 0 && symbols != NULL &&
				gelf_getshdr(symbols, &table) != NULL;
			if (has_symbol) {
				gelf_getsym(elf_getdata(symbols, NULL),
					(int)GELF_R_SYM(entry.r_info), &symbol);
			}
			return symbol.st_value + (uint64_t)entry.r_addend;
		}
	}
	return 0;
}

/* The word that stands at an address of the file; 0 when none does. */
static uint64_t word_at(Elf *elf, uint64_t at) {
	size_t count = 0, length = 0;
	const char *bytes = elf_rawfile(elf, &length);
	GElf_Phdr segment;
	if (bytes == NULL || elf_getphdrnum(elf, &count) != 0) {
		return 0;
	}
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &segment) != NULL; i++) {
		uint64_t offset = at - segment.p_vaddr;
		if (segment.p_type != PT_LOAD || at < segment.p_vaddr ||
			offset >= segment.p_filesz) {
			continue;
		}
		uint64_t word = 0;
		uint32_t half = 0;
		offset += segment.p_offset;
		if (gelf_getclass(elf) == ELFCLASS64 && offset + sizeof(word) <= length) {
			memcpy(&word, bytes + offset, sizeof(word));
		} else if (gelf_getclass(elf) == ELFCLASS32 && offset + sizeof(half) <= length) {
			memcpy(&half, bytes + offset, sizeof(half));
			word = half;
		}
		return word;
	}
	return 0;
}

/* The name of the function at an address, from the full table, which strip removes; or NULL. */
static const char *function_at(Elf *elf, uint64_t address) {
	GElf_Shdr header;
	Elf_Scn *section = next_of_type(elf, NULL, SHT_SYMTAB, &header);
	Elf_Data *bytes = section != NULL ? elf_getdata(section, NULL) : NULL;
	size_t count =
		bytes != NULL && header.sh_entsize > 0 ? header.sh_size / header.sh_entsize : 0;
	for (size_t i = 1; i < count; i++) {
		GElf_Sym symbol;
		if (gelf_getsym(bytes, (int)i, &symbol) != NULL && symbol.st_value == address &&
			GELF_ST_TYPE(symbol.st_info) == STT_FUNC) {
			return elf_strptr(elf, header.sh_link, symbol.st_name);
		}
	}
	return NULL;
}

static void read_init(struct picture *picture) {
	const struct source *source = picture->source;
	size_t word = gelf_getclass(source->elf) == ELFCLASS64 ? 8 : 4;
	read_old_ways(picture);
	picture->has_own_init = source->init_function != 0 && source->init_section != 0 &&
		source->init_function != source->init_section;
	size_t most = source->init_size / word < INIT_MOST ? source->init_size / word : INIT_MOST;
	for (size_t i = 0; i < most; i++) { /* what the file says of itself may be a lie */
		uint64_t at = source->init_at + i * word;
		uint64_t address = relocated(source->elf, at);
		const char *name =
			function_at(source->elf, address != 0 ? address : word_at(source->elf, at));
		add(&picture->init, name != NULL ? name : "?");
	}
}

/* ---- opening and closing ---- */

/* Is it like the program that asks? */
static bool is_for_this_machine(const GElf_Ehdr *header) {
	GElf_Ehdr own;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
	bool is_same = elf == NULL || gelf_getehdr(elf, &own) == NULL ||
		(own.e_machine == header->e_machine &&
			own.e_ident[EI_CLASS] == header->e_ident[EI_CLASS] &&
			own.e_ident[EI_DATA] == header->e_ident[EI_DATA]);
	elf_end(elf);
	if (fd >= 0) {
		close(fd);
	}
	return is_same;
}

static bool open_file(struct picture *picture, const char *file, char *error, size_t error_size) {
	struct source *source = picture->source;
	GElf_Ehdr header;
	source->fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a FIFO, too */
	if (source->fd < 0) {
		snprintf(error, error_size, "%s: cannot be read: %s", file, strerror(errno));
		return false;
	}
	elf_version(EV_CURRENT);
	source->elf = elf_begin(source->fd, ELF_C_READ_MMAP, NULL);
	if (source->elf == NULL || elf_kind(source->elf) != ELF_K_ELF ||
		gelf_getehdr(source->elf, &header) == NULL || header.e_type != ET_DYN) {
		snprintf(error, error_size, "%s: is no shared object", file);
		return false;
	}
	picture->is_for_this_machine = is_for_this_machine(&header);
	return true;
}

bool picture_open(struct picture *picture, const char *file, char *error, size_t error_size) {
	*picture = (struct picture){.source = must_calloc(1, sizeof(*picture->source))};
	if (!open_file(picture, file, error, error_size)) {
		picture_close(picture);
		return false;
	}
	read_symbols(picture);
	picture->is_sanitized = is_sanitized(picture);
	read_dynamic(picture);
	read_segments(picture);
	read_init(picture);
	return true;
}

void picture_close(struct picture *picture) {
	if (picture->source != NULL) {
		elf_end(picture->source->elf);
		if (picture->source->fd >= 0) {
			close(picture->source->fd);
		}
	}
	free(picture->source);
	free(picture->exported.items);
	free(picture->undefined.items);
	free(picture->undefined_weak.items);
	free(picture->needed.items);
	free(picture->init.items);
	*picture = (struct picture){.source = NULL};
}
