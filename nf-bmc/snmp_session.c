#include "snmp_session.h"

#include <net-snmp/library/large_fd_set.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TRIES = 3,
    WAIT_MS = 1000, /* and twice as long with each further try */
    LATE_MS = 10,   /* net-snmp's clock is another one */
    KEY_LEAST = 8,  /* bytes of a password, RFC 3414 11.2 */
};

#define SESSION_OF(member, name)                                               \
    ((struct nf_snmp_session *) (void *) ((char *) (member) -offsetof(         \
        struct nf_snmp_session, name)))

static const char silence[] =
    "no answer: a switch that is down, a wrong community and a wrong privacy "
    "password look the same";

static void
fail(struct nf_snmp_session *session, enum nf_switch_cause cause,
     const char *words)
{
    session->cause = cause;
    snprintf(session->words, sizeof(session->words), "%s", words);
}

/* --- what the library is told ------------------------------------------------
 */

/* No MIB, no configuration, no state on disk (/dev/null is no folder, and none
 * can be made of it), no words on stderr. */
static void
start_library(void)
{
    static const int off[] = {NETSNMP_DS_LIB_DONT_READ_CONFIGS,
                              NETSNMP_DS_LIB_DONT_PERSIST_STATE,
                              NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
                              NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE};
    static bool is_started;

    if (is_started) {
        return;
    }
    is_started = true;
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/dev/null", 1);
    setenv("SNMPCONFPATH", "/dev/null", 1);
    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off[i], 1);
    }
    snmp_disable_log();
    init_snmp("nf-bmc");
}

struct algorithm {
    const char *word;
    oid *oid;
    size_t n;
};

static const struct algorithm *
algorithm(const struct algorithm *rows, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(rows[i].word, word) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

#define ROW(word, oid)                                                         \
    {                                                                          \
        (word), (oid), OID_LENGTH(oid)                                         \
    }

static const struct algorithm *
auth_of(const char *word)
{
    static const struct algorithm rows[] = {
        ROW("SHA", usmHMACSHA1AuthProtocol),
        ROW("SHA-224", usmHMAC128SHA224AuthProtocol),
        ROW("SHA-256", usmHMAC192SHA256AuthProtocol),
        ROW("SHA-384", usmHMAC256SHA384AuthProtocol),
        ROW("SHA-512", usmHMAC384SHA512AuthProtocol),
        ROW("MD5", usmHMACMD5AuthProtocol),
    };

    return algorithm(rows, sizeof(rows) / sizeof(rows[0]), word);
}

static const struct algorithm *
priv_of(const char *word)
{
    static const struct algorithm rows[] = {
        ROW("AES", usmAESPrivProtocol),
        ROW("DES", usmDESPrivProtocol),
    };

    return algorithm(rows, sizeof(rows) / sizeof(rows[0]), word);
}

#undef ROW

/* A key of a password: of the same hash for authentication and privacy. */
static bool
make_key(const struct algorithm *auth, const char *password, u_char *key,
         size_t *len)
{
    *len = USM_AUTH_KU_LEN;
    return strlen(password) >= KEY_LEAST
           && generate_Ku(auth->oid, (u_int) auth->n, (const u_char *) password,
                          strlen(password), key, len)
                  == SNMPERR_SUCCESS;
}

/* NULL: fine; else what is wrong. */
static const char *
set_user(const struct nf_device *device, netsnmp_session *init)
{
    const struct algorithm *auth = auth_of(device->auth);
    const struct algorithm *priv = priv_of(device->priv);

    init->version = SNMP_VERSION_3;
    init->securityModel = USM_SEC_MODEL_NUMBER;
    init->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    init->securityName = (char *) device->user;
    init->securityNameLen = strlen(device->user);
    init->flags |= SNMP_FLAGS_DONT_PROBE; /* the library would wait for it */
    if (auth == NULL || priv == NULL) {
        return "auth must be SHA, SHA-224, SHA-256, SHA-384, SHA-512 or MD5, "
               "and priv AES or DES";
    }
    init->securityAuthProto = auth->oid;
    init->securityAuthProtoLen = auth->n;
    init->securityPrivProto = priv->oid;
    init->securityPrivProtoLen = priv->n;
    return make_key(auth, device->password, init->securityAuthKey,
                    &init->securityAuthKeyLen)
                   && make_key(auth, device->priv_password,
                               init->securityPrivKey, &init->securityPrivKeyLen)
               ? NULL
               : "auth_password and priv_password must have at least 8 bytes";
}

/* --- sending -----------------------------------------------------------------
 */

/* Called within the library, that must not be closed then: what came is looked
 * at when it has returned. */
static int
on_event(int operation, netsnmp_session *library, int id, netsnmp_pdu *pdu,
         void *of)
{
    struct nf_snmp_session *session = of;

    (void) library;
    (void) id;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE
        || operation == NETSNMP_CALLBACK_OP_TIMED_OUT
        || operation == NETSNMP_CALLBACK_OP_SEND_FAILED
        || operation == NETSNMP_CALLBACK_OP_SEC_ERROR)
    {
        session->event = operation;
        if (session->answer == NULL && pdu != NULL
            && operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
        {
            session->answer = snmp_clone_pdu(pdu);
        }
    }
    return 1;
}

/* The engine id is learnt by asking as a user without a name: RFC 3414 4. */
static bool
has_nobody(void)
{
    struct usmUser *nobody = usm_get_user(NULL, 0, "");

    if (nobody != NULL) {
        return true;
    }
    nobody = usm_create_user();
    if (nobody == NULL) {
        return false;
    }
    nobody->name = strdup("");
    nobody->secName = strdup("");
    nobody->authProtocol =
        snmp_duplicate_objid(usmNoAuthProtocol, OID_LENGTH(usmNoAuthProtocol));
    nobody->authProtocolLen = OID_LENGTH(usmNoAuthProtocol);
    nobody->privProtocol =
        snmp_duplicate_objid(usmNoPrivProtocol, OID_LENGTH(usmNoPrivProtocol));
    nobody->privProtocolLen = OID_LENGTH(usmNoPrivProtocol);
    return usm_add_user(nobody) != NULL;
}

static netsnmp_pdu *
probe(void)
{
    netsnmp_pdu *pdu = has_nobody() ? snmp_pdu_create(SNMP_MSG_GET) : NULL;

    if (pdu != NULL) {
        pdu->version = SNMP_VERSION_3;
        pdu->securityName = strdup("");
        pdu->securityNameLen = 0;
        pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
        pdu->securityModel = SNMP_SEC_MODEL_USM;
    }
    return pdu;
}

static void
send_once(struct nf_snmp_session *session)
{
    netsnmp_session *library = snmp_sess_session(session->handle);
    long wait_ms = (long) WAIT_MS << session->tries;
    netsnmp_pdu *pdu =
        session->is_probing ? probe() : snmp_clone_pdu(session->request);

    session->tries++;
    session->asked++;
    session->event = 0;
    library->timeout = wait_ms * 1000;
    if (pdu == NULL
        || snmp_sess_async_send(session->handle, pdu, on_event, session) == 0)
    {
        snmp_free_pdu(pdu);
        session->event = NETSNMP_CALLBACK_OP_SEND_FAILED;
        wait_ms = 0;
    }
    nf_timer_set(session->loop, &session->timer, wait_ms + LATE_MS);
}

static void
end(struct nf_snmp_session *session)
{
    netsnmp_pdu *answer = session->answer;

    nf_timer_clear(session->loop, &session->timer);
    snmp_free_pdu(session->request);
    session->request = NULL;
    session->answer = NULL;
    session->answered(session, answer);
    if (answer != NULL) {
        snmp_free_pdu(answer);
    }
}

static void
end_without(struct nf_snmp_session *session)
{
    if (session->answer != NULL) {
        snmp_free_pdu(session->answer);
        session->answer = NULL;
    }
    end(session);
}

/* --- what comes back ---------------------------------------------------------
 */

static void
judge_report(struct nf_snmp_session *session)
{
    static const struct {
        int type;
        enum nf_switch_cause cause;
        const char *words;
    } rows[] = {
        {SNMPERR_UNKNOWN_USER_NAME, NF_SWITCH_WRONG_PASSWORD,
         "unknown user name"},
        {SNMPERR_AUTHENTICATION_FAILURE, NF_SWITCH_WRONG_PASSWORD,
         "authentication failure: auth or auth_password is wrong"},
        {SNMPERR_UNSUPPORTED_SEC_LEVEL, NF_SWITCH_PRIVILEGE,
         "the user has no authentication and privacy there"},
        {SNMPERR_DECRYPTION_ERR, NF_SWITCH_WRONG_PASSWORD,
         "decryption error: priv or priv_password is wrong"},
        {SNMPERR_NOT_IN_TIME_WINDOW, NF_SWITCH_REFUSED,
         "not in time window: its clock drifts from the worker's"},
    };
    int type = snmpv3_get_report_type(session->answer);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].type == type) {
            fail(session, rows[i].cause, rows[i].words);
            return;
        }
    }
    fail(session, NF_SWITCH_REFUSED, snmp_api_errstring(type));
}

/* The user's keys for this engine; those of before may be of other passwords.
 */
static bool
know_engine(struct nf_snmp_session *session)
{
    netsnmp_session *library = snmp_sess_session(session->handle);
    const netsnmp_pdu *told = session->answer;
    struct usmUser *old;

    if (told->command != SNMP_MSG_REPORT || told->securityEngineIDLen == 0) {
        return false;
    }
    free(library->securityEngineID);
    library->securityEngineID =
        netsnmp_memdup(told->securityEngineID, told->securityEngineIDLen);
    library->securityEngineIDLen = told->securityEngineIDLen;
    old = usm_get_user(library->securityEngineID, library->securityEngineIDLen,
                       session->device->user);
    if (old != NULL) {
        usm_free_user(usm_remove_user(old));
    }
    return usm_create_user_from_session(library) == SNMPERR_SUCCESS;
}

static void
probed(struct nf_snmp_session *session)
{
    if (!know_engine(session)) {
        fail(session, NF_SWITCH_MALFORMED, "it reports no engine id");
        end_without(session);
        return;
    }
    snmp_free_pdu(session->answer);
    session->answer = NULL;
    session->is_probing = false;
    session->tries = 0;
    send_once(session);
}

static void
received(struct nf_snmp_session *session)
{
    if (session->answer == NULL) {
        fail(session, NF_SWITCH_LOCAL, "out of memory");
        end(session);
    } else if (session->is_probing) {
        probed(session);
    } else if (session->answer->command == SNMP_MSG_REPORT) {
        judge_report(session);
        end_without(session);
    } else {
        session->has_answered = true;
        session->cause = NF_SWITCH_FINE;
        end(session);
    }
}

/* Whoever answered before is no stranger. */
static void
unanswered(struct nf_snmp_session *session)
{
    if (session->tries < session->tries_max) {
        send_once(session);
        return;
    }
    fail(session,
         session->has_answered ? NF_SWITCH_HUNG : NF_SWITCH_UNREACHABLE,
         session->has_answered ? "it stopped answering" : silence);
    end_without(session);
}

static void
after_event(struct nf_snmp_session *session)
{
    int event = session->event;

    session->event = 0;
    switch (event) {
    case 0:
        return;
    case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE:
        received(session);
        return;
    case NETSNMP_CALLBACK_OP_TIMED_OUT:
        unanswered(session);
        return;
    default:
        /* A port that nobody listens at is told by the next send. */
        if (session->tries < session->tries_max) {
            send_once(session);
            return;
        }
        fail(session, NF_SWITCH_UNREACHABLE,
             snmp_api_errstring(
                 snmp_sess_session(session->handle)->s_snmp_errno));
        end_without(session);
    }
}

static void
on_readable(struct nf_watch *watch, short revents)
{
    struct nf_snmp_session *session = SESSION_OF(watch, watch);
    netsnmp_large_fd_set fds;

    (void) revents;
    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    netsnmp_large_fd_setfd(watch->fd, &fds);
    snmp_sess_read2(session->handle, &fds);
    netsnmp_large_fd_set_cleanup(&fds);
    after_event(session);
}

static void
on_timer(struct nf_timer *timer)
{
    struct nf_snmp_session *session = SESSION_OF(timer, timer);

    if (session->event == 0) {
        snmp_sess_timeout(session->handle);
    }
    if (session->event == 0) {
        nf_timer_set(session->loop, timer, LATE_MS); /* not yet by its clock */
        return;
    }
    after_event(session);
}

/* --- the whole ---------------------------------------------------------------
 */

bool
nf_snmp_open(struct nf_snmp_session *session)
{
    const struct nf_device *device = session->device;
    char peer[NF_DEVICE_ADDRESS + 32];
    bool is_ip6 = strchr(device->address, ':') != NULL;
    netsnmp_session init;
    const char *wrong = NULL;

    start_library();
    snmp_sess_init(&init);
    snprintf(peer, sizeof(peer), is_ip6 ? "udp6:[%s]:%u" : "udp:%s:%u",
             device->address, device->port == 0 ? 161u : device->port);
    init.peername = peer;
    init.retries = 0;
    if (device->user[0] == '\0') {
        init.version = SNMP_VERSION_2c;
        init.community = (u_char *) device->password;
        init.community_len = strlen(device->password);
    } else {
        wrong = set_user(device, &init);
    }
    session->handle = wrong == NULL ? snmp_sess_open(&init) : NULL;
    if (session->handle == NULL) {
        fail(session, NF_SWITCH_LOCAL,
             wrong != NULL ? wrong : snmp_api_errstring(init.s_snmp_errno));
    }
    explicit_bzero(init.securityAuthKey, sizeof(init.securityAuthKey));
    explicit_bzero(init.securityPrivKey, sizeof(init.securityPrivKey));
    if (session->handle == NULL) {
        return false;
    }
    /* Opening has cleared it, and the first send would wait for an answer. */
    snmp_sess_session(session->handle)->flags |= SNMP_FLAGS_DONT_PROBE;
    session->is_probing = device->user[0] != '\0';
    session->has_answered = false;
    session->timer = (struct nf_timer){.fire = on_timer};
    session->watch =
        (struct nf_watch){.fd = snmp_sess_transport(session->handle)->sock,
                          .events = POLLIN,
                          .ready = on_readable};
    nf_loop_watch(session->loop, &session->watch);
    return true;
}

static void
forget_user(const netsnmp_session *library)
{
    struct usmUser *user =
        library->securityEngineIDLen == 0
            ? NULL
            : usm_get_user(library->securityEngineID,
                           library->securityEngineIDLen, library->securityName);

    if (user != NULL) {
        usm_free_user(usm_remove_user(user));
    }
}

void
nf_snmp_close(struct nf_snmp_session *session)
{
    netsnmp_session *library;

    if (session->handle == NULL) {
        return;
    }
    nf_loop_unwatch(session->loop, &session->watch);
    nf_timer_clear(session->loop, &session->timer);
    library = snmp_sess_session(session->handle);
    explicit_bzero(library->securityAuthKey, sizeof(library->securityAuthKey));
    explicit_bzero(library->securityPrivKey, sizeof(library->securityPrivKey));
    if (library->version == SNMP_VERSION_3) {
        forget_user(library);
    } else if (library->community != NULL) {
        explicit_bzero(library->community, library->community_len);
    }
    snmp_sess_close(session->handle);
    session->handle = NULL;
    if (session->request != NULL) {
        snmp_free_pdu(session->request);
    }
    if (session->answer != NULL) {
        snmp_free_pdu(session->answer);
    }
    session->request = session->answer = NULL;
}

/* community@VLAN, or the context vlan-VLAN. */
static void
put_view(const struct nf_device *device, netsnmp_pdu *request, unsigned vlan)
{
    char view[NF_DEVICE_PASSWORD + 16];

    if (device->user[0] != '\0') {
        snprintf(view, sizeof(view), "vlan-%u", vlan);
        request->contextName = strdup(view);
        request->contextNameLen = strlen(view);
    } else {
        snprintf(view, sizeof(view), "%s@%u", device->password, vlan);
        request->community = (u_char *) strdup(view);
        request->community_len = strlen(view);
        explicit_bzero(view, sizeof(view));
    }
}

void
nf_snmp_send(struct nf_snmp_session *session, netsnmp_pdu *request,
             unsigned vlan)
{
    session->request = request;
    session->tries = 0;
    session->tries_max = vlan == 0 ? TRIES : 1;
    if (vlan != 0) {
        put_view(session->device, request, vlan);
    }
    send_once(session);
}
