#include "option.h"

#include <stdio.h>
#include <string.h>

/* "--name", or "--name=value" of one that takes a value. */
static const struct nf_option *
find(const struct nf_option *options, const char *word, char **value)
{
    size_t len = strcspn(word, "=");

    *value = NULL;
    for (; options->name != NULL; options++) {
        bool is_it = strlen(options->name) == len
                     && memcmp(options->name, word, len) == 0;
        if (is_it && word[len] == '=' && options->value != NULL) {
            *value = (char *) word + len + 1;
            return options;
        }
        if (is_it && word[len] == '\0') {
            return options;
        }
    }
    return NULL;
}

bool
nf_options_take(int *argc, char **argv, const struct nf_option *options)
{
    int left = 0;
    bool is_over = false;

    for (int i = 0; i < *argc; i++) {
        if (is_over || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[left++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            is_over = true;
            continue;
        }
        char *value;
        const struct nf_option *option = find(options, argv[i], &value);
        if (option == NULL) {
            fprintf(stderr, "nf: there is no option %s here\n", argv[i]);
            return false;
        }
        if (value != NULL) {
            *option->value = value;
        } else if (option->value == NULL) {
            *option->is_on = true;
        } else if (++i == *argc) {
            fprintf(stderr, "nf: the option %s needs a value\n", option->name);
            return false;
        } else {
            *option->value = argv[i];
        }
    }
    *argc = left;
    return true;
}
