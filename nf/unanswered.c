#include "unanswered.h"

#include "base/log.h"
#include "command.h"
#include "server.h"

static double
seconds(long milliseconds)
{
    return (double) milliseconds / 1000;
}

static curl_off_t
time_of(const struct nf_unanswered *u, CURLINFO what)
{
    curl_off_t time = 0;

    curl_easy_getinfo(u->curl, what, &time);
    return time;
}

/* How far it came says what hangs. */
static void
tell_timeout(const struct nf_unanswered *u)
{
    curl_off_t received = time_of(u, CURLINFO_SIZE_DOWNLOAD_T);

    if (received > 0) {
        nf_log(NF_LOG_ERR,
               "%s began to answer %s and did not end within %g s; --timeout "
               "SECONDS waits longer",
               u->base, u->what, seconds(u->patience_ms));
    } else if (time_of(u, CURLINFO_PRETRANSFER_TIME_T) > 0) {
        nf_log(NF_LOG_ERR,
               "%s did not answer %s within %g s; --timeout SECONDS waits "
               "longer",
               u->base, u->what, seconds(u->patience_ms));
    } else if (time_of(u, CURLINFO_NAMELOOKUP_TIME_T) > 0) {
        nf_log(NF_LOG_ERR, "cannot reach %s: no connection within %g s",
               u->base, seconds(u->connect_ms));
    } else {
        nf_log(NF_LOG_ERR,
               "cannot reach %s: its name was not resolved within %g s; does "
               "the name server of /etc/resolv.conf answer?",
               u->base, seconds(u->connect_ms));
    }
}

/* What is there, and is not what was asked for. */
static const struct {
    CURLcode code;
    const char *words;
} reasons[] = {
    {CURLE_PARTIAL_FILE, "the answer ended early"},
    {CURLE_GOT_NOTHING, "the connection was closed without an answer"},
    {CURLE_RECV_ERROR, "the connection was lost before the answer"},
    {CURLE_UNSUPPORTED_PROTOCOL, "what answers there does not speak HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, "what answers there does not speak HTTP"},
};

static const char *
reason_of(CURLcode code)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].code == code) {
            return reasons[i].words;
        }
    }
    return NULL;
}

int
nf_unanswered_tell(const struct nf_unanswered *u)
{
    const char *reason = reason_of(u->code);

    if (u->code == CURLE_WRITE_ERROR) {
        nf_log(NF_LOG_ERR, "the answer of %s is larger than %d MiB", u->base,
               NF_ANSWER_MAX_BYTES >> 20);
        return NF_EXIT_FAILED;
    }
    if (u->code == CURLE_OPERATION_TIMEDOUT) {
        tell_timeout(u);
    } else if (reason != NULL) {
        nf_log(NF_LOG_ERR, "%s: %s: %s", u->base, u->what, reason);
    } else {
        nf_log(NF_LOG_ERR, "cannot reach %s: %s; is `nf up` running?", u->base,
               curl_easy_strerror(u->code));
    }
    return NF_EXIT_UNREACHABLE;
}
