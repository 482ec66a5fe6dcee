/*
 * What the server says to a hardware object on standard input: "taken", with
 * the number of members that it does not know, or the fault.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/hardware.h"
#include "json/tree.h"

enum {
    REPORT_MAX = 256 * 1024
};

int
main(void)
{
    static char text[REPORT_MAX + 1];
    struct nf_value reported, kept;
    struct nf_fault fault = {0};
    unsigned unknown = 0;
    nf_arena_t *arena = nf_arena_new();
    struct nf_text whole = {text, fread(text, 1, sizeof text, stdin)};

    if (arena == NULL || whole.len > REPORT_MAX) {
        puts("too long");
        return EXIT_FAILURE;
    }
    if (nf_json_tree_cut(whole, arena, &reported, &fault) != NF_OK
        || nf_hardware_check(&reported, arena, &kept, &unknown, &fault)
               != NF_OK)
    {
        printf("%s %s\n", fault.field, fault.reason);
        return EXIT_FAILURE;
    }
    struct nf_text serial = nf_hardware_serial(&kept);
    printf("taken, %u unknown, serial number \"%.*s\"\n", unknown,
           (int) serial.len, serial.data != NULL ? serial.data : "");
    nf_arena_free(arena);
    return EXIT_SUCCESS;
}
