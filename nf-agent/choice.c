#include "choice.h"

#include "disk_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GB     (INT64_C(1) << 30)
#define PLENTY (10 * GB) /* of which people speak in GiB */

enum {
    NAMED_MAX = 4, /* disks that a sentence says something of */
    REASON_SIZE = 96,
    FAT32_CLUSTERS = 65525, /* at least, of one sector each */
    FAT32_SPARE = 4 * 1024 * 1024,
};

struct search {
    const struct nf_tree *tree;
    const struct nf_wish *wish;
    bool is_named; /* one disk is meant: what auto leaves alone may be it */
    struct nf_block *found;
    size_t n;
    char *others; /* why not, of each that was not taken */
    size_t size;
    int others_n;
};

void
nf_wish_any(struct nf_wish *wish)
{
    *wish = (struct nf_wish){.device = "auto", .hints.rotational = -1};
}

/* --- what a disk must be --------------------------------------------------
 */

/* clang-format off */
static const struct {
    unsigned mark;
    bool yields; /* to a name */
    const char *words;
} bars[] = {
    { NF_BLOCK_HIDDEN,    false, "is one of several paths to a disk" },
    { NF_BLOCK_AREA,      false, "is an area of a chip" },
    { NF_BLOCK_MADE_UP,   true,  "is made by the kernel" },
    { NF_BLOCK_IN_USE,    false, "is in use" },
    { NF_BLOCK_USB,       true,  "is on USB" },
    { NF_BLOCK_REMOVABLE, true,  "is removable" },
    { NF_BLOCK_CARD,      true,  "is a memory card" },
    { NF_BLOCK_REMOTE,    true,  "is on a network" },
    { NF_BLOCK_READ_ONLY, false, "is read-only" },
    { NF_BLOCK_ZONED,     false, "can only be written in zones" },
};
/* clang-format on */

static const char *
bar_of(const struct search *search, const struct nf_block *block)
{
    for (size_t i = 0; i < sizeof bars / sizeof bars[0]; i++) {
        if ((block->marks & bars[i].mark) != 0
            && !(bars[i].yields && search->is_named)) {
            return bars[i].words;
        }
    }
    return block->size == 0 ? "has no medium" : NULL;
}

/* 0x5000c500a1b2c3d4, naa.5000c500a1b2c3d4, wwn-0x...: one name. */
static const char *
wwn_core(const char *wwn)
{
    static const char *const heads[] = {"wwn-", "nvme-", "naa.", "eui.", "0x"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if (strncasecmp(wwn, heads[i], strlen(heads[i])) == 0) {
            wwn += strlen(heads[i]);
        }
    }
    return wwn;
}

static bool
has_part(const char *text, const char *part)
{
    size_t len = strlen(part);

    for (; *text != '\0'; text++) {
        if (strncasecmp(text, part, len) == 0) {
            return true;
        }
    }
    return len == 0;
}

static const char *
hint_missed(const struct search *search, const struct nf_block *block)
{
    const struct nf_hints *hints = &search->wish->hints;
    int64_t gb = block->size / GB;
    const struct {
        bool is_missed;
        const char *words;
    } checks[] = {
        {hints->serial[0] != '\0'
             && strcasecmp(hints->serial, block->serial) != 0,
         "has another serial number"},
        {hints->wwn[0] != '\0'
             && strcasecmp(wwn_core(hints->wwn), wwn_core(block->wwn)) != 0,
         "has another WWN"},
        {!has_part(block->model, hints->model), "is another model"},
        {hints->by_path[0] != '\0'
             && !nf_disk_is_at(search->tree, block, hints->by_path),
         "is at another place"},
        {hints->min_gb > gb, "is smaller than the hint"},
        {hints->max_gb > 0 && hints->max_gb < gb, "is larger than the hint"},
        {hints->rotational >= 0 && hints->rotational != block->rotational,
         hints->rotational == 1 ? "does not rotate" : "rotates"},
    };

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i].is_missed) {
            return checks[i].words;
        }
    }
    return NULL;
}

/* FAT32 has a least number of clusters, none smaller than a sector. */
static int64_t
esp_least(int sector)
{
    return (int64_t) FAT32_CLUSTERS * sector + FAT32_SPARE;
}

/* In MiB, or GiB where that is plenty; what there is is rounded down and what
 * is needed up, so that the two always differ. */
static void
say_small(int64_t has, int64_t need, char reason[static REASON_SIZE])
{
    bool is_large = need >= PLENTY;
    int64_t unit = INT64_C(1) << (is_large ? 30 : 20);
    const char *name = is_large ? "GiB" : "MiB";

    snprintf(reason, REASON_SIZE,
             "is too small: it has %lld %s, and %lld %s are needed",
             (long long) (has / unit), name,
             (long long) ((need + unit - 1) / unit), name);
}

/* Why the system cannot go onto it; false: it can. */
static bool
is_unfit(const struct nf_wish *wish, const struct nf_block *block,
         char reason[static REASON_SIZE])
{
    reason[0] = '\0';
    if (block->size < wish->need) {
        say_small(block->size, wish->need, reason);
    } else if (wish->sector != 0 && wish->sector != block->sector) {
        snprintf(reason, REASON_SIZE,
                 "has sectors of %d bytes, and the image is made for %d",
                 block->sector, wish->sector);
    } else if (wish->esp != 0 && wish->esp < esp_least(block->sector)) {
        snprintf(reason, REASON_SIZE,
                 "has sectors of %d bytes: its EFI partition needs %lld MB",
                 block->sector,
                 (long long) (esp_least(block->sector) >> 20) + 1);
    } else if (wish->is_msdos
               && block->size / block->sector > INT64_C(0xffffffff)) {
        snprintf(reason, REASON_SIZE, "is too large for an msdos table");
    }
    return reason[0] != '\0';
}

/* --- which of them --------------------------------------------------------
 */

static void
other_add(struct search *search, const struct nf_block *block,
          const char *reason)
{
    size_t len = strlen(search->others);

    if (search->others_n++ < NAMED_MAX) {
        snprintf(search->others + len, search->size - len, "%s%s %s",
                 len > 0 ? "; " : "", block->device, reason);
    }
}

/* What the kernel makes up is no disk that anyone would ask about. */
static bool
is_worth_words(const struct nf_block *block)
{
    return (block->marks & (NF_BLOCK_MADE_UP | NF_BLOCK_AREA | NF_BLOCK_HIDDEN))
           == 0;
}

static bool
is_found_already(const struct search *search, const struct nf_block *block)
{
    for (size_t i = 0; i < search->n; i++) {
        if (nf_block_is_same(&search->found[i], block)) {
            return true;
        }
    }
    return false;
}

static void
block_weigh(struct search *search, const struct nf_block *block)
{
    char reason[REASON_SIZE];
    const char *words = hint_missed(search, block);

    if (words == NULL) {
        words = bar_of(search, block);
    }
    if (words == NULL && is_unfit(search->wish, block, reason)) {
        words = reason;
    }
    if (words == NULL && is_found_already(search, block)) {
        return;
    }
    if (words == NULL) {
        search->found[search->n++] = *block;
    } else if (is_worth_words(block) || search->wish->device[0] == '/') {
        other_add(search, block, words);
    }
}

/* Where a disk is plugged in stays as it is from boot to boot, which its name
 * need not: smallest first, then by place, then by name. */
static int
block_compare(const void *left, const void *right)
{
    const struct nf_block *a = left, *b = right;

    if (a->size != b->size) {
        return a->size < b->size ? -1 : 1;
    }
    int by_path = strverscmp(a->path, b->path);
    return by_path != 0 ? by_path : strverscmp(a->name, b->name);
}

static void
all_weigh(struct search *search)
{
    struct nf_names names = nf_tree_list(search->tree, "sys/block");
    struct nf_block block;

    search->found = calloc(names.n + 1, sizeof *search->found);
    for (size_t i = 0; i < names.n && search->found != NULL; i++) {
        nf_block_read(search->tree, names.names[i], &block);
        block_weigh(search, &block);
    }
    nf_names_free(&names);
    if (search->n > 1) {
        qsort(search->found, search->n, sizeof *search->found, block_compare);
    }
}

static bool
hints_name_one(const struct nf_hints *hints)
{
    return hints->serial[0] != '\0' || hints->wwn[0] != '\0'
           || hints->by_path[0] != '\0';
}

static bool
has_hints(const struct nf_hints *hints)
{
    return hints_name_one(hints) || hints->model[0] != '\0' || hints->min_gb > 0
           || hints->max_gb > 0 || hints->rotational >= 0;
}

static void
why_make(const struct search *search, struct nf_choice *choice)
{
    const char *fits =
        has_hints(&search->wish->hints) ? "that the hints fit" : "that fit";
    size_t same = 0;

    while (same < search->n
           && search->found[same].size == search->found[0].size) {
        same++;
    }
    if (search->n == 1) {
        snprintf(choice->why, NF_WHY_SIZE, "the only disk %s%s", fits,
                 has_hints(&search->wish->hints) ? "" : "s");
    } else if (same == 1) {
        snprintf(choice->why, NF_WHY_SIZE, "the smallest of %zu disks %s",
                 search->n, fits);
    } else {
        snprintf(choice->why, NF_WHY_SIZE,
                 "the first of %zu of one size, of %zu disks %s", same,
                 search->n, fits);
    }
}

static bool
none_fits(const struct search *search, char *fault, size_t size)
{
    if (search->others_n == 0) {
        snprintf(fault, size, "no disk was found");
    } else if (search->others_n > NAMED_MAX) {
        snprintf(fault, size, "no disk fits: %s; and %d more", search->others,
                 search->others_n - NAMED_MAX);
    } else {
        snprintf(fault, size, "no disk fits: %s", search->others);
    }
    return false;
}

static bool
choose(const struct nf_tree *tree, const struct nf_wish *wish,
       struct nf_choice *choice, char *fault, size_t size)
{
    char others[NAMED_MAX * (REASON_SIZE + NF_LABEL_SIZE)] = "";
    struct search search = {.tree = tree,
                            .wish = wish,
                            .is_named = hints_name_one(&wish->hints),
                            .others = others,
                            .size = sizeof others};

    all_weigh(&search);
    bool is_found = search.n > 0;
    if (is_found) {
        choice->disks[0] = search.found[0];
        choice->count = 1;
        choice->candidates = (int) search.n;
        why_make(&search, choice);
    } else {
        (void) none_fits(&search, fault, size);
    }
    free(search.found);
    return is_found;
}

/* --- named ones -----------------------------------------------------------
 */

static bool
named_take(const struct nf_tree *tree, const struct nf_wish *wish,
           const char *device, struct nf_choice *choice, char *fault,
           size_t size)
{
    struct nf_block *block = &choice->disks[choice->count];
    struct search search = {.tree = tree, .wish = wish, .is_named = true};
    char reason[REASON_SIZE];

    if (!nf_disk_by_name(tree, device, block, fault, size)) {
        return false;
    }
    const char *words = bar_of(&search, block);
    if (words == NULL) {
        words = hint_missed(&search, block);
    }
    if (words == NULL && is_unfit(wish, block, reason)) {
        words = reason;
    }
    if (words != NULL) {
        snprintf(fault, size, "%s %s", device, words);
        return false;
    }
    choice->count++;
    return true;
}

/* Namespaces of one drive have its serial number in common. */
static bool
is_one_drive(const struct nf_block *a, const struct nf_block *b)
{
    return nf_block_is_same(a, b)
           || (a->serial[0] != '\0' && strcmp(a->serial, b->serial) == 0
               && strcmp(a->model, b->model) == 0);
}

static bool
members_differ(const struct nf_wish *wish, const struct nf_choice *choice,
               char *fault, size_t size)
{
    for (int i = 0; i < choice->count; i++) {
        for (int j = 0; j < i; j++) {
            if (is_one_drive(&choice->disks[i], &choice->disks[j])) {
                snprintf(
                    fault, size,
                    "%s and %s are the same disk: nothing would be mirrored",
                    wish->raid[j], wish->raid[i]);
                return false;
            }
        }
    }
    return true;
}

/* What no disk can make up for. */
static bool
machine_fits(const struct nf_tree *tree, const struct nf_wish *wish,
             char *fault, size_t size)
{
    if (wish->needs_tpm && !nf_tree_has(tree, "dev/tpmrm0")) {
        snprintf(fault, size, "the machine has no TPM 2.0 to keep the key");
        return false;
    }
    if (wish->needs_bios && nf_tree_has(tree, "sys/firmware/efi")) {
        snprintf(fault, size,
                 "the machine boots by UEFI, and this installer makes no EFI "
                 "partition on an msdos table");
        return false;
    }
    return true;
}

bool
nf_choice_make(const struct nf_tree *tree, const struct nf_wish *wish,
               struct nf_choice *choice, char *fault, size_t size)
{
    *choice = (struct nf_choice){.candidates = 1};
    if (!machine_fits(tree, wish, fault, size)) {
        return false;
    }
    for (int i = 0; i < wish->raid_count; i++) {
        if (!named_take(tree, wish, wish->raid[i], choice, fault, size)) {
            return false;
        }
    }
    if (wish->raid_count > 0) {
        snprintf(choice->why, NF_WHY_SIZE, "it is named");
        return members_differ(wish, choice, fault, size);
    }
    if (strcmp(wish->device, "auto") == 0) {
        return choose(tree, wish, choice, fault, size);
    }
    snprintf(choice->why, NF_WHY_SIZE, "it is named");
    return named_take(tree, wish, wish->device, choice, fault, size);
}

void
nf_choice_words(const struct nf_choice *choice, char *out, size_t size)
{
    const struct nf_block *disk = &choice->disks[0];
    const char *gap = disk->model[0] != '\0' ? ", " : "";

    if (choice->count > 1) {
        snprintf(out, size, "%.40s and %.40s: %s", disk->device,
                 choice->disks[1].device, choice->why);
    } else {
        snprintf(out, size, "%.40s (%.32s%s%lld GB): %s", disk->device,
                 disk->model, gap, (long long) (disk->size / GB), choice->why);
    }
}
