/*
 * docs/flow.md shows the tables of a task as they are.  With --write: make it
 * so.
 */
#include "scratch.h"

#include <stdio.h>

#include "flow/task.h"

#define PAGE "docs/flow.md"

enum {
    PAGE_MAX = 64 * 1024
};

static const struct {
    const char *name;
    void (*print)(struct nf_out *out);
} blocks[] = {
    {"diagram", nf_task_print_diagram},
    {"steps", nf_task_print_steps},
    {"transitions", nf_task_print_table},
};

/* The whole file, with a NUL. */
static char *
read_page(void)
{
    char *text = calloc(1, PAGE_MAX);
    FILE *file = fopen(PAGE, "r");

    assert_non_null(text);
    if (file == NULL) {
        fail_msg("no %s: run this in the root of the sources", PAGE);
    }
    size_t len = fread(text, 1, PAGE_MAX - 1, file);
    fclose(file);
    assert_in_range(len, 1, PAGE_MAX - 2);
    return text;
}

/* Behind the mark of this block; *end is where it ends. */
static char *
find_block(char *page, const char *name, char **end)
{
    char mark[64];

    snprintf(mark, sizeof(mark), "<!-- printed: %s -->\n", name);
    char *at = strstr(page, mark);
    char *last = at != NULL ? strstr(at, "<!-- end -->") : NULL;
    if (last == NULL) {
        fail_msg("the page has no block %s", name);
    }
    *end = last;
    return at + strlen(mark);
}

static void
the_page_shows_the_tables_as_they_are(void **state)
{
    static char printed[16384];
    char *page = read_page(), *end;

    (void) state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct nf_out out = nf_out(printed, sizeof(printed) - 1);
        char *at = find_block(page, blocks[i].name, &end);
        blocks[i].print(&out);
        assert_false(out.full);
        printed[out.len] = '\0';
        end[0] = '\0';
        assert_string_equal(at, printed);
        end[0] = '<';
    }
    free(page);
}

static void
write_page(void **state)
{
    static char text[PAGE_MAX];

    (void) state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct nf_out out = nf_out(text, sizeof(text));
        char *page = read_page(), *end;
        char *at = find_block(page, blocks[i].name, &end);
        nf_out_put(&out, (struct nf_text){page, (size_t) (at - page)});
        blocks[i].print(&out);
        nf_out_puts(&out, end);
        assert_false(out.full);
        FILE *file = fopen(PAGE, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, out.len, file), out.len);
        assert_int_equal(fclose(file), 0);
        free(page);
    }
}

int
main(int argc, char *argv[])
{
    bool writes = argc > 1 && strcmp(argv[1], "--write") == 0;
    const struct CMUnitTest tests[] = {
        writes ? (struct CMUnitTest) cmocka_unit_test(write_page)
               : (struct CMUnitTest) cmocka_unit_test(
                   the_page_shows_the_tables_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
