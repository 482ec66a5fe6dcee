#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/out.h"
#include "base/time.h"
#include "folder.h"

enum {
    LINE_MAX_LEN = NF_COMMAND_RESULT + 192,
    KEEP_MS = 3600 * 1000, /* nobody asks again after a deadline */
};

struct nf_journal_entry *
nf_journal_find(struct nf_journal *journal, struct nf_text id)
{
    for (size_t i = journal->n; i-- > 0;) { /* the newest are asked for */
        if (nf_text_equal(nf_text(journal->entries[i]->id), id)) {
            return journal->entries[i];
        }
    }
    return NULL;
}

/* --- the file ----------------------------------------------------------------
 */

static size_t
format_line(const struct nf_journal_entry *entry, char line[LINE_MAX_LEN])
{
    const struct nf_outcome *outcome = &entry->outcome;
    struct nf_out out = nf_out(line, LINE_MAX_LEN);

    nf_out_printf(
        &out, "%s %" PRId64 " %u %s %s %s %u %u %s\n", entry->id,
        entry->deadline, entry->act, nf_command_states[outcome->state],
        outcome->driver != NULL ? outcome->driver : "-",
        outcome->cause != NULL ? outcome->cause : nf_bmc_causes[NF_BMC_FINE],
        outcome->took_ms, outcome->asked,
        outcome->words == NULL ? "" : outcome->words);
    return out.len;
}

bool
nf_journal_save(struct nf_journal *journal,
                const struct nf_journal_entry *entry)
{
    char line[LINE_MAX_LEN];
    size_t len = format_line(entry, line);
    off_t end = lseek(journal->fd, 0, SEEK_END);

    if (write(journal->fd, line, len) == (ssize_t) len
        && fdatasync(journal->fd) == 0)
    {
        return true;
    }
    int why = errno;
    (void) !ftruncate(journal->fd, end); /* the next line begins a line */
    errno = why;
    return false;
}

/* The words become its own: printable, and not too long. */
static bool
take_outcome(struct nf_journal_entry *entry, const struct nf_outcome *outcome,
             struct nf_text words)
{
    char copy[NF_COMMAND_RESULT];

    nf_text_copy_words(copy, sizeof(copy), words);
    char *own = strdup(copy);
    if (own == NULL) {
        return false;
    }
    free(entry->words);
    entry->words = own;
    entry->outcome = *outcome;
    entry->outcome.words = own;
    return true;
}

bool
nf_journal_note(struct nf_journal *journal, struct nf_journal_entry *entry,
                uint8_t act, struct nf_text words)
{
    struct nf_outcome running = {.state = NF_COMMAND_RUNNING};

    entry->act = act;
    return take_outcome(entry, &running, words)
           && nf_journal_save(journal, entry);
}

bool
nf_journal_end(struct nf_journal *journal, struct nf_journal_entry *entry,
               const struct nf_outcome *outcome)
{
    return take_outcome(entry, outcome,
                        nf_text(outcome->words == NULL ? "" : outcome->words))
           && nf_journal_save(journal, entry);
}

static void
entry_free(struct nf_journal_entry *entry)
{
    free(entry->words);
    free(entry);
}

static bool
write_entries(const struct nf_journal *journal, int fd)
{
    char line[LINE_MAX_LEN];

    for (size_t i = 0; i < journal->n; i++) {
        size_t len = format_line(journal->entries[i], line);
        if (write(fd, line, len) != (ssize_t) len) {
            return false;
        }
    }
    return fsync(fd) == 0;
}

/* The old one stays where the new one cannot be written. */
static bool
write_anew(struct nf_journal *journal)
{
    char fresh[sizeof(journal->path) + 4];

    snprintf(fresh, sizeof(fresh), "%s.new", journal->path);
    int fd =
        open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    if (!write_entries(journal, fd) || rename(fresh, journal->path) != 0
        || !nf_folder_sync(journal->folder))
    {
        close(fd);
        return false;
    }
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    journal->fd = fd;
    return true;
}

/* Forget those that nobody asks for any more. */
static void
prune(struct nf_journal *journal, nf_time_t now)
{
    size_t kept = 0;

    for (size_t i = 0; i < journal->n; i++) {
        struct nf_journal_entry *entry = journal->entries[i];
        if (entry->outcome.state != NF_COMMAND_RUNNING
            && entry->deadline + KEEP_MS < now)
        {
            entry_free(entry);
        } else {
            journal->entries[kept++] = entry;
        }
    }
    journal->n = kept;
}

struct nf_journal_entry *
nf_journal_add(struct nf_journal *journal, struct nf_text id,
               nf_time_t deadline, nf_time_t now)
{
    struct nf_journal_entry *entry;

    if (journal->n == NF_JOURNAL_MAX) {
        prune(journal, now);
        (void) write_anew(journal);
    }
    if (journal->n == NF_JOURNAL_MAX
        || (entry = calloc(1, sizeof(*entry))) == NULL) {
        return NULL;
    }
    if (!nf_text_copy(entry->id, sizeof(entry->id), id)) {
        free(entry);
        return NULL;
    }
    entry->deadline = deadline;
    entry->outcome = (struct nf_outcome){.state = NF_COMMAND_RUNNING};
    journal->entries[journal->n++] = entry;
    return entry;
}

/* --- reading -----------------------------------------------------------------
 */

/* The word, where it is one of them. */
static const char *
find_word(struct nf_text word, const char *const *words)
{
    while (*words != NULL && !nf_text_equal(word, nf_text(*words))) {
        words++;
    }
    return *words;
}

/* Of BMCs or of switches. */
static const char *
find_either(struct nf_text word, const char *const *bmc,
            const char *const *of_switch)
{
    const char *found = find_word(word, bmc);

    return found != NULL ? found : find_word(word, of_switch);
}

static uint8_t
state_of(struct nf_text word)
{
    uint8_t i = 0;

    while (i < NF_COMMAND_STATE_COUNT
           && !nf_text_equal(word, nf_text(nf_command_states[i])))
    {
        i++;
    }
    return i;
}

/* False: a cause or a state that nobody knows, no number. */
static bool
read_outcome(struct nf_text *rest, struct nf_outcome *outcome)
{
    struct nf_text state = nf_text_cut(rest, ' ');
    struct nf_text driver = nf_text_cut(rest, ' ');
    struct nf_text cause = nf_text_cut(rest, ' ');
    struct nf_text took = nf_text_cut(rest, ' ');
    struct nf_text asked = nf_text_cut(rest, ' ');
    const char *known = find_either(cause, nf_bmc_causes, nf_switch_causes);
    uint64_t numbers[2];

    if (!nf_text_number(took, UINT32_MAX, &numbers[0])
        || !nf_text_number(asked, UINT32_MAX, &numbers[1]))
    {
        return false;
    }
    *outcome = (struct nf_outcome){
        .state = state_of(state),
        .driver = find_either(driver, nf_bmc_drivers, nf_switch_drivers),
        .cause = known == nf_bmc_causes[NF_BMC_FINE] ? NULL : known,
        .took_ms = (uint32_t) numbers[0],
        .asked = (uint32_t) numbers[1],
    };
    return outcome->state < NF_COMMAND_STATE_COUNT && known != NULL;
}

static void
read_line(struct nf_journal *journal, struct nf_text line, nf_time_t now)
{
    struct nf_text rest = line, id = nf_text_cut(&rest, ' ');
    struct nf_text deadline = nf_text_cut(&rest, ' ');
    struct nf_text act = nf_text_cut(&rest, ' ');
    struct nf_outcome outcome;
    uint64_t numbers[2];

    if (!nf_text_number(deadline, INT64_MAX, &numbers[0])
        || !nf_text_number(act, UINT8_MAX, &numbers[1])
        || !read_outcome(&rest, &outcome)
        || (nf_time_t) numbers[0] + KEEP_MS < now)
    {
        return;
    }
    struct nf_journal_entry *entry = nf_journal_find(journal, id);
    if (entry == NULL) {
        entry = nf_journal_add(journal, id, (nf_time_t) numbers[0], now);
    }
    if (entry != NULL) {
        entry->act = (uint8_t) numbers[1];
        (void) take_outcome(entry, &outcome, rest);
    }
}

/* A line without its end was being written when somebody was killed; what it
 * says was not begun. */
static bool
read_file(struct nf_journal *journal, nf_time_t now)
{
    char line[LINE_MAX_LEN];
    FILE *file = fopen(journal->path, "re");

    if (file == NULL) {
        return errno == ENOENT;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t len = strlen(line);
        if (len > 0 && line[len - 1] == '\n') {
            read_line(journal, (struct nf_text){line, len - 1}, now);
        }
    }
    bool is_read = !ferror(file);
    fclose(file);
    return is_read;
}

bool
nf_journal_open(struct nf_journal *journal, const char *folder, nf_time_t now)
{
    *journal = (struct nf_journal){.fd = -1};
    journal->entries = calloc(NF_JOURNAL_MAX, sizeof(journal->entries[0]));
    snprintf(journal->folder, sizeof(journal->folder), "%s", folder);
    int n =
        snprintf(journal->path, sizeof(journal->path), "%s/commands", folder);
    if (journal->entries == NULL || n < 0
        || (size_t) n >= sizeof(journal->path)) {
        errno = ENOMEM;
        return false;
    }
    return read_file(journal, now) && write_anew(journal);
}

void
nf_journal_close(struct nf_journal *journal)
{
    for (size_t i = 0; i < journal->n; i++) {
        entry_free(journal->entries[i]);
    }
    free(journal->entries);
    if (journal->fd >= 0) {
        close(journal->fd);
    }
}
