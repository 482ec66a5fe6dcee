/*
 * Which ports of switches lead where: as JSON, or as a graph for Graphviz.
 *
 * It is written a buffer at a time, from where the last one ended, so that
 * nothing is held while a slow client reads.
 */
#include <ctype.h>

#include "api/ports.h"
#include "model/member.h"
#include "store/devices.h"
#include "store/links.h"
#include "store/ports.h"
#include "store/resource.h"

enum {
    LINE = 4096,   /* bytes of a switch or a link, at most */
    AT_ONCE = 250, /* ports looked at before others get their turn */
};

enum part {
    SWITCHES, /* themselves */
    PORTS,    /* what is behind those that were seen */
    HAND,     /* links by hand */
    END,
};

/* Where a link leads. */
enum to {
    TO_NODE,
    TO_SWITCH,
    TO_NEIGHBOR,
};

struct link {
    const char *device, *port;
    enum to to;
    char name[NF_PORT_WORDS]; /* of what is behind it */
    enum nf_link_way by;
};

struct form {
    const char *type, *begin, *between, *middle, *end;
    void (*put_switch)(struct nf_read *r,
                       const struct nf_managed_device *device,
                       struct nf_out *out);
    /* False: it is shown by the link of the other end. */
    bool (*put_link)(struct nf_read *r, const struct link *link,
                     const char *divider, struct nf_out *out);
};

struct topology {
    struct nf_stream stream; /* first: what is filled is this */
    const struct form *form;
    enum part part;
    char device[NF_MANAGED_NAME]; /* the last one, "": none yet */
    char port[NF_LINK_PORT];      /* and its last one */
    struct nf_resource_at link;   /* the last one by hand */
    bool has_one;                 /* of this part */
};

/* --- as JSON -----------------------------------------------------------------
 */

static const char *const kinds[] = {"node", "switch", "neighbor"};

static void
put_switch_json(struct nf_read *r, const struct nf_managed_device *device,
                struct nf_out *out)
{
    struct nf_switch_seen seen = {.ports = 0};

    (void) nf_switches_get(r, device->name, &seen);
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(device->name));
    nf_member_text(out, "driver", nf_managed_drivers[device->driver]);
    nf_member_text(out, "state",
                   device->state[0] == '\0' ? "unknown" : device->state);
    nf_member_time(out, "scanned_at", seen.scanned_at);
    nf_out_printf(out, ",\"ports\":%u}", seen.ports);
}

static bool
put_link_json(struct nf_read *r, const struct link *link, const char *divider,
              struct nf_out *out)
{
    (void) r;
    nf_out_puts(out, divider);
    nf_out_puts(out, "{\"switch\":");
    nf_out_json(out, nf_text(link->device));
    nf_member_text(out, "port", link->port);
    nf_out_printf(out, ",\"to\":{\"kind\":\"%s\"", kinds[link->to]);
    nf_member_text(out, link->to == TO_NODE ? "node" : "name", link->name);
    nf_out_putc(out, '}');
    nf_member_text(out, "by", nf_link_ways[link->by]);
    nf_out_putc(out, '}');
    return true;
}

/* --- as a graph --------------------------------------------------------------
 */

/* Of a quoted text only '"' and '\' mean anything to Graphviz. */
static void
put_quoted(const char *before, const char *text, struct nf_out *out)
{
    nf_out_putc(out, '"');
    nf_out_puts(out, before);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            nf_out_putc(out, '\\');
        }
        nf_out_putc(out, (unsigned char) *at < ' ' ? '?' : *at);
    }
    nf_out_putc(out, '"');
}

static void
put_switch_dot(struct nf_read *r, const struct nf_managed_device *device,
               struct nf_out *out)
{
    (void) r;
    nf_out_puts(out, "  ");
    put_quoted("switch ", device->name, out);
    nf_out_puts(out, " [shape=box, label=");
    put_quoted("", device->name, out);
    nf_out_puts(out, "];\n");
}

/* Two switches that see each other are joined once: by the one whose name is
 * first, if it was scanned. */
static bool
is_of_other(struct nf_read *r, const struct link *link)
{
    struct nf_switch_seen other;

    return link->to == TO_SWITCH && strcmp(link->device, link->name) > 0
           && nf_switches_get(r, link->name, &other) && other.ports > 0;
}

static bool
put_link_dot(struct nf_read *r, const struct link *link, const char *divider,
             struct nf_out *out)
{
    static const char *const before[] = {"node ", "switch ", "neighbor "};

    (void) divider;
    if (is_of_other(r, link)) {
        return false;
    }
    if (link->to != TO_SWITCH) {
        nf_out_puts(out, "  ");
        put_quoted(before[link->to], link->name, out);
        nf_out_puts(out, link->to == TO_NODE ? " [shape=oval, label="
                                             : " [shape=diamond, label=");
        put_quoted("", link->name, out);
        nf_out_puts(out, "];\n");
    }
    nf_out_puts(out, "  ");
    put_quoted("switch ", link->device, out);
    nf_out_puts(out, " -- ");
    put_quoted(before[link->to], link->name, out);
    nf_out_puts(out, " [taillabel=");
    put_quoted("", link->port, out);
    nf_out_puts(out, "];\n");
    return true;
}

static const struct form form_json = {
    .type = nf_type_json,
    .begin = "{\"switches\":[",
    .between = ",",
    .middle = "],\"links\":[",
    .end = "]}",
    .put_switch = put_switch_json,
    .put_link = put_link_json,
};

static const struct form form_dot = {
    .type = "text/vnd.graphviz",
    .begin = "graph nodefoundry {\n",
    .between = "",
    .middle = "",
    .end = "}\n",
    .put_switch = put_switch_dot,
    .put_link = put_link_dot,
};

/* --- what leads where --------------------------------------------------------
 */

static bool
is_switch(struct nf_read *r, const char *name)
{
    struct nf_managed_device device;

    return nf_devices_get(r, name, &device) && nf_managed_is_switch(&device);
}

static void
lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char) tolower((unsigned char) *text);
    }
}

/* The switch that a neighbor is: by its name or that up to the first dot, as it
 * says it or in lower case; false: none of ours. */
static bool
find_switch(struct nf_read *r, const char *said,
            char name[static NF_PORT_WORDS])
{
    const size_t lens[] = {strlen(said), strcspn(said, ".")};

    for (size_t i = 0; i < 2; i++) {
        (void) nf_text_copy(name, NF_PORT_WORDS,
                            (struct nf_text){said, lens[i]});
        if (is_switch(r, name)) {
            return true;
        }
        lower(name);
        if (is_switch(r, name)) {
            return true;
        }
    }
    return false;
}

static void
put_link(struct topology *t, struct nf_read *r, const struct link *link,
         struct nf_out *out)
{
    if (t->form->put_link(r, link, t->has_one ? t->form->between : "", out)) {
        t->has_one = true;
    }
}

/* Who says by LLDP that he is behind the port. */
static void
put_neighbor(struct topology *t, struct nf_read *r,
             const struct nf_port_seen *seen, struct nf_out *out)
{
    struct link link = {.device = t->device,
                        .port = seen->port.name,
                        .to = TO_SWITCH,
                        .by = NF_LINK_BY_LLDP};

    if (!find_switch(r, seen->port.neighbor, link.name)) {
        link.to = TO_NEIGHBOR;
        (void) nf_text_copy(link.name, sizeof(link.name),
                            nf_text(seen->port.neighbor));
    }
    put_link(t, r, &link, out);
}

/* The node whose address was learnt; one with a link by hand has it below. */
static bool
put_learnt(struct topology *t, struct nf_read *r,
           const struct nf_port_seen *seen, struct nf_out *out)
{
    struct link link = {
        .device = t->device, .port = seen->port.name, .to = TO_NODE};
    struct nf_port_link hand;
    char mac[NF_MAC_TEXT];
    nf_mac_t node;

    if (!nf_ports_node(r, t->device, seen, &node, &link.by)) {
        return false;
    }
    if (!nf_links_get(r, node, &hand)) {
        nf_mac_format(node, mac);
        (void) nf_text_copy(link.name, sizeof(link.name), nf_text(mac));
        put_link(t, r, &link, out);
    }
    return true;
}

static void
put_port(struct topology *t, struct nf_read *r, struct nf_text json,
         struct nf_out *out)
{
    struct nf_port_seen seen;
    struct nf_fault fault;

    if (nf_port_seen_read(json, &seen, &fault) == NF_OK
        && !put_learnt(t, r, &seen, out) && seen.port.neighbor[0] != '\0')
    {
        put_neighbor(t, r, &seen, out);
    }
}

/* --- a buffer at a time ------------------------------------------------------
 */

static bool
has_room(const struct nf_out *out)
{
    return out->cap - out->len >= LINE;
}

/* The switch behind t->device. */
static bool
next_switch(struct topology *t, struct nf_read *r,
            struct nf_managed_device *device)
{
    const struct nf_resource *resource = nf_resource_of(NF_DEVICES);
    struct nf_resource_at at = {.has_begun = t->device[0] != '\0'};

    (void) nf_text_copy(at.name, sizeof(at.name), nf_text(t->device));
    while (nf_resource_next(r, resource, &at)
           && nf_devices_get(r, at.name, device)) {
        if (nf_managed_is_switch(device)) {
            memcpy(t->device, device->name, sizeof(t->device));
            return true;
        }
    }
    return false;
}

/* Each part: true, it is over. */
static bool
fill_switches(struct topology *t, struct nf_read *r, struct nf_out *out)
{
    struct nf_managed_device device;

    while (has_room(out)) {
        if (!next_switch(t, r, &device)) {
            nf_out_puts(out, t->form->middle);
            t->device[0] = '\0';
            return true;
        }
        nf_out_puts(out, t->has_one ? t->form->between : "");
        t->form->put_switch(r, &device, out);
        t->has_one = true;
    }
    return false;
}

static bool
fill_ports(struct topology *t, struct nf_read *r, struct nf_out *out)
{
    struct nf_managed_device device;
    struct nf_text json;

    for (unsigned n = 0; n < AT_ONCE && has_room(out); n++) {
        if (t->device[0] != '\0' && nf_ports_next(r, t->device, t->port, &json))
        {
            put_port(t, r, json, out);
            continue;
        }
        t->port[0] = '\0';
        if (!next_switch(t, r, &device)) {
            return true;
        }
    }
    return false;
}

static bool
fill_hand(struct topology *t, struct nf_read *r, struct nf_out *out)
{
    struct nf_port_link link;
    char mac[NF_MAC_TEXT];

    while (has_room(out)) {
        if (!nf_resource_next(r, nf_resource_of(NF_LINKS), &t->link)
            || !nf_links_get(r, t->link.mac, &link))
        {
            nf_out_puts(out, t->form->end);
            return true;
        }
        struct link shown = {.device = link.device,
                             .port = link.port,
                             .to = TO_NODE,
                             .by = NF_LINK_BY_HAND};
        nf_mac_format(link.node, mac);
        (void) nf_text_copy(shown.name, sizeof(shown.name), nf_text(mac));
        put_link(t, r, &shown, out);
    }
    return false;
}

static nf_error_t
fill(struct nf_stream *s, const struct nf_site *site, struct nf_out *out)
{
    static bool (*const parts[])(struct topology * t, struct nf_read * r,
                                 struct nf_out * out) = {
        [SWITCHES] = fill_switches, [PORTS] = fill_ports, [HAND] = fill_hand};
    struct topology *t = (struct topology *) s;
    NF_READ(r, site->store);

    nf_out_puts(out, s->is_open ? "" : t->form->begin);
    s->is_open = true;
    if (parts[t->part](t, &r, out)) {
        t->has_one = t->part != SWITCHES && t->has_one;
        t->part++;
    }
    s->is_done = t->part == END;
    if (!s->is_done && out->len == 0) {
        nf_out_putc(out, '\n'); /* nothing written would be waited for */
    }
    return r.err;
}

nf_error_t
nf_api_topology(struct nf_call *call, struct nf_scope *scope)
{
    struct topology *t = nf_arena_take(call->arena, sizeof(*t));
    struct nf_text format = NF_TEXT("json");

    (void) scope;
    (void) nf_query(call, "format", &format);
    bool is_dot = nf_text_equal(format, NF_TEXT("dot"));
    if (!is_dot && !nf_text_equal(format, NF_TEXT("json"))) {
        return nf_refuse(&call->fault, "format", "must be json or dot");
    }
    if (t == NULL) {
        return NF_NO_MEMORY;
    }
    *t = (struct topology){.form = is_dot ? &form_dot : &form_json};
    t->stream.fill = fill;
    nf_error_t err = nf_reply_stream(call, &t->stream);
    call->type = t->form->type;
    return err;
}
