/*
 * Profiles: any document, what a task lays over it, and everything that is
 * rendered from the two.  What stands behind the first line end of the input
 * is laid over what stands before it.
 */
#include <stdlib.h>

#include "render/answers.h"
#include "render/boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static nf_templates_t *templates;
static struct nf_settings settings;

static void
demand(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void
begin(void)
{
    struct nf_fault fault;

    nf_settings_default(&settings);
    demand(nf_settings_set(&settings, "NF_SERVER_ADDR", NF_TEXT("10.0.0.1:80"),
                           &fault)
               == NF_OK
           && nf_settings_settle(&settings, &fault) == NF_OK
           && nf_templates_load(&templates, "conf/templates", NULL, &fault)
                  == NF_OK);
}

/* Nothing of a profile's but its own templates may end a line or a string. */
static void
check_text(struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];
        demand(c == '\n' || c == '\t' || c >= ' ');
    }
}

static void
render(const struct nf_profile *profile, nf_arena_t *arena)
{
    static char text[NF_ANSWER_MAX];
    struct nf_node node = {.boot = NF_BOOT_INSTALL};
    struct nf_view view = {.node = &node,
                           .profile = profile,
                           .settings = &settings,
                           .arena = arena,
                           .task = 1,
                           .token = NF_TEXT("abc")};

    for (int i = 0; i <= NF_ANSWER_KICKSTART; i++) {
        struct nf_out out = nf_out(text, sizeof(text));
        nf_error_t err =
            nf_render_answer(templates, &view, (enum nf_answer) i, &out);
        demand(err == NF_OK || out.len == 0);
        demand(err != NF_CORRUPT && err != NF_BUG && err != NF_NO_MEMORY);
        check_text(nf_out_text(&out));
    }
    struct nf_out out = nf_out(text, NF_BOOT_SCRIPT_MAX);
    nf_error_t err = nf_render_boot(templates, &view, &out);
    demand(err != NF_CORRUPT && err != NF_BUG && err != NF_NO_MEMORY);
    demand(err || nf_text_starts(nf_out_text(&out), NF_TEXT("#!ipxe\n")));
}

/* What was read once reads again, as the same. */
static void
check_again(const struct nf_profile *profile, nf_arena_t *arena)
{
    struct nf_profile again;
    struct nf_fault fault;

    demand(nf_profile_read(profile->json, arena, &again, &fault) == NF_OK);
    demand(nf_text_equal(again.json, profile->json));
    demand(again.method == profile->method
           && strcmp(again.image, profile->image) == 0);
}

static void
read_one(struct nf_text text, nf_arena_t *arena)
{
    struct nf_fault fault = {0};
    struct nf_profile profile;

    if (nf_profile_read(text, arena, &profile, &fault) == NF_OK) {
        check_again(&profile, arena);
        render(&profile, arena);
        return;
    }
    demand(nf_text_is_printable(nf_text(fault.reason)));
    demand(nf_text_is_printable(nf_text(fault.field)));
    demand(fault.reason[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char merged[NF_PROFILE_JSON_MAX];
    struct nf_text rest = {(const char *) data, size};
    struct nf_out out = nf_out(merged, sizeof(merged));
    struct nf_fault fault = {0};

    if (templates == NULL) {
        begin();
    }
    nf_arena_t *arena = nf_arena_new();
    read_one(rest, arena);
    struct nf_text first = nf_text_cut(&rest, '\n');
    if (rest.data != NULL
        && nf_profile_effective(first, rest, &out, &fault) == NF_OK)
    {
        read_one(nf_out_text(&out), arena);
    }
    nf_arena_free(arena);
    return 0;
}
