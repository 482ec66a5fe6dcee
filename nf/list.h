#ifndef NF_LIST_H
#define NF_LIST_H

/*
 * Commands that list: a table of columns says what there is, and the options
 * -o, --no-headers, --sort, --filter and --watch are the same for all.
 */

#include "option.h"
#include "output.h"

typedef bool nf_list_take_page_t(const json_t *page, void *of);

struct nf_list {
    const char *path; /* of the API */
    const struct nf_column *columns;
    bool (*is_shown)(const json_t *object); /* NULL: all are */

    /* Where it comes from when that is no list of the API: gives each page to
     * `take` until that is false.  The exit status. */
    int (*read)(const struct nf_list *list, nf_list_take_page_t *take,
                void *of);
    void *of; /* of `read` */

    /* --watch of what only grows: return when there may be more, which `read`
     * then gives.  NULL: all is read again from time to time, and what is new
     * or different is shown. */
    void (*wait)(const struct nf_list *list);

    enum nf_output_form form; /* without -o */

    /* filled by nf_list_take() */
    struct {
        const char *output, *sort;
        struct nf_option_values filters;
        bool is_json, has_no_titles, is_watched;
    } chosen;
};

/* Take the options that every list has, and those of the command's own, which
 * may be NULL.  False: said what is wrong. */
bool nf_list_take(struct nf_list *list, int *argc, char **argv,
                  const struct nf_option *own);

/* Print it, page by page: memory for one of them unless it is sorted.  The exit
 * status. */
int nf_list_show(struct nf_list *list);

/* Leave in an array that is a member of `of` what the options choose, in their
 * order.  False: said which option is wrong. */
bool nf_list_choose(const struct nf_list *list, json_t *of, const char *member);

/* Whether the list is printed as a table, which may have words below it. */
bool nf_list_is_table(const struct nf_list *list);

/* A list without options and arguments of its own. */
int nf_list_command(const char *command, int argc, char **argv,
                    const char *path, const struct nf_column *columns);

#endif
