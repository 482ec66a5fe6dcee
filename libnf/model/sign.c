#include "model/sign.h"

#include "model/member.h"
#include "model/task.h"

static const char *const kinds[NF_SIGN_KINDS] = {
    [NF_SIGN_FIRMWARE] = "firmware",   [NF_SIGN_LOADER] = "loader",
    [NF_SIGN_ANSWER] = "answer",       [NF_SIGN_MIRROR] = "mirror",
    [NF_SIGN_OPERATION] = "operation", [NF_SIGN_ALIVE] = "alive",
    [NF_SIGN_FILE] = "file",           [NF_SIGN_CALL] = "call",
};

static bool
is_ended(const struct nf_sign *sign)
{
    return nf_text_is_ended(sign->what, sizeof(sign->what));
}

bool
nf_signs_is_sound(const struct nf_signs *signs)
{
    const struct nf_refusal *refused = &signs->refused;
    bool is_sound = refused->kind < NF_SIGN_KINDS
                    && refused->step <= NF_STEP_KINDS
                    && nf_text_is_ended(refused->what, sizeof(refused->what))
                    && nf_text_is_ended(refused->why, sizeof(refused->why));

    for (size_t i = 0; i < NF_SIGN_FILE; i++) {
        is_sound &= is_ended(&signs->last[i]);
    }
    for (size_t i = 0; i < NF_SIGN_FILES; i++) {
        is_sound &= is_ended(&signs->files[i]);
    }
    return is_sound;
}

/* --- taking one in -----------------------------------------------------------
 */

static bool
refuse(struct nf_refusal *refused, const struct nf_sign_report *report,
       unsigned step, nf_time_t now)
{
    bool is_new = refused->time == 0 || refused->kind != report->kind
                  || refused->code != report->code
                  || strcmp(refused->what, report->what) != 0;

    *refused = (struct nf_refusal){.time = now,
                                   .client = report->client,
                                   .code = (uint16_t) report->code,
                                   .kind = (uint8_t) report->kind,
                                   .step = (uint8_t) step};
    memcpy(refused->what, report->what, sizeof(refused->what));
    memcpy(refused->why, report->why, sizeof(refused->why));
    return is_new;
}

/* What an operation needed was a call that went well. */
static bool
is_success_of(const struct nf_sign_report *report,
              const struct nf_refusal *refused)
{
    if (refused->kind == NF_SIGN_CALL) {
        return report->kind == NF_SIGN_CALL || report->kind == NF_SIGN_OPERATION
               || report->kind == NF_SIGN_ALIVE;
    }
    return report->kind == refused->kind
           && strcmp(report->what, refused->what) == 0;
}

/* The place of this path, else that of the oldest; it becomes the first. */
static struct nf_sign *
take_file(struct nf_signs *signs, const char *path)
{
    size_t i = 0;

    while (i < NF_SIGN_FILES - 1 && strcmp(signs->files[i].what, path) != 0) {
        i++;
    }
    memmove(&signs->files[1], &signs->files[0], i * sizeof(signs->files[0]));
    return &signs->files[0];
}

static void
take(struct nf_signs *signs, const struct nf_sign_report *report, nf_time_t now)
{
    struct nf_sign *sign = report->kind == NF_SIGN_FILE
                               ? take_file(signs, report->what)
                               : &signs->last[report->kind];

    *sign = (struct nf_sign){
        .time = now, .sent = report->sent, .size = report->size};
    memcpy(sign->what, report->what, sizeof(sign->what));
}

bool
nf_signs_take(struct nf_signs *signs, const struct nf_sign_report *report,
              unsigned step, nf_time_t now)
{
    struct nf_refusal *refused = &signs->refused;

    if (report->code >= 400) {
        return refuse(refused, report, step, now);
    }
    if (report->kind != NF_SIGN_CALL) {
        take(signs, report, now);
    }
    if (refused->time == 0 || !is_success_of(report, refused)) {
        return false;
    }
    *refused = (struct nf_refusal){.time = 0};
    return true;
}

void
nf_refusal_put(struct nf_out *out, const struct nf_refusal *refused)
{
    nf_out_printf(out, "%s was answered %u", refused->what, refused->code);
    if (refused->why[0] != '\0') {
        nf_out_printf(out, " (%s)", refused->why);
    }
}

/* --- as JSON -----------------------------------------------------------------
 */

static void
put_sign(struct nf_out *out, const char *kind, const struct nf_sign *sign)
{
    if (sign->time == 0) {
        return;
    }
    nf_out_puts(out, out->data[out->len - 1] == '[' ? "" : ",");
    nf_out_printf(out, "{\"kind\":\"%s\"", kind);
    nf_member_text(out, "what", sign->what);
    nf_member_time(out, "at", sign->time);
    if (sign->size > 0) {
        nf_out_puts(out, ",\"sent\":");
        nf_out_number(out, (int64_t) sign->sent);
        nf_out_puts(out, ",\"size\":");
        nf_out_number(out, (int64_t) sign->size);
    }
    nf_out_putc(out, '}');
}

static void
put_refusal(struct nf_out *out, const struct nf_refusal *refused)
{
    nf_out_printf(out, ",\"refused\":{\"kind\":\"%s\",\"code\":%u",
                  kinds[refused->kind], refused->code);
    nf_member_text(out, "what", refused->what);
    nf_member_text(out, "why", refused->why);
    nf_member_ip(out, "client", refused->client);
    nf_member_time(out, "at", refused->time);
    nf_out_putc(out, '}');
}

void
nf_signs_json(const struct nf_signs *signs, struct nf_out *out)
{
    char task[NF_TASK_TEXT + 8];

    nf_task_format(signs->task, task);
    nf_out_printf(out, "{\"task_id\":\"%s\",\"latest\":[", task);
    for (size_t i = 0; i < NF_SIGN_FILE; i++) {
        put_sign(out, kinds[i], &signs->last[i]);
    }
    for (size_t i = 0; i < NF_SIGN_FILES; i++) {
        put_sign(out, kinds[NF_SIGN_FILE], &signs->files[i]);
    }
    nf_out_putc(out, ']');
    if (signs->refused.time != 0) {
        put_refusal(out, &signs->refused);
    }
    nf_out_putc(out, '}');
}
