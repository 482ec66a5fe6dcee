/*
 * docs/architecture.md shows the transition table of a task as it is.
 */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/task.h"

enum {
    PAGE_MAX = 64 * 1024
};

/* The whole file, with a NUL. */
static char *
read_page(const char *path)
{
    char *text = calloc(1, PAGE_MAX);
    FILE *file = fopen(path, "r");

    assert_non_null(text);
    if (file == NULL) {
        fail_msg("no %s: run this in the root of the sources", path);
    }
    size_t len = fread(text, 1, PAGE_MAX - 1, file);
    fclose(file);
    assert_in_range(len, 1, PAGE_MAX - 2);
    return text;
}

/* The rows that begin behind this head, up to the first other line. */
static size_t
rows_after(const char *page, const char *head, const char **rows)
{
    const char *at = strstr(page, head);

    if (at == NULL) {
        fail_msg("the page has no table with the head %s", head);
    }
    *rows = at + strlen(head);
    const char *end = *rows;
    while (*end == '|') {
        const char *newline = strchr(end, '\n');
        end = newline != NULL ? newline + 1 : end + strlen(end);
    }
    return (size_t) (end - *rows);
}

static void
the_page_shows_the_table_as_it_is(void **state)
{
    char printed[8192];
    struct nf_out out = nf_out(printed, sizeof(printed) - 1);
    char *page = read_page("docs/architecture.md");
    const char *rows;
    size_t len = rows_after(page,
                            "| step that runs | event | what happens |\n"
                            "| --- | --- | --- |\n",
                            &rows);

    (void) state;
    nf_task_print_table(&out);
    assert_false(out.full);
    printed[out.len] = '\0';
    page[rows + len - page] = '\0';
    assert_string_equal(rows, printed);
    free(page);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_the_table_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
