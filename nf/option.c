#include "option.h"

#include <stdio.h>
#include <string.h>

static const struct nf_option *
find(const struct nf_option *options, const char *word)
{
    for (; options->name != NULL; options++) {
        if (strcmp(options->name, word) == 0) {
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
        const struct nf_option *option = find(options, argv[i]);
        if (option == NULL) {
            fprintf(stderr, "nf: there is no option %s here\n", argv[i]);
            return false;
        }
        if (option->value == NULL) {
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
