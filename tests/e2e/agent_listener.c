/*
 * Listening while other work goes on, as the agent in RAM does: prints
 * "listening", then for every line on standard input takes what was heard, and
 * prints "changed" or "same" and the first card's switch.
 */
#include "../../nf-agent/inventory.h"

#include <stdio.h>
#include <stdlib.h>

int
main(void)
{
    char line[16];
    nf_listener_t *listener = nf_inventory_listen();
    json_t *hardware = json_object();

    if (listener == NULL || hardware == NULL) {
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("listening");
    while (fgets(line, sizeof line, stdin) != NULL) {
        bool is_changed = nf_inventory_hear(listener, hardware);
        const json_t *card =
            json_array_get(json_object_get(hardware, "nics"), 0);
        const char *name = json_string_value(
            json_object_get(json_object_get(card, "lldp"), "switch"));
        printf("%s %s\n", is_changed ? "changed" : "same",
               name != NULL ? name : "-");
    }
    nf_inventory_listen_end(listener);
    json_decref(hardware);
    return EXIT_SUCCESS;
}
