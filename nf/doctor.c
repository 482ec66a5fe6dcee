/*
 * nf doctor: the whole bastion, from a node's view.
 */

#include "doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "bastion.h"
#include "command.h"
#include "option.h"
#include "patience.h"
#include "preflight/preflight.h"
#include "say.h"
#include "server.h"
#include "settings_check.h"
#include "store/profiles.h"
#include "table.h"
#include "terminal.h"

static json_t *told;
static bool is_json;
static enum nf_health worst;

static void
tell(enum nf_health health, const char *check, const char *words,
     const char *advice)
{
    static const char *const names[] = {"ok", "warn", "fail"};
    char safe[2 * NF_DOCTOR_WORDS];

    worst = health > worst ? health : worst;
    if (is_json) {
        json_array_append_new(
            told, json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "result",
                            names[health], "message", words, "advice", advice));
        return;
    }
    nf_terminal_copy(safe, sizeof(safe), words);
    printf("%-5s %-8s %s\n", names[health], check, safe);
    if (advice != NULL && health != NF_HEALTH_OK) {
        printf("               %s\n", advice);
    }
    (void) fflush(stdout); /* a probe may take seconds */
}

/* --- what lies on this machine ----------------------------------------------
 */

static void
look_at_room(const struct nf_patient *p, const char *name, const char *path)
{
    struct statvfs disk;
    char words[NF_DOCTOR_WORDS];

    if (statvfs(path, &disk) != 0) {
        snprintf(words, sizeof(words), "%s, %.160s, cannot be examined", name,
                 path);
        p->tell(NF_HEALTH_FAIL, "room", words,
                "`nf up` creates it when it starts");
        return;
    }
    unsigned long long free_mib =
        (unsigned long long) disk.f_bavail * disk.f_frsize >> 20;
    snprintf(words, sizeof(words), "%s has %llu MiB left", name, free_mib);
    p->tell(free_mib < 128    ? NF_HEALTH_FAIL
            : free_mib < 1024 ? NF_HEALTH_WARN
                              : NF_HEALTH_OK,
            "room", words, "free space on its disk");
}

void
nf_probe_room(const struct nf_patient *p)
{
    char db_dir[NF_SETTING_MAX];

    snprintf(db_dir, sizeof(db_dir), "%s", p->settings->db_path);
    char *end = strrchr(db_dir, '/');
    if (end != NULL && end != db_dir) {
        *end = '\0';
    }
    look_at_room(p, "NF_DB_PATH's disk", db_dir);
    look_at_room(p, "NF_FILES_DIR's disk", p->settings->files_dir);
}

/* Certificates, tokens of leases and deadlines go by it. */
void
nf_probe_clock(const struct nf_patient *p)
{
    struct timex now = {0};
    bool is_known = adjtimex(&now) >= 0;

    if (is_known && !(now.status & STA_UNSYNC)) {
        p->tell(NF_HEALTH_OK, "clock", "is synchronized", NULL);
    } else {
        p->tell(NF_HEALTH_WARN, "clock", "is not synchronized",
                "run a time daemon, such as chrony or systemd-timesyncd");
    }
}

bool
nf_doctor_profile(const struct nf_patient *p, struct nf_profile *profile,
                  char json[static NF_PROFILE_JSON_MAX])
{
    const struct nf_profile *shipped =
        nf_profile_find(p->settings->default_profile);
    bool is_there = shipped != NULL;

    if (p->store == NULL) {
        *profile = is_there ? *shipped : (struct nf_profile){0};
        return is_there;
    }
    NF_READ(r, p->store);
    is_there = nf_profiles_get(&r, p->settings->default_profile, profile)
               && profile->json.len <= NF_PROFILE_JSON_MAX;
    if (is_there) {
        memcpy(json, profile->json.data, profile->json.len);
        profile->json.data = json;
    }
    return is_there;
}

static void
tell_findings(const struct nf_patient *p, const struct nf_findings *findings)
{
    char words[NF_DOCTOR_WORDS];

    for (size_t i = 0; i < findings->n; i++) {
        const struct nf_finding *one = &findings->each[i];
        snprintf(words, sizeof(words), "%s: %s", one->field, one->text);
        p->tell(one->refuses ? NF_HEALTH_FAIL : NF_HEALTH_WARN, "profile",
                words, NULL);
    }
    if (findings->n == 0) {
        snprintf(
            words, sizeof(words),
            "%.31s has its files, and its boot script and answer file render",
            p->settings->default_profile);
        p->tell(NF_HEALTH_OK, "profile", words, NULL);
    }
}

/* What an installation by the default profile would be refused for. */
void
nf_probe_profile(const struct nf_patient *p)
{
    static char json[NF_PROFILE_JSON_MAX];
    struct nf_findings findings;
    struct nf_profile profile;

    if (!nf_doctor_profile(p, &profile, json)) {
        p->tell(NF_HEALTH_FAIL, "profile",
                "NF_DEFAULT_PROFILE: no such profile",
                "`nf profiles list` shows all profiles");
        return;
    }
    if (p->store == NULL || p->templates == NULL) {
        return; /* told already */
    }
    nf_arena_t *arena = nf_arena_new();
    nf_error_t err = NF_NO_MEMORY;
    if (arena != NULL) {
        NF_READ(r, p->store);
        err = nf_preflight_run(&(struct nf_preflight){.r = &r,
                                                      .settings = p->settings,
                                                      .templates = p->templates,
                                                      .arena = arena,
                                                      .now = p->now,
                                                      .profile = &profile},
                               &findings);
    }
    nf_arena_free(arena);
    if (err == NF_OK) {
        tell_findings(p, &findings);
    } else {
        p->tell(NF_HEALTH_FAIL, "profile", nf_error_text(err), NULL);
    }
}

/* What the API itself says is wrong: nf-relay's beat, the broker, the pool. */
void
nf_probe_api(const struct nf_patient *p)
{
    struct nf_reply reply;
    const json_t *one;
    size_t i;

    nf_patience_set(5000);
    int code = nf_server_try("GET", "/api/v1/status", NULL, &reply);
    const json_t *details = json_object_get(reply.json, "details");
    if (code != NF_EXIT_OK) {
        p->tell(NF_HEALTH_FAIL, "api", "does not answer",
                "start `nf up`, or check its log");
    } else if (json_array_size(details) == 0) {
        p->tell(NF_HEALTH_OK, "api", "answers, and reports no problems", NULL);
    }
    json_array_foreach (details, i, one) {
        char words[NF_DOCTOR_WORDS];
        snprintf(words, sizeof(words), "%s", nf_table_text(one, "sentence"));
        p->tell(NF_HEALTH_FAIL, "api", words, nf_table_text(one, "advice"));
    }
    nf_server_end(&reply);
}

/* --- all of them ------------------------------------------------------------
 */

static nf_probe_t *const probes[] = {
    nf_probe_room,    nf_probe_clock,   nf_probe_api,    nf_probe_broker,
    nf_probe_dhcp,    nf_probe_loaders, nf_probe_script, nf_probe_agent,
    nf_probe_profile, nf_probe_mirror,
};

static void
open_site(struct nf_patient *p)
{
    char shipped[NF_SETTING_MAX + 16];
    struct nf_fault fault = {0};
    nf_error_t err = nf_store_open_as_is(&p->store, p->settings->db_path);

    if (err != NF_OK) {
        p->store = NULL;
        tell(NF_HEALTH_FAIL, "store",
             err == NF_NOT_FOUND ? "there is no store" : nf_error_text(err),
             "`nf up` creates one when it starts; see also `nf store check`");
    }
    snprintf(shipped, sizeof(shipped), "%s/templates", p->settings->share_dir);
    err = nf_templates_load(&p->templates, shipped, p->settings->templates_dir,
                            &fault);
    if (err != NF_OK) {
        char words[NF_DOCTOR_WORDS];
        p->templates = NULL;
        snprintf(words, sizeof(words), "%s: %s", fault.field, fault.reason);
        tell(NF_HEALTH_FAIL, "template", words, "see docs/templates.md");
    }
}

static int
end(void)
{
    if (is_json) {
        (void) nf_table_print_json(told);
        json_decref(told);
    }
    return nf_say_written() && worst != NF_HEALTH_FAIL ? NF_EXIT_OK
                                                       : NF_EXIT_FAILED;
}

static nf_time_t
clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return NF_SECONDS(now.tv_sec);
}

int
nf_command_doctor(int argc, char **argv)
{
    static struct nf_settings settings;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};
    struct nf_patient patient = {
        .settings = &settings, .now = clock_now(), .tell = tell};

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return nf_usage("doctor");
    }
    told = json_array();
    if (!nf_bastion_load(&settings) || nf_settings_count_missing(&settings) > 0)
    {
        tell(NF_HEALTH_FAIL, "settings", "are not valid",
             "see above, or run `nf config check`");
        return end();
    }
    open_site(&patient);
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        probes[i](&patient);
    }
    nf_store_close(patient.store);
    nf_templates_free(patient.templates);
    return end();
}
