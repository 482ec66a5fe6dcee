#include "base/nearest.h"

enum {
    NEAR_MAX = 3
};

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, with the last three rows of its table. */
size_t
nf_text_distance(struct nf_text a, struct nf_text b)
{
    size_t rows[3][NF_NEAREST_MAX + 1];

    if (a.len > NF_NEAREST_MAX || b.len > NF_NEAREST_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *up = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool differs = a.data[i - 1] != b.data[j - 1];
            row[j] = least(least(up[j], row[j - 1]) + 1, up[j - 1] + differs);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2]
                && a.data[i - 2] == b.data[j - 1])
            {
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

/* A third of the letters may be wrong, and no more than three. */
void
nf_nearest_look(struct nf_nearest *nearest, const char *word)
{
    size_t distance = nf_text_distance(nearest->typed, nf_text(word));
    size_t limit = least(NEAR_MAX, nearest->typed.len / 3);

    if (distance <= limit
        && (nearest->word == NULL || distance < nearest->distance))
    {
        nearest->word = word;
        nearest->distance = distance;
    }
}
