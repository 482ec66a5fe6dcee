#include "own_worker.h"

#include <jansson.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "change/worker.h"
#include "program.h"
#include "store/store.h"

enum {
    SAID_MAX = 1024
};

static bool
read_key(const struct nf_children *children, uint8_t key[static NF_WORKER_KEY])
{
    const char *const argv[] = {children->programs[NF_CHILD_BMC], "key",
                                "--make", NULL};
    char said[SAID_MAX];

    if (!nf_program_read(argv, children->env, children->ground.account, said,
                         sizeof(said)))
    {
        return false;
    }
    json_t *json = json_loads(said, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "key"));
    bool is_read = text != NULL && nf_worker_key_parse(nf_text(text), key);
    json_decref(json);
    return is_read;
}

static nf_time_t
clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (nf_time_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static nf_error_t
note(nf_store_t *store, const struct nf_settings *settings, const char *name,
     const uint8_t key[static NF_WORKER_KEY])
{
    NF_WRITE(w, store);
    struct nf_change c = {.w = &w,
                          .settings = settings,
                          .now = clock_now(),
                          .actor = nf_actor_word(NF_ACTOR_CLI)};
    nf_error_t err = nf_change_worker_own(&c, name, key);
    nf_error_t committed = nf_write_commit(&w);

    return err != NF_OK ? err : committed;
}

void
nf_own_worker_accept(const struct nf_children *children)
{
    const struct nf_settings *settings = &children->settings;
    char host[256] = "", name[NF_WORKER_NAME];
    uint8_t key[NF_WORKER_KEY];
    nf_store_t *store = NULL;

    gethostname(host, sizeof(host) - 1);
    if (!children->each[NF_CHILD_BMC].is_wanted
        || !nf_worker_choose_name(nf_text(settings->bmc_worker), host, name))
    {
        return; /* nf-bmc says what is wrong with its name */
    }
    nf_error_t err = read_key(children, key)
                         ? nf_store_open(&store, settings->db_path)
                         : NF_NOT_FOUND;
    if (err == NF_OK) {
        err = note(store, settings, name, key);
        nf_store_close(store);
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_WARNING,
               "nf-bmc may have no passwords until `nf workers accept %s`: "
               "could not read its key: %s",
               name, nf_error_text(err));
    }
}
