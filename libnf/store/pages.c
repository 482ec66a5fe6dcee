/*
 * LMDB's file, version 1: pages of one size, the first two of them meta pages
 * that are written in turn.  A meta page names the roots of two trees: the list
 * of free pages, and the names of the tables, each with a root of its own.
 *
 *   page    number (8), pad (2), flags (2), then
 *           lower, upper (2, 2): offsets of nodes from 16 to lower, nodes from
 *           upper to the end; or how many pages an overflow has (4)
 *   node    size or page number (4), flags or more of the number (2), size of
 *           the key (2), key, data
 *   tree    pad (4), flags (2), depth (2), pages of branches, of leaves, of
 *           overflows, entries, root (8 each)
 *   meta    magic, version (4, 4), address, size of the map (8, 8), two trees,
 *           last page, number of the commit (8, 8)
 */
#include "store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEAD = 16, /* bytes of a page before what it holds */
    NODE = 8,  /* and of a node */
    TREE = 48,
    META = 24 + 2 * TREE + 16,
    KEY_MAX = 511,
    DEPTH_MAX = 32,
    TABLES_MAX = 128,
    PAGE_MIN = 512,
    PAGE_MAX = 65536,

    MAGIC = 0xbeefc0de,
    VERSION = 1,
    IS_BRANCH = 1,
    IS_LEAF = 2,
    IS_OVERFLOW = 4,
    IS_META = 8,
    HAS_OVERFLOW = 1, /* of a node */
    HAS_TREE = 2,
    BY_NUMBER = 8,       /* of the tree of free pages, and there stands too */
    IS_ONE_FILE = 0x4000 /* how the store was opened */
};

#define NO_PAGE UINT64_MAX

struct tree {
    uint64_t flags, depth, root;
    uint64_t branches, leaves, overflows, entries;
};

struct meta {
    uint64_t page_size, last_page, commit;
    struct tree free, tables;
};

struct walk {
    int fd;
    uint64_t size;    /* of the file */
    uint8_t *seen;    /* a bit for each page that is in use or free */
    uint8_t *buffers; /* one page for each level of a tree */
    struct meta meta;
    struct nf_fault *fault;
    nf_error_t err;

    /* of the tree that is being walked */
    bool is_free_list, has_tables;
    struct tree found;
    size_t last_len;
    uint8_t last_key[KEY_MAX];
    struct nf_bytes least; /* the next key is this one or behind it; len 0: any
                              behind the last */

    size_t tables_n;
    struct tree tables[TABLES_MAX];
};

struct node {
    struct nf_bytes key;
    const uint8_t *data;
    size_t data_len;
    unsigned flags;
};

static uint64_t
number_at(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    memcpy(&number, bytes, size); /* little-endian, as all that is stored */
    return number;
}

static bool
fail(struct walk *walk, uint64_t page, const char *why)
{
    if (walk->err == NF_OK) {
        (void) nf_refuse(walk->fault, "", "page %llu %s",
                         (unsigned long long) page, why);
        walk->err = NF_CORRUPT;
    }
    return false;
}

/* --- reading -----------------------------------------------------------------
 */

/* False: the disk fails (walk->err), or the file ends. */
static bool
read_at(struct walk *walk, void *to, size_t size, uint64_t at)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(walk->fd, (char *) to + done, size - done,
                          (off_t) (at + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            walk->err = n < 0 ? NF_IO : walk->err;
            return false;
        }
        done += (size_t) n;
    }
    return true;
}

static struct tree
tree_at(const uint8_t *bytes)
{
    return (struct tree){
        .flags = number_at(bytes + 4, 2),
        .depth = number_at(bytes + 6, 2),
        .branches = number_at(bytes + 8, 8),
        .leaves = number_at(bytes + 16, 8),
        .overflows = number_at(bytes + 24, 8),
        .entries = number_at(bytes + 32, 8),
        .root = number_at(bytes + 40, 8),
    };
}

/* The meta page that begins there; false: it is none. */
static bool
read_meta(struct walk *walk, uint64_t at, struct meta *meta)
{
    uint8_t bytes[HEAD + META];
    const uint8_t *from = bytes + HEAD;

    if (!read_at(walk, bytes, sizeof(bytes), at)
        || (number_at(bytes + 10, 2) & IS_META) == 0
        || number_at(from, 4) != MAGIC || number_at(from + 4, 4) != VERSION)
    {
        return false;
    }
    *meta = (struct meta){
        .page_size = number_at(from + 24, 4),
        .free = tree_at(from + 24),
        .tables = tree_at(from + 24 + TREE),
        .last_page = number_at(from + 24 + 2 * TREE, 8),
        .commit = number_at(from + 24 + 2 * TREE + 8, 8),
    };
    return meta->page_size >= PAGE_MIN && meta->page_size <= PAGE_MAX
           && (meta->page_size & (meta->page_size - 1)) == 0
           && number_at(from + 16, 8) / meta->page_size > meta->last_page;
}

/* The newer one, or the one of this commit. */
static bool
choose_meta(struct walk *walk, const uint64_t *commit)
{
    struct meta one, two;

    if (!read_meta(walk, 0, &one) || !read_meta(walk, one.page_size, &two)
        || one.page_size != two.page_size || one.commit % 2 != 0
        || (two.commit % 2 != 1 && two.commit != 0))
    {
        return fail(walk, 0, "or 1 is not a head of a store");
    }
    walk->meta = two.commit > one.commit ? two : one;
    if (commit != NULL && walk->meta.commit != *commit) {
        walk->meta = two.commit > one.commit ? one : two;
        if (walk->meta.commit != *commit) {
            walk->err = NF_BUSY;
            return false;
        }
    }
    return true;
}

/* Each page has one place.  One behind the file's end may be free, for LMDB
 * does not write what is free again by the end of its commit. */
static bool
take(struct walk *walk, uint64_t page, bool is_used)
{
    uint64_t there = walk->size / walk->meta.page_size;

    if (page < 2 || page > walk->meta.last_page) {
        return fail(walk, page, "is outside the store");
    }
    if (page >= there) {
        return !is_used || fail(walk, page, "is beyond the end of the file");
    }
    if (walk->seen[page / 8] & 1u << page % 8) {
        return fail(walk, page, "is used twice");
    }
    walk->seen[page / 8] |= (uint8_t) (1u << page % 8);
    return true;
}

/* --- what a node leads to ----------------------------------------------------
 */

/* Its pages, all of them; *at is where its data begins in the file. */
static bool
take_overflow(struct walk *walk, const struct node *node, uint64_t *at)
{
    uint64_t size = walk->meta.page_size, page = number_at(node->data, 8);
    uint64_t n = (HEAD - 1 + node->data_len) / size + 1;
    uint8_t head[HEAD];

    *at = page * size + HEAD;
    for (uint64_t i = 0; i < n; i++) {
        if (!take(walk, page + i, true)) {
            return false;
        }
    }
    if (!read_at(walk, head, sizeof(head), page * size)) {
        return fail(walk, page, "cannot be read");
    }
    uint64_t pages = number_at(head + 12, 4);
    if (number_at(head, 8) != page || number_at(head + 10, 2) != IS_OVERFLOW
        || pages < n)
    {
        return fail(walk, page, "is not what a record points to");
    }
    for (uint64_t i = n; i < pages; i++) { /* a longer record had them */
        if (!take(walk, page + i, true)) {
            return false;
        }
    }
    walk->found.overflows += pages;
    return true;
}

/* How many free pages, then which, the last one first. */
static bool
take_free(struct walk *walk, const struct node *node, const uint8_t *numbers,
          uint64_t page)
{
    uint64_t n = number_at(numbers, 8), before = NO_PAGE;

    if (node->data_len < 8 || n > node->data_len / 8 - 1) {
        return fail(walk, page, "has a broken list of free pages");
    }
    for (uint64_t i = 1; i <= n; i++) {
        uint64_t one = number_at(numbers + 8 * i, 8);
        if (one >= before) {
            return fail(walk, page, "has a broken list of free pages");
        }
        if (!take(walk, one, false)) {
            return false;
        }
        before = one;
    }
    return true;
}

static bool
take_free_far(struct walk *walk, const struct node *node, uint64_t at,
              uint64_t page)
{
    uint8_t *numbers = malloc(node->data_len);

    if (numbers == NULL) {
        walk->err = NF_NO_MEMORY;
        return false;
    }
    bool is_fine = read_at(walk, numbers, node->data_len, at)
                   && take_free(walk, node, numbers, page);
    free(numbers);
    return is_fine || fail(walk, page, "has a broken list of free pages");
}

static bool
take_data(struct walk *walk, const struct node *node, uint64_t page)
{
    uint64_t at = 0;

    switch (node->flags) {
    case 0:
        return !walk->is_free_list || take_free(walk, node, node->data, page);
    case HAS_OVERFLOW:
        return take_overflow(walk, node, &at)
               && (!walk->is_free_list || take_free_far(walk, node, at, page));
    case HAS_TREE:
        if (walk->has_tables && node->data_len == TREE
            && walk->tables_n < TABLES_MAX) {
            walk->tables[walk->tables_n++] = tree_at(node->data);
            return true;
        }
        return fail(walk, page, "has a broken table");
    default:
        return fail(walk, page, "has a record of an unknown kind");
    }
}

/* --- pages -------------------------------------------------------------------
 */

/* As LMDB orders keys: numbers in the free list, else bytes. */
static int
compare(const struct walk *walk, struct nf_bytes a, struct nf_bytes b)
{
    if (walk->is_free_list) {
        uint64_t one = number_at(a.data, 8), two = number_at(b.data, 8);
        return (one > two) - (one < two);
    }
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
is_key(const struct walk *walk, struct nf_bytes key)
{
    return walk->is_free_list ? key.len == 8 : key.len > 0;
}

static bool
is_behind_last(const struct walk *walk, struct nf_bytes key)
{
    struct nf_bytes last = {walk->last_key, walk->last_len};

    return walk->last_len == 0 || compare(walk, key, last) > 0;
}

/* The i-th of a page; *room is what it takes there. */
static bool
read_node(const struct walk *walk, const uint8_t *page, size_t i, bool is_leaf,
          struct node *node, size_t *room)
{
    size_t size = walk->meta.page_size;
    size_t at = number_at(page + HEAD + 2 * i, 2);
    size_t upper = number_at(page + 14, 2);

    if (at < upper || at % 2 != 0 || at + NODE > size) {
        return false;
    }
    const uint8_t *from = page + at;
    *node = (struct node){.flags = (unsigned) number_at(from + 4, 2),
                          .key = {from + NODE, number_at(from + 6, 2)}};
    node->data_len = is_leaf ? number_at(from, 4) : 0;
    node->data = from + NODE + node->key.len;
    size_t held = is_leaf && node->flags & HAS_OVERFLOW ? 8 : node->data_len;
    *room = (NODE + node->key.len + held + 1) & ~(size_t) 1;
    return node->key.len <= KEY_MAX && held <= size && at + *room <= size;
}

static bool
take_leaf(struct walk *walk, const struct node *node, uint64_t page)
{
    if (!is_key(walk, node->key) || !is_behind_last(walk, node->key)
        || (walk->least.len > 0 && compare(walk, node->key, walk->least) < 0))
    {
        return fail(walk, page, "has keys out of order");
    }
    walk->least.len = 0;
    memcpy(walk->last_key, node->key.data, node->key.len);
    walk->last_len = node->key.len;
    walk->found.entries++;
    return take_data(walk, node, page);
}

/* The nodes of a page, which fill it from upper to its end. */
static bool
take_nodes(struct walk *walk, const uint8_t *bytes, uint64_t page, bool is_leaf)
{
    size_t n = (number_at(bytes + 12, 2) - HEAD) / 2, sum = 0, room;
    struct node node;

    for (size_t i = 0; i < n; i++) {
        if (!read_node(walk, bytes, i, is_leaf, &node, &room)) {
            return fail(walk, page, "has a broken record");
        }
        sum += room;
        if (is_leaf && !take_leaf(walk, &node, page)) {
            return false;
        }
    }
    return sum == walk->meta.page_size - number_at(bytes + 14, 2)
           || fail(walk, page, "has records that overlap");
}

static bool
read_page(struct walk *walk, uint64_t page, bool is_leaf, uint8_t *bytes)
{
    size_t size = walk->meta.page_size;

    if (!take(walk, page, true)) {
        return false;
    }
    if (!read_at(walk, bytes, size, page * size)) {
        return fail(walk, page, "cannot be read");
    }
    uint64_t lower = number_at(bytes + 12, 2), upper = number_at(bytes + 14, 2);
    bool is_fine =
        number_at(bytes, 8) == page
        && number_at(bytes + 10, 2) == (is_leaf ? IS_LEAF : IS_BRANCH)
        && lower % 2 == 0 && lower >= HEAD + (is_leaf ? 2 : 4) && lower <= upper
        && upper <= size;
    return is_fine || fail(walk, page, "is not what points to it");
}

/* To the i-th child, whose keys are those from its own one on; the first one
 * has none, or one that means nothing. */
static bool
enter(struct walk *walk, const uint8_t *bytes, size_t i, uint64_t page,
      uint64_t *child)
{
    struct node node;
    size_t room;

    if (!read_node(walk, bytes, i, false, &node, &room)) {
        return fail(walk, page, "has a broken record");
    }
    *child = number_at((const uint8_t *) node.key.data - NODE, 6);
    if (i > 0) {
        if (!is_key(walk, node.key) || !is_behind_last(walk, node.key)) {
            return fail(walk, page, "has keys out of order");
        }
        walk->least = node.key;
    }
    return true;
}

static bool
walk_page(struct walk *walk, uint64_t page, uint64_t level, uint64_t depth)
{
    bool is_leaf = level + 1 == depth;
    uint8_t *bytes = walk->buffers + level * walk->meta.page_size;

    if (!read_page(walk, page, is_leaf, bytes)
        || !take_nodes(walk, bytes, page, is_leaf))
    {
        return false;
    }
    *(is_leaf ? &walk->found.leaves : &walk->found.branches) += 1;
    size_t n = is_leaf ? 0 : (number_at(bytes + 12, 2) - HEAD) / 2;
    for (size_t i = 0; i < n; i++) {
        uint64_t child = 0;
        if (!enter(walk, bytes, i, page, &child)
            || !walk_page(walk, child, level + 1, depth))
        {
            return false;
        }
    }
    return true;
}

/* --- trees -------------------------------------------------------------------
 */

static bool
is_as_told(const struct tree *told, const struct tree *found)
{
    return told->branches == found->branches && told->leaves == found->leaves
           && told->overflows == found->overflows
           && told->entries == found->entries;
}

static bool
walk_tree(struct walk *walk, const struct tree *tree)
{
    bool is_free_list = walk->is_free_list;

    walk->found = (struct tree){.flags = 0};
    walk->last_len = walk->least.len = 0;
    if (is_free_list ? (tree->flags & ~(uint64_t) IS_ONE_FILE) != BY_NUMBER
                     : tree->flags != 0)
    {
        return fail(walk, tree->root, "belongs to a table of an unknown kind");
    }
    if (tree->root == NO_PAGE) {
        return (tree->depth == 0 && is_as_told(tree, &walk->found))
               || fail(walk, 0, "counts records in an empty table");
    }
    if (tree->depth == 0 || tree->depth > DEPTH_MAX) {
        return fail(walk, tree->root, "belongs to a table of an invalid depth");
    }
    return walk_page(walk, tree->root, 0, tree->depth)
           && (is_as_told(tree, &walk->found)
               || fail(walk, tree->root, "has a wrong count of records"));
}

static void
walk_all(struct walk *walk)
{
    uint64_t pages = walk->size / walk->meta.page_size;

    walk->seen = calloc(pages / 8 + 1, 1);
    walk->buffers = malloc(DEPTH_MAX * walk->meta.page_size);
    if (walk->seen == NULL || walk->buffers == NULL) {
        walk->err = NF_NO_MEMORY;
        return;
    }
    walk->is_free_list = true;
    bool is_fine = walk_tree(walk, &walk->meta.free);
    walk->is_free_list = false;
    walk->has_tables = true;
    is_fine = is_fine && walk_tree(walk, &walk->meta.tables);
    walk->has_tables = false;
    for (size_t i = 0; is_fine && i < walk->tables_n; i++) {
        is_fine = walk_tree(walk, &walk->tables[i]);
    }
}

/* Whether the file reaches as far as its newest commit; *commit is that one's
 * number.  The file is measured after its head is read, for it only grows.
 * What has no head is LMDB's to refuse; an empty file it would make a store. */
static bool
reaches_its_end(struct walk *walk, uint64_t *commit)
{
    struct stat st;
    bool has_head = choose_meta(walk, NULL);

    if (fstat(walk->fd, &st) != 0) {
        walk->err = NF_IO;
        return true;
    }
    walk->size = (uint64_t) st.st_size;
    *commit = walk->meta.commit;
    return has_head ? walk->size / walk->meta.page_size > walk->meta.last_page
                    : walk->size != 0;
}

static nf_error_t
check(int fd, const uint64_t *commit, struct nf_fault *fault)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return NF_IO;
    }
    struct walk *walk = calloc(1, sizeof(*walk));
    if (walk == NULL) {
        return NF_NO_MEMORY;
    }
    *walk =
        (struct walk){.fd = fd, .size = (uint64_t) st.st_size, .fault = fault};
    if (choose_meta(walk, commit)) {
        walk_all(walk);
    }
    nf_error_t err = walk->err;
    free(walk->seen);
    free(walk->buffers);
    free(walk);
    return err;
}

nf_error_t
nf_pages_check(const char *path, struct nf_fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? NF_NOT_FOUND : NF_IO;
    }
    nf_error_t err = check(fd, NULL, fault);
    close(fd);
    return err;
}

nf_error_t
nf_pages_check_of(int fd, uint64_t commit, struct nf_fault *fault)
{
    return check(fd, &commit, fault);
}

/* While others write, a commit that is two behind has no pages of its own:
 * what is found then says nothing, and the newest is looked at. */
nf_error_t
nf_pages_look(int fd)
{
    uint64_t commit = 0, before;
    nf_error_t err;

    do {
        struct nf_fault fault = {0};
        struct walk walk = {.fd = fd, .fault = &fault};

        before = commit;
        if (reaches_its_end(&walk, &commit)) {
            return walk.err == NF_IO ? NF_IO : NF_OK;
        }
        err = check(fd, &commit, &fault);
    } while ((err == NF_CORRUPT || err == NF_BUSY) && commit != before);
    return err == NF_CORRUPT ? NF_CUT : err;
}
