#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cell.h"
#include "command.h"
#include "input.h"
#include "say.h"
#include "table.h"

/* A name that comes twice is meant once. */
static bool
add(struct nf_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->each[i], name) == 0) {
            return true;
        }
    }
    const char **more =
        realloc(names->each, (names->n + 1) * sizeof(*names->each));

    if (more == NULL) {
        nf_log(NF_LOG_ERR, "out of memory");
        return false;
    }
    names->each = more;
    names->each[names->n++] = name;
    return true;
}

/* A line's name, without a comment and the blanks around it; "" for none. */
static char *
name_of(char *line)
{
    static const char blanks[] = " \t\r";

    line[strcspn(line, "#")] = '\0';
    line += strspn(line, blanks);
    for (size_t n = strlen(line); n > 0 && strchr(blanks, line[n - 1]); n--) {
        line[n - 1] = '\0';
    }
    return line;
}

static bool
add_lines(struct nf_names *names)
{
    char *at, *end;

    if (names->text != NULL) {
        nf_log(NF_LOG_ERR, "- is standard input and can be given only once");
        return false;
    }
    if ((at = nf_input_read("-", &names->text)) == NULL) {
        names->text = NULL;
        return false;
    }
    for (; at != NULL; at = end) {
        end = strchr(at, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        const char *name = name_of(at);
        if (name[0] != '\0' && !add(names, name)) {
            return false;
        }
    }
    return true;
}

bool
nf_names_take(struct nf_names *names, int argc, char **argv)
{
    bool is_done = true;

    *names = (struct nf_names){0};
    for (int i = 0; i < argc && is_done; i++) {
        is_done =
            strcmp(argv[i], "-") == 0 ? add_lines(names) : add(names, argv[i]);
    }
    if (is_done && names->n == 0 && argc > 0) {
        nf_log(NF_LOG_ERR, "standard input contains no names");
        is_done = false;
    }
    return is_done;
}

void
nf_names_end(struct nf_names *names)
{
    free(names->each);
    free(names->text);
    *names = (struct nf_names){0};
}

void
nf_each_show(struct nf_each *each, json_t *answer)
{
    json_array_append(each->shown, answer);
}

void
nf_each_sum_up(const char *done, size_t n_done, size_t n_failed)
{
    char text[128];
    int n = n_done > 0 || n_failed == 0
                ? snprintf(text, sizeof(text), "%zu %s", n_done, done)
                : 0;

    if (n_failed > 0) {
        snprintf(text + n, sizeof(text) - (size_t) n, "%s%zu failed",
                 n > 0 ? ", " : "", n_failed);
    }
    (void) fflush(stdout);
    nf_log(NF_LOG_NOTICE, "%s", text);
}

static void
put_title(const struct nf_each *each, const char *name, bool is_first)
{
    char safe[256];

    if (!each->is_several || !each->has_titles || each->is_json) {
        return;
    }
    nf_cell_mac(name, safe, sizeof(safe));
    printf("%s%s:\n", is_first ? "" : "\n", safe);
}

static void
put_json(const struct nf_each *each)
{
    if (each->is_json && json_array_size(each->shown) > 0) {
        (void) nf_table_print_json(
            each->is_several ? each->shown : json_array_get(each->shown, 0));
    }
}

static int
run_all(struct nf_each *each, const struct nf_names *names)
{
    int result = NF_EXIT_OK;
    size_t done = 0, at = 0;

    each->is_several = names->n > 1;
    each->is_dry = each->consent != NULL && each->consent->is_dry;
    each->is_json = each->is_json && !each->is_dry;
    each->shown = json_array();
    for (int code = NF_EXIT_OK; at < names->n && code != NF_EXIT_UNREACHABLE;
         at++) {
        put_title(each, names->each[at], at == 0);
        nf_say_about(names->each[at]);
        code = each->run(each, names->each[at]);
        nf_say_about(NULL);
        if (code == NF_EXIT_OK) {
            (void) nf_consent_would(each->consent, names->each[at]);
        }
        done += code == NF_EXIT_OK;
        result = result == NF_EXIT_OK ? code : result;
    }
    put_json(each);
    bool is_written = nf_say_written();
    if (each->is_several && each->done != NULL && !each->is_dry) {
        nf_each_sum_up(each->done, done, names->n - done);
    }
    json_decref(each->shown);
    return is_written ? result : NF_EXIT_FAILED;
}

int
nf_each_run(struct nf_each *each, int argc, char **argv)
{
    struct nf_names names;

    if (!nf_names_take(&names, argc, argv)) {
        nf_names_end(&names);
        return NF_EXIT_FAILED;
    }
    int result = each->consent != NULL ? nf_consent_names(
                     each->consent, (int) names.n, (char **) names.each)
                                       : NF_CONSENT_GIVEN;
    result = result == NF_CONSENT_GIVEN ? run_all(each, &names) : result;
    nf_names_end(&names);
    return result;
}
