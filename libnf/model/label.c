#include "model/label.h"

#include <stdio.h>
#include <stdlib.h>

#include "json/tree.h"

static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char all[] = "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";

bool
nf_label_is_value(struct nf_text text)
{
    struct nf_text first = {text.data, 1};

    if (text.len == 0) {
        return true;
    }
    struct nf_text last = {text.data + text.len - 1, 1};
    return text.len <= NF_LABEL_MAX && nf_text_has_only(text, all)
           && nf_text_has_only(first, alphanumeric)
           && nf_text_has_only(last, alphanumeric);
}

bool
nf_label_is_key(struct nf_text text)
{
    return text.len > 0 && nf_label_is_value(text);
}

/* --- as they are kept --------------------------------------------------------
 */

/* What stands up to the next quote, and *rest behind it. */
static bool
take_quoted(struct nf_text *rest, struct nf_text *text)
{
    (void) nf_text_cut(rest, '"');
    if (rest->data == NULL) {
        return false;
    }
    *text = nf_text_cut(rest, '"');
    return rest->data != NULL;
}

bool
nf_labels_next(struct nf_text *rest, struct nf_label *label)
{
    return rest->data != NULL && take_quoted(rest, &label->key)
           && take_quoted(rest, &label->value);
}

bool
nf_labels_find(struct nf_text labels, struct nf_text key, struct nf_text *value)
{
    struct nf_label label;

    while (nf_labels_next(&labels, &label)) {
        if (nf_text_equal(label.key, key)) {
            *value = label.value;
            return true;
        }
    }
    return false;
}

/* --- changing ----------------------------------------------------------------
 */

struct set {
    size_t n;
    struct nf_label labels[2 * NF_LABELS];
};

static int
compare(const void *a, const void *b)
{
    const struct nf_label *x = a, *y = b;
    size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
    int order = memcmp(x->key.data, y->key.data, len);

    return order != 0                ? order
           : x->key.len < y->key.len ? -1
                                     : x->key.len > y->key.len;
}

static void
drop(struct set *set, struct nf_text key)
{
    for (size_t i = 0; i < set->n; i++) {
        if (nf_text_equal(set->labels[i].key, key)) {
            set->labels[i] = set->labels[--set->n];
            return;
        }
    }
}

static nf_error_t
refuse_label(struct nf_fault *fault, const char *key, const char *why)
{
    char field[sizeof(fault->field)];
    bool is_key = nf_label_is_key(nf_text(key));

    snprintf(field, sizeof(field), is_key ? "labels.%.38s" : "labels", key);
    return nf_refuse(fault, field, "%s", why);
}

/* One member of the patch. */
static nf_error_t
apply(struct set *set, const struct nf_member *member, struct nf_fault *fault)
{
    struct nf_text key = nf_text(member->name);

    if (!nf_label_is_key(key)) {
        return refuse_label(fault, member->name,
                            "keys must be 1 to 63 letters, digits and . _ - /, "
                            "beginning and ending with a letter or digit");
    }
    drop(set, key);
    if (member->value.kind == NF_VALUE_NONE) {
        return NF_OK;
    }
    if (member->value.kind != NF_VALUE_TEXT
        || !nf_label_is_value(member->value.text))
    {
        return refuse_label(
            fault, member->name,
            "must be a string of at most 63 letters, digits and "
            ". _ - /, beginning and ending with a letter or "
            "digit, or null");
    }
    if (set->n == NF_LABELS) {
        return nf_refuse(fault, "labels", "must be at most %d", NF_LABELS);
    }
    set->labels[set->n++] = (struct nf_label){key, member->value.text};
    return NF_OK;
}

static nf_error_t
write_set(struct set *set, struct nf_out *out, struct nf_fault *fault)
{
    size_t size = 2;

    for (size_t i = 0; i < set->n; i++) {
        size += set->labels[i].key.len + set->labels[i].value.len + 6;
    }
    if (size > NF_LABELS_JSON_MAX) {
        return nf_refuse(fault, "labels", "must be at most %d bytes together",
                         NF_LABELS_JSON_MAX);
    }
    qsort(set->labels, set->n, sizeof(set->labels[0]), compare);
    for (size_t i = 0; i < set->n; i++) {
        nf_out_puts(out, i == 0 ? "{" : ",");
        nf_out_json(out, set->labels[i].key);
        nf_out_putc(out, ':');
        nf_out_json(out, set->labels[i].value);
    }
    nf_out_puts(out, set->n > 0 ? "}" : "");
    return NF_OK;
}

nf_error_t
nf_labels_merge(struct nf_text labels, struct nf_text patch, nf_arena_t *arena,
                struct nf_out *out, struct nf_fault *fault)
{
    struct set set = {0};
    struct nf_value map;
    nf_error_t err = nf_json_tree(patch, arena, &map, fault);

    if (err != NF_OK || map.kind != NF_VALUE_MAP) {
        return err != NF_OK ? err
                            : nf_refuse(fault, "labels", "must be an object");
    }
    while (set.n < NF_LABELS && nf_labels_next(&labels, &set.labels[set.n])) {
        set.n++;
    }
    /* What goes makes room for what comes. */
    for (int is_removed = 1; is_removed >= 0; is_removed--) {
        for (size_t i = 0; i < map.map.n && err == NF_OK; i++) {
            const struct nf_member *member = &map.map.members[i];
            if ((member->value.kind == NF_VALUE_NONE) == is_removed) {
                err = apply(&set, member, fault);
            }
        }
    }
    return err != NF_OK ? err : write_set(&set, out, fault);
}

/* --- selectors ---------------------------------------------------------------
 */

static nf_error_t
read_term(struct nf_text text, struct nf_selector *selector,
          struct nf_fault *fault)
{
    struct nf_text rest = text, key = nf_text_cut(&rest, '=');
    enum nf_term_kind kind = rest.data != NULL ? NF_TERM_IS : NF_TERM_HAS;

    if (kind == NF_TERM_IS && nf_text_ends(key, NF_TEXT("!"))) {
        kind = NF_TERM_IS_NOT;
        key.len--;
    } else if (kind == NF_TERM_IS && nf_text_starts(rest, NF_TEXT("="))) {
        rest = (struct nf_text){rest.data + 1, rest.len - 1};
    } else if (kind == NF_TERM_HAS && nf_text_starts(key, NF_TEXT("!"))) {
        kind = NF_TERM_LACKS;
        key = (struct nf_text){key.data + 1, key.len - 1};
    }
    struct nf_text value = rest.data != NULL ? rest : NF_TEXT("");
    if (!nf_label_is_key(key) || !nf_label_is_value(value)) {
        return nf_refuse(
            fault, "label",
            "must be key=value, key!=value, key or !key, comma-separated");
    }
    if (selector->n == NF_SELECTOR_TERMS) {
        return nf_refuse(fault, "label", "must have at most %d terms",
                         NF_SELECTOR_TERMS);
    }
    selector->terms[selector->n].kind = kind;
    selector->terms[selector->n++].label = (struct nf_label){key, value};
    return NF_OK;
}

nf_error_t
nf_selector_read(struct nf_text text, struct nf_selector *selector,
                 struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    selector->n = 0;
    while (err == NF_OK && text.data != NULL) {
        err = read_term(nf_text_cut(&text, ','), selector, fault);
    }
    return err;
}

bool
nf_selector_chooses(const struct nf_selector *selector, struct nf_text labels)
{
    for (size_t i = 0; i < selector->n; i++) {
        const struct nf_label *wanted = &selector->terms[i].label;
        struct nf_text value;
        bool has = nf_labels_find(labels, wanted->key, &value);
        bool is = has && nf_text_equal(value, wanted->value);
        bool holds[] = {[NF_TERM_IS] = is,
                        [NF_TERM_IS_NOT] = !is,
                        [NF_TERM_HAS] = has,
                        [NF_TERM_LACKS] = !has};
        if (!holds[selector->terms[i].kind]) {
            return false;
        }
    }
    return true;
}
