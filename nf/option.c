#include "option.h"

#include <stdio.h>
#include <string.h>

static bool was_refused;

bool
nf_option_was_refused(void)
{
    return was_refused;
}

static bool
takes_value(const struct nf_option *option)
{
    return option->value != NULL || option->values != NULL;
}

/* "--name", "--name=value" of one that takes a value, or "-ovalue" of one that
 * has a letter. */
static const struct nf_option *
find(const struct nf_option *options, const char *word, char **value)
{
    size_t len = strcspn(word, "=");

    *value = NULL;
    for (; options->name != NULL; options++) {
        size_t own = strlen(options->name);
        bool is_it = own == len && memcmp(options->name, word, len) == 0;
        bool is_letter = own == 2 && strlen(word) > 2 && word[1] != '-'
                         && memcmp(options->name, word, own) == 0;
        if (is_it && word[len] == '=' && takes_value(options)) {
            *value = (char *) word + len + 1;
            return options;
        }
        if (is_letter && takes_value(options)) {
            *value = (char *) word + own;
            return options;
        }
        if (is_it && word[len] == '\0') {
            return options;
        }
    }
    return NULL;
}

static bool
keep(const struct nf_option *option, const char *value)
{
    if (option->values == NULL) {
        *option->value = value;
        return true;
    }
    if (option->values->n == NF_OPTION_TIMES) {
        fprintf(stderr, "nf: option %s is given too many times\n",
                option->name);
        return false;
    }
    option->values->each[option->values->n++] = value;
    return true;
}

/* One option, at argv[*i]; *i moves on past its value. */
static bool
take(int argc, char **argv, int *i, const struct nf_option *options)
{
    char *value;
    const struct nf_option *option = find(options, argv[*i], &value);

    if (option == NULL) {
        fprintf(stderr, "nf: unknown option %s\n", argv[*i]);
        return false;
    }
    if (!takes_value(option)) {
        *option->is_on = true;
        return true;
    }
    if (value == NULL && ++*i == argc) {
        fprintf(stderr, "nf: option %s requires a value\n", option->name);
        return false;
    }
    return keep(option, value != NULL ? value : argv[*i]);
}

bool
nf_options_take(int *argc, char **argv, const struct nf_option *options)
{
    int left = 0;
    bool is_over = false;

    for (int i = 0; i < *argc; i++) {
        if (is_over || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[left++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            is_over = true;
        } else if (!take(*argc, argv, &i, options)) {
            was_refused = true;
            return false;
        }
    }
    *argc = left;
    return true;
}
