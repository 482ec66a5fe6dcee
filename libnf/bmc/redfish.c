/* Power, the light, and what a machine says of itself; and the table of all
 * requests. */
#include "bmc/redfish.h"

#include "bmc/redfish_step.h"
#include "json/device.h"

enum {
    LIGHT_VARIANTS = 3,
    LED_VARIANT = 1, /* the first that uses IndicatorLED */
    VALUES_MAX = 32768,
};

/* --- power ------------------------------------------------------------------
 */

static bool
choose_reset(struct nf_redfish *r, struct nf_redfish_answer *answer,
             const struct nf_value *types)
{
    const char *word = nf_redfish_reset_word(r->ask.power, types);

    if (word == NULL) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "it lists no such ResetType");
    }
    snprintf(r->word, sizeof(r->word), "%s", word);
    nf_redfish_go(r, NF_REDFISH_RESET, r->target);
    return true;
}

static bool
begin_power(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct nf_value *action = nf_redfish_reset(&answer->doc);
    const struct nf_value *types = nf_redfish_reset_types(action);
    char info[NF_REDFISH_PATH];

    r->power = nf_redfish_power(&answer->doc);
    if (!nf_redfish_path(r->target, nf_value_member_text(action, "target"))) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "it has no reset action");
    }
    if (types == NULL
        && nf_redfish_path(info,
                           nf_value_member_text(action, "@Redfish.ActionInfo")))
    {
        nf_redfish_go(r, NF_REDFISH_ACTION_INFO, info);
        return true;
    }
    return choose_reset(r, answer, types);
}

static bool
read_action_info(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return choose_reset(r, answer, nf_redfish_info_types(&answer->doc));
}

static bool
action_info_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return nf_redfish_is_shut_out(answer) ? nf_redfish_fail_plainly(r, answer)
                                          : choose_reset(r, answer, NULL);
}

static void
make_reset(const struct nf_redfish *r, struct nf_out *body)
{
    nf_out_printf(body, "{\"ResetType\":\"%s\"}", r->word);
}

/* What it was told to be, it is: 409 by the standard, 400 on some. */
static bool
reset_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    bool is_so = (r->ask.power == NF_POWER_ACT_ON && r->power == NF_POWER_ON)
                 || ((r->ask.power == NF_POWER_ACT_OFF
                      || r->ask.power == NF_POWER_ACT_SOFT)
                     && r->power == NF_POWER_OFF);

    return answer->reply->status == 400
                   && (is_so
                       || nf_redfish_says(&answer->doc,
                                          ".InvalidOperationForSystemState")
                       || nf_redfish_says(&answer->doc, ".PSU501"))
               ? nf_redfish_fail_as(answer, NF_BMC_WRONG_STATE)
               : nf_redfish_fail_plainly(r, answer);
}

/* --- what it is -------------------------------------------------------------
 */

static bool
ask_manager(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct nf_value *links = nf_value_member(&answer->doc, "Links");
    char path[NF_REDFISH_PATH];

    if (nf_redfish_member(path, nf_value_member(links, "ManagedBy"), 0)) {
        nf_redfish_go(r, NF_REDFISH_MANAGER, path);
    } else {
        nf_redfish_go(r, NF_REDFISH_MANAGERS, r->managers);
    }
    return true;
}

static bool
begin_info(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    struct nf_bmc_told *told = answer->told;

    nf_redfish_name(told->maker, &answer->doc, "Manufacturer");
    nf_redfish_name(told->product, &answer->doc, "Model");
    nf_redfish_name(told->serial, &answer->doc, "SerialNumber");
    nf_redfish_name(told->firmware, &answer->doc, "BiosVersion");
    return ask_manager(r, answer);
}

/* Without a manager there is still what the system said. */
static bool
manager_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return r->ask.verb == NF_BMC_INFO && !nf_redfish_is_shut_out(answer)
               ? nf_redfish_done(r)
               : nf_redfish_fail_plainly(r, answer);
}

static bool
read_managers(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    nf_redfish_take_members(r, &answer->doc);
    if (r->members_n == 0) {
        return r->ask.verb == NF_BMC_INFO
                   ? nf_redfish_done(r)
                   : nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                                     "it has no manager");
    }
    nf_redfish_go(r, NF_REDFISH_MANAGER, r->members[0]);
    return true;
}

static bool
read_manager(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    char path[NF_REDFISH_PATH];

    if (r->ask.verb == NF_BMC_INFO) {
        nf_redfish_name(answer->told->firmware, &answer->doc,
                        "FirmwareVersion");
        return nf_redfish_done(r);
    }
    if (!nf_redfish_link(path, &answer->doc, "EthernetInterfaces")) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "its manager has no network cards");
    }
    nf_redfish_go(r, NF_REDFISH_INTERFACES, path);
    return true;
}

static bool
next_interface(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (r->member >= r->members_n) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "it reports no address of its own");
    }
    nf_redfish_go(r, NF_REDFISH_INTERFACE, r->members[r->member++]);
    return true;
}

static bool
read_interfaces(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    nf_redfish_take_members(r, &answer->doc);
    return next_interface(r, answer);
}

static bool
read_interface(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return nf_redfish_interface(&answer->doc, answer->told)
               ? nf_redfish_done(r)
               : next_interface(r, answer);
}

static bool
interface_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    return nf_redfish_is_shut_out(answer) ? nf_redfish_fail_plainly(r, answer)
                                          : next_interface(r, answer);
}

/* --- the light --------------------------------------------------------------
 */

static bool
has_light(const struct nf_value *doc, unsigned *variant)
{
    const struct nf_value *active =
        nf_value_member(doc, "LocationIndicatorActive");

    if (active != NULL
        && (active->kind == NF_VALUE_TRUE || active->kind == NF_VALUE_FALSE))
    {
        *variant = 0;
        return true;
    }
    *variant = LED_VARIANT;
    return nf_value_member_text(doc, "IndicatorLED").len != 0;
}

static bool
light(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (!has_light(&answer->doc, &r->variant)) {
        return nf_redfish_fail(answer, NF_BMC_UNSUPPORTED,
                               "it has no identify light");
    }
    nf_redfish_take_tag(r, answer);
    nf_redfish_go(r, NF_REDFISH_LIGHT, r->path);
    return true;
}

/* Of the system, or else of its chassis. */
static bool
begin_light(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct nf_value *links = nf_value_member(&answer->doc, "Links");
    char path[NF_REDFISH_PATH];

    if (!has_light(&answer->doc, &r->variant)
        && nf_redfish_member(path, nf_value_member(links, "Chassis"), 0))
    {
        nf_redfish_go(r, NF_REDFISH_CHASSIS, path);
        return true;
    }
    return light(r, answer);
}

static void
make_light(const struct nf_redfish *r, struct nf_out *body)
{
    bool is_on = r->ask.seconds != 0;

    if (r->variant < LED_VARIANT) {
        nf_out_printf(body, "{\"LocationIndicatorActive\":%s}",
                      is_on ? "true" : "false");
    } else {
        nf_out_printf(body, "{\"IndicatorLED\":\"%s\"}",
                      !is_on                      ? "Off"
                      : r->variant == LED_VARIANT ? "Blinking"
                                                  : "Lit");
    }
}

static bool
light_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    unsigned status = answer->reply->status;

    if (nf_redfish_is_about_tag(answer)) {
        return nf_redfish_takes_other_form(r)
               || nf_redfish_fail_plainly(r, answer);
    }
    return (!nf_redfish_is_shut_out(answer) && status >= 400 && status < 500
            && ++r->variant < LIGHT_VARIANTS)
           || nf_redfish_fail_plainly(r, answer);
}

/* --- the requests -----------------------------------------------------------
 */

static bool
read_system(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    switch (r->ask.verb) {
    case NF_BMC_POWER:
        return begin_power(r, answer);
    case NF_BMC_GET_BOOT:
    case NF_BMC_SET_BOOT:
        return nf_redfish_begin_boot(r, answer);
    case NF_BMC_INFO:
        return begin_info(r, answer);
    case NF_BMC_NETWORK:
        return ask_manager(r, answer);
    case NF_BMC_IDENTIFY:
        return begin_light(r, answer);
    default:
        answer->told->power = nf_redfish_power(&answer->doc);
        return nf_redfish_done(r);
    }
}

/* Another time it is looked for again. */
static bool
system_fails(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    if (answer->reply->status == 404) {
        r->system[0] = '\0';
    }
    return nf_redfish_fail_plainly(r, answer);
}

static bool
finish(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    (void) answer;
    return nf_redfish_done(r);
}

static void
make_login(const struct nf_redfish *r, struct nf_out *body)
{
    nf_out_puts(body, "{\"UserName\":");
    nf_out_json(body, nf_text(r->user));
    nf_out_puts(body, ",\"Password\":");
    nf_out_json(body, nf_text(r->password));
    nf_out_putc(body, '}');
}

static const struct row {
    nf_redfish_step_t *read, *fails;
    void (*make)(const struct nf_redfish *r, struct nf_out *body);
    enum nf_redfish_method method;
} rows[NF_REDFISH_STAGES] = {
    [NF_REDFISH_ROOT] = {.read = nf_redfish_read_root,
                         .fails = nf_redfish_root_fails},
    [NF_REDFISH_LOGIN] = {nf_redfish_logged_in, nf_redfish_login_fails,
                          make_login, NF_REDFISH_POST},
    [NF_REDFISH_SYSTEMS] = {.read = nf_redfish_read_systems,
                            .fails = nf_redfish_systems_fail},
    [NF_REDFISH_MEMBER] = {.read = nf_redfish_read_member,
                           .fails = nf_redfish_member_fails},
    [NF_REDFISH_SYSTEM] = {.read = read_system, .fails = system_fails},
    [NF_REDFISH_ACTION_INFO] = {.read = read_action_info,
                                .fails = action_info_fails},
    [NF_REDFISH_RESET] = {finish, reset_fails, make_reset, NF_REDFISH_POST},
    [NF_REDFISH_SETTINGS] = {.read = nf_redfish_read_settings,
                             .fails = nf_redfish_settings_fail},
    [NF_REDFISH_SET_BOOT] = {finish, nf_redfish_set_boot_fails,
                             nf_redfish_make_boot, NF_REDFISH_PATCH},
    [NF_REDFISH_CHECK_BOOT] = {.read = nf_redfish_check_boot,
                               .fails = nf_redfish_still_refused},
    [NF_REDFISH_MANAGERS] = {.read = read_managers, .fails = manager_fails},
    [NF_REDFISH_MANAGER] = {.read = read_manager, .fails = manager_fails},
    [NF_REDFISH_INTERFACES] = {.read = read_interfaces,
                               .fails = nf_redfish_fail_plainly},
    [NF_REDFISH_INTERFACE] = {.read = read_interface, .fails = interface_fails},
    [NF_REDFISH_CHASSIS] = {.read = light, .fails = nf_redfish_fail_plainly},
    [NF_REDFISH_LIGHT] = {finish, light_fails, make_light, NF_REDFISH_PATCH},
};

void
nf_redfish_begin(struct nf_redfish *r, const struct nf_bmc_ask *ask)
{
    r->ask = *ask;
    r->has_logged_in = false;
    (void) nf_redfish_find_way(r);
}

static void
put_credentials(const struct nf_redfish *r, struct nf_redfish_request *request)
{
    request->is_basic = r->login == NF_REDFISH_BASIC;
    memcpy(request->token, r->token, sizeof(r->token));
}

bool
nf_redfish_request(const struct nf_redfish *r,
                   struct nf_redfish_request *request)
{
    const struct row *row = &rows[r->stage];
    struct nf_out body = nf_out(request->body, sizeof(request->body) - 1);

    if (r->stage == NF_REDFISH_DONE) {
        return false;
    }
    *request = (struct nf_redfish_request){.method = row->method};
    memcpy(request->path, r->path, sizeof(r->path));
    if (r->stage > NF_REDFISH_LOGIN) {
        put_credentials(r, request);
    }
    if (row->make != NULL) {
        row->make(r, &body);
    }
    if (row->method == NF_REDFISH_PATCH) { /* POSTs with one are refused */
        nf_redfish_put_tag(r->tag, r->form, request->if_match);
    }
    return true;
}

/* One that is none reads as if it were empty. */
static void
read_document(struct nf_text body, nf_arena_t *arena, struct nf_value *doc)
{
    if (body.len > NF_REDFISH_ANSWER_MAX
        || !nf_json_device(body, VALUES_MAX, arena, doc))
    {
        *doc = (struct nf_value){0};
    }
}

/* A session that the BMC has forgotten meanwhile is opened again. */
static bool
is_session_lost(const struct nf_redfish *r, unsigned status)
{
    return status == 401 && r->login == NF_REDFISH_SESSION && !r->has_logged_in;
}

static bool
take(struct nf_redfish *r, struct nf_redfish_answer *answer)
{
    const struct row *row = &rows[r->stage];
    unsigned status = answer->reply->status;
    bool is_got =
        answer->doc.kind == NF_VALUE_MAP || row->method != NF_REDFISH_GET;

    if (is_session_lost(r, status)) {
        r->login = NF_REDFISH_STRANGER;
        r->token[0] = r->session[0] = '\0';
        return nf_redfish_find_way(r);
    }
    r->has_logged_in = r->has_logged_in || r->stage == NF_REDFISH_LOGIN;
    return status >= 200 && status < 300 && is_got ? row->read(r, answer)
                                                   : row->fails(r, answer);
}

bool
nf_redfish_reply(struct nf_redfish *r, const struct nf_redfish_reply *reply,
                 struct nf_bmc_told *told)
{
    struct nf_redfish_answer answer = {.reply = reply, .told = told};
    nf_arena_t *arena = nf_arena_new();

    if (arena == NULL) {
        nf_bmc_fail(told, NF_BMC_LOCAL, NF_TEXT("out of memory"));
        return false;
    }
    read_document(reply->body, arena, &answer.doc);
    bool goes_on = take(r, &answer);
    nf_arena_free(arena);
    return goes_on;
}

bool
nf_redfish_farewell(struct nf_redfish *r, struct nf_redfish_request *request)
{
    bool has_session = r->token[0] != '\0' && r->session[0] != '\0';

    *request = (struct nf_redfish_request){.method = NF_REDFISH_DELETE};
    memcpy(request->path, r->session, sizeof(r->session));
    put_credentials(r, request);
    r->login = NF_REDFISH_STRANGER;
    explicit_bzero(r->token, sizeof(r->token));
    r->session[0] = '\0';
    return has_session;
}
