#include "wish.h"

#include "boot_words.h"

#include "base/text.h"

#include <string.h>

enum {
    MB_MAX = 1 << 30, /* a pebibyte */
    GB_MAX = 1 << 20,
};

static bool
is_word(const json_t *member, const char *word)
{
    const char *text = json_string_value(member);

    return text != NULL && strcmp(text, word) == 0;
}

static bool
text_read(const json_t *object, const char *name, char *out, size_t size)
{
    const json_t *member = json_object_get(object, name);
    const char *text = json_string_value(member);

    return member == NULL || json_is_null(member)
           || (text != NULL && nf_text_copy(out, size, nf_text(text)));
}

static bool
number_read(const json_t *object, const char *name, int64_t max, int64_t *out)
{
    const json_t *member = json_object_get(object, name);

    if (member == NULL || json_is_null(member)) {
        return true;
    }
    *out = json_integer_value(member);
    return json_is_integer(member) && *out >= 0 && *out <= max;
}

static const char *
hints_read(const json_t *object, struct nf_hints *hints)
{
    const json_t *rotational = json_object_get(object, "rotational");
    const json_t *size = json_object_get(object, "size");
    const struct {
        const char *name, *wrong;
        char *out;
    } texts[] = {
        {"serial", "layout.hints.serial", hints->serial},
        {"wwn", "layout.hints.wwn", hints->wwn},
        {"model", "layout.hints.model", hints->model},
        {"by_path", "layout.hints.by_path", hints->by_path},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!text_read(object, texts[i].name, texts[i].out, NF_LABEL_SIZE)) {
            return texts[i].wrong;
        }
    }
    if (rotational != NULL && !json_is_null(rotational)) {
        hints->rotational = json_is_true(rotational);
    }
    return number_read(size, "min_gb", GB_MAX, &hints->min_gb)
                   && number_read(size, "max_gb", GB_MAX, &hints->max_gb)
               ? NULL
               : "layout.hints.size";
}

static bool
raid_read(const json_t *list, struct nf_wish *wish)
{
    size_t i;
    json_t *member;

    if (list == NULL || json_is_null(list)) {
        return true;
    }
    if (json_array_size(list) < 2 || json_array_size(list) > NF_WISH_RAID) {
        return false;
    }
    json_array_foreach (list, i, member) {
        const char *disk = json_string_value(member);
        if (disk == NULL || strncmp(disk, "/dev/", 5) != 0
            || !nf_disk_word_is_valid(disk)
            || !nf_text_copy(wish->raid[i], NF_WISH_DEVICE, nf_text(disk)))
        {
            return false;
        }
    }
    wish->raid_count = (int) json_array_size(list);
    return true;
}

const char *
nf_wish_read(const json_t *order, struct nf_wish *wish)
{
    const json_t *layout = json_object_get(order, "layout");
    int64_t need_mb = 0, esp_mb = 0;

    nf_wish_any(wish);
    if (!text_read(order, "disk", wish->device, sizeof wish->device)
        || !nf_disk_word_is_valid(wish->device))
    {
        return "disk";
    }
    if (!raid_read(json_object_get(layout, "raid1"), wish)) {
        return "layout.raid1";
    }
    if (!number_read(order, "need_mb", MB_MAX, &need_mb)) {
        return "need_mb";
    }
    if (!number_read(order, "esp_mb", MB_MAX, &esp_mb)) {
        return "esp_mb";
    }
    wish->needs_tpm = is_word(
        json_object_get(json_object_get(layout, "encrypt"), "unlock"), "tpm2");
    wish->needs_bios = json_is_true(json_object_get(order, "bios_only"));
    wish->need = need_mb << 20;
    wish->esp = esp_mb << 20;
    wish->is_msdos = is_word(json_object_get(layout, "table"), "msdos");
    return hints_read(json_object_get(layout, "hints"), &wish->hints);
}
