#include "mirror_ask.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

#include "model/mirror.h"

enum {
    PATIENCE_S = 10,
};

void
nf_mirror_ask_open(void)
{
    (void) curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* As nginx asks it (conf/config/nginx.conf.mustache): nodes are sent on to
 * nowhere, and a proxy is not for it. */
static void
aim(CURL *curl, const char *setting, const char *suite)
{
    char url[2 * NF_SETTING_MAX];
    struct nf_mirror mirror;

    nf_mirror_split(setting, &mirror);
    snprintf(url, sizeof(url), "http://%.*s/%.*s/dists/%s/Release",
             (int) mirror.host.len, mirror.host.data, (int) mirror.path.len,
             mirror.path.data, suite);
    if (mirror.socket.len > 0) {
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, mirror.socket.data);
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nodefoundry");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) PATIENCE_S);
}

static void
say_error(CURL *curl, CURLcode code, char words[static NF_MIRROR_WORDS])
{
    long reason = 0;

    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &reason);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        snprintf(words, NF_MIRROR_WORDS, "no answer within %d seconds",
                 PATIENCE_S);
    } else if (code == CURLE_COULDNT_RESOLVE_HOST) {
        snprintf(words, NF_MIRROR_WORDS, "its name is not known to DNS");
    } else if (code == CURLE_COULDNT_CONNECT && reason != 0) {
        snprintf(words, NF_MIRROR_WORDS, "%s", strerror((int) reason));
    } else {
        snprintf(words, NF_MIRROR_WORDS, "%s", curl_easy_strerror(code));
    }
}

/* False: there is no way to the mirror, whatever is asked for. */
static bool
ask_for(CURL *curl, struct nf_mirror_suite *suite)
{
    long status = 0;
    CURLcode code = curl_easy_perform(curl);

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    suite->words[0] = '\0';
    if (code != CURLE_OK) {
        say_error(curl, code, suite->words);
    } else if (status != 200) {
        snprintf(suite->words, sizeof(suite->words),
                 "dists/%s/Release was answered %ld", suite->name, status);
    }
    return code == CURLE_OK;
}

static void *
run(void *of)
{
    struct nf_mirror_ask *ask = of;
    CURL *curl = curl_easy_init();
    bool is_there = curl != NULL;

    for (size_t i = 0; curl != NULL && i < ask->n; i++) {
        if (is_there) {
            aim(curl, ask->setting, ask->each[i].name);
            is_there = ask_for(curl, &ask->each[i]);
        } else {
            memcpy(ask->each[i].words, ask->each[i - 1].words, NF_MIRROR_WORDS);
        }
    }
    curl_easy_cleanup(curl);
    atomic_store(&ask->is_running, false);
    return NULL;
}

bool
nf_mirror_ask_start(struct nf_mirror_ask *ask)
{
    pthread_t thread;

    atomic_store(&ask->is_running, true);
    if (pthread_create(&thread, NULL, run, ask) != 0) {
        atomic_store(&ask->is_running, false);
        return false;
    }
    pthread_detach(thread);
    return true;
}
