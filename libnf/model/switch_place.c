#include "model/switch_place.h"

#include "json/field.h"

const char *const nf_vlan_goals[NF_VLAN_GOAL_COUNT + 1] = {
#define X(goal, word) [goal] = (word),
    NF_VLAN_GOALS(X)
#undef X
};

void
nf_switch_place_read(struct nf_text arguments, struct nf_switch_place *place)
{
    static const struct nf_json_field members[] = {
        {"switch", NF_JSON_TEXT,
         .offset = offsetof(struct nf_switch_place, device),
         .size = NF_MANAGED_NAME},
        {"port", NF_JSON_TEXT, .offset = offsetof(struct nf_switch_place, port),
         .size = NF_LINK_PORT},
        {0},
    };
    struct nf_json_reader reader = {.fields = members, .source = NF_JSON_AGENT};
    struct nf_fault ignored;

    *place = (struct nf_switch_place){.device = ""};
    if (nf_json_read(&reader, arguments, place, &ignored) != NF_OK) {
        *place = (struct nf_switch_place){.device = ""};
    }
}

bool
nf_vlan_goal_read(struct nf_text arguments, enum nf_vlan_goal *goal)
{
    static const struct nf_json_field members[] = {
        {"vlan", NF_JSON_WORD, .words = nf_vlan_goals, .is_required = true},
        {0},
    };
    struct nf_json_reader reader = {.fields = members, .source = NF_JSON_AGENT};
    struct nf_fault ignored;
    uint8_t word;

    if (nf_json_read(&reader, arguments, &word, &ignored) != NF_OK) {
        return false;
    }
    *goal = (enum nf_vlan_goal) word;
    return true;
}
