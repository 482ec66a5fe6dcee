#include "json/field.h"

#include "json/parse.h"

/* What can go wrong with a member's value, in words that follow its name. */
static const char must_be_text[] = "must be a string";
static const char no_memory[] = "cannot be read: out of memory";

typedef const char *(*decoder_t)(const struct nf_json_field *f,
                                 const json_t *value, char *at);

static bool
text_of(const json_t *value, struct nf_text *text)
{
    if (!json_is_string(value)) {
        return false;
    }
    *text =
        (struct nf_text){json_string_value(value), json_string_length(value)};
    return true;
}

static const char *
decode_text(const struct nf_json_field *f, const json_t *value, char *at)
{
    struct nf_text text;

    if (!text_of(value, &text)) {
        return must_be_text;
    }
    if (!nf_text_is_printable(text)) {
        return "must not contain control characters";
    }
    return nf_text_copy(at, f->size, text) ? NULL : "is too long";
}

/* A reason must not be lost because it is long. */
static const char *
decode_words(const struct nf_json_field *f, const json_t *value, char *at)
{
    struct nf_text text;

    if (!text_of(value, &text)) {
        return must_be_text;
    }
    nf_text_copy_words(at, f->size, text);
    return NULL;
}

static const char *
decode_hostname(const struct nf_json_field *f, const json_t *value, char *at)
{
    struct nf_text text;

    if (!text_of(value, &text)) {
        return must_be_text;
    }
    if (!nf_text_is_hostname(text) || !nf_text_copy(at, f->size, text)) {
        return "must be a host name: letters, digits, '-' and '.', at most "
               "63 characters";
    }
    return NULL;
}

static const char *
decode_number(const struct nf_json_field *f, const json_t *value, char *at)
{
    int64_t number = json_integer_value(value);

    if (!json_is_integer(value)) {
        return "must be an integer";
    }
    if (number < f->min || number > f->max) {
        return "is out of range";
    }
    memcpy(at, &number, sizeof(number));
    return NULL;
}

static const char *
decode_switch(const struct nf_json_field *f, const json_t *value, char *at)
{
    bool is_on = json_is_true(value);

    (void) f;
    if (!json_is_boolean(value)) {
        return "must be true or false";
    }
    memcpy(at, &is_on, sizeof(is_on));
    return NULL;
}

/* In place of a reason: which words there are is said by refuse_word(). */
static const char unknown_word[] = "is not one of the words";

static const char *
decode_word(const struct nf_json_field *f, const json_t *value, char *at)
{
    for (uint8_t i = 0; json_is_string(value) && f->words[i] != NULL; i++) {
        if (strcmp(f->words[i], json_string_value(value)) == 0) {
            memcpy(at, &i, sizeof(i));
            return NULL;
        }
    }
    return unknown_word;
}

static const char *
decode_mac(const struct nf_json_field *f, const json_t *value, char *at)
{
    struct nf_text text;
    nf_mac_t mac;

    (void) f;
    if (!text_of(value, &text) || !nf_mac_parse(text, &mac)) {
        return "must be a MAC address of a network card";
    }
    memcpy(at, &mac, sizeof(mac));
    return NULL;
}

static const char *
decode_macs(const struct nf_json_field *f, const json_t *value, char *at)
{
    size_t n = json_array_size(value);

    if (!json_is_array(value) || n > f->size) {
        return "must be a list of at most 8 MAC addresses";
    }
    for (size_t i = 0; i < n; i++) {
        const char *why =
            decode_mac(f, json_array_get(value, i), at + i * sizeof(nf_mac_t));
        if (why != NULL) {
            return "must be a list of MAC addresses";
        }
    }
    at[(ptrdiff_t) (f->count_offset - f->offset)] = (char) n;
    return NULL;
}

static const char *
decode_ip(const struct nf_json_field *f, const json_t *value, char *at)
{
    struct nf_text text;
    nf_ip4_t ip;

    if (!text_of(value, &text) || !nf_ip4_parse(text, &ip)
        || !nf_ip4_is_set(ip)) {
        return "must be an IPv4 address";
    }
    if (f->kind == NF_JSON_NETMASK && !nf_ip4_is_netmask(ip)) {
        return "must be a netmask such as 255.255.255.0";
    }
    memcpy(at, &ip, sizeof(ip));
    return NULL;
}

static const char *
decode_ip_list(const struct nf_json_field *f, struct nf_text list, char *at)
{
    size_t n = 0;

    while (list.data != NULL) {
        nf_ip4_t ip;
        struct nf_text one = nf_text_cut(&list, ',');
        if (n == f->size || !nf_ip4_parse(one, &ip) || !nf_ip4_is_set(ip)) {
            return "must be at most 3 comma-separated IPv4 addresses";
        }
        memcpy(at + n++ * sizeof(ip), &ip, sizeof(ip));
    }
    at[(ptrdiff_t) (f->count_offset - f->offset)] = (char) n;
    return NULL;
}

static const char *
decode_ips(const struct nf_json_field *f, const json_t *value, char *at)
{
    size_t n = json_array_size(value);
    struct nf_text text;

    if (text_of(value, &text)) {
        return decode_ip_list(f, text, at);
    }
    if (!json_is_array(value) || n > f->size) {
        return "must be at most 3 comma-separated IPv4 addresses";
    }
    for (size_t i = 0; i < n; i++) {
        const char *why =
            decode_ip(f, json_array_get(value, i), at + i * sizeof(nf_ip4_t));
        if (why != NULL) {
            return why;
        }
    }
    at[(ptrdiff_t) (f->count_offset - f->offset)] = (char) n;
    return NULL;
}

static const char *
decode_nothing(const struct nf_json_field *f, const json_t *value, char *at)
{
    (void) f;
    (void) value;
    (void) at;
    return NULL;
}

static const decoder_t decoders[] = {
    [NF_JSON_TEXT] = decode_text,     [NF_JSON_HOSTNAME] = decode_hostname,
    [NF_JSON_NUMBER] = decode_number, [NF_JSON_SWITCH] = decode_switch,
    [NF_JSON_WORD] = decode_word,     [NF_JSON_MAC] = decode_mac,
    [NF_JSON_MACS] = decode_macs,     [NF_JSON_IP] = decode_ip,
    [NF_JSON_NETMASK] = decode_ip,    [NF_JSON_IPS] = decode_ips,
    [NF_JSON_WORDS] = decode_words,   [NF_JSON_IGNORED] = decode_nothing,
};

/* The object as text again, in the arena: what was not well-formed or too
 * deep has been refused by then. */
static const char *
decode_object(const struct nf_json_reader *reader,
              const struct nf_json_field *f, const json_t *value, char *at)
{
    size_t max = (size_t) f->max;

    if (!json_is_object(value)) {
        return "must be an object";
    }
    char *copy = nf_arena_take(reader->arena, max + 1);
    size_t n = copy == NULL ? 0 : json_dumpb(value, copy, max, JSON_COMPACT);
    if (n == 0) {
        return no_memory;
    }
    if (n > max) {
        return "is too large";
    }
    struct nf_text text = {copy, n};
    memcpy(at, &text, sizeof(text));
    return NULL;
}

static bool
is_empty(const json_t *value)
{
    return json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0);
}

static const char *
decode(const struct nf_json_reader *reader, const struct nf_json_field *f,
       const json_t *value, char *object)
{
    if (f->may_be_empty && is_empty(value)) {
        return NULL; /* the field stays zero, and its bit says it was meant */
    }
    if (f->kind == NF_JSON_OBJECT) {
        return decode_object(reader, f, value, object + f->offset);
    }
    return decoders[f->kind](f, value, object + f->offset);
}

static const struct nf_json_field *
find_field(const struct nf_json_field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return fields;
        }
    }
    return NULL;
}

static nf_error_t
refuse_unknown(const char *name, struct nf_fault *fault)
{
    struct nf_text text = nf_text(name);
    char quoted[40];

    if (text.len >= sizeof(quoted)) {
        text.len = sizeof(quoted) - 1;
    }
    memcpy(quoted, text.data, text.len);
    quoted[text.len] = '\0';
    nf_text_scrub(quoted);
    return nf_refuse(fault, quoted, "is not a member of this object");
}

static nf_error_t
refuse_word(const struct nf_json_field *f, struct nf_fault *fault)
{
    char list[sizeof(fault->reason) - 24];
    struct nf_out out = nf_out(list, sizeof(list) - 1);

    for (size_t i = 0; f->words[i] != NULL; i++) {
        nf_out_printf(&out, "%s%s", i == 0 ? "" : ", ", f->words[i]);
    }
    list[out.len] = '\0';
    return nf_refuse(fault, f->name, "must be one of: %s", list);
}

static nf_error_t
read_members(struct nf_json_reader *reader, json_t *json, char *object,
             struct nf_fault *fault)
{
    const char *name;
    json_t *value;

    json_object_foreach (json, name, value) {
        const struct nf_json_field *f = find_field(reader->fields, name);
        if (f == NULL) {
            reader->unknown++;
            if (reader->source == NF_JSON_OPERATOR) {
                return refuse_unknown(name, fault);
            }
            continue;
        }
        const char *why = decode(reader, f, value, object);
        if (why == no_memory) {
            return NF_NO_MEMORY;
        }
        if (why == unknown_word) {
            return refuse_word(f, fault);
        }
        if (why != NULL) {
            return nf_refuse(fault, f->name, "%s", why);
        }
        reader->has |= f->bit;
    }
    return NF_OK;
}

static nf_error_t
find_missing(const struct nf_json_field *fields, const json_t *json,
             struct nf_fault *fault)
{
    for (; fields->name != NULL; fields++) {
        if (fields->is_required && json_object_get(json, fields->name) == NULL)
        {
            return nf_refuse(fault, fields->name, "is missing");
        }
    }
    return NF_OK;
}

nf_error_t
nf_json_read(struct nf_json_reader *reader, struct nf_text text, void *object,
             struct nf_fault *fault)
{
    json_auto_t *json = NULL;
    nf_error_t err = nf_json_parse(text, 0, &json, fault);

    if (err != NF_OK) {
        return err;
    }
    if (!json_is_object(json)) {
        return nf_refuse(fault, "", "the body must be a JSON object");
    }
    err = read_members(reader, json, object, fault);
    return err != NF_OK ? err : find_missing(reader->fields, json, fault);
}
