#include "model/reservation.h"

#include "model/member.h"

void
nf_reservation_json(const struct nf_reservation *reservation,
                    struct nf_out *out)
{
    static const char *const states[] = {"offered", "held", "dropped"};
    char ip[NF_IP4_TEXT], card[NF_CARD_TEXT];

    nf_ip4_format(reservation->ip, ip);
    nf_card_format(&reservation->card, card);
    nf_out_printf(out,
                  "{\"ip\":\"%s\",\"card\":\"%s\",\"state\":\"%s\","
                  "\"batch\":%u",
                  ip, card, states[reservation->state],
                  (unsigned) reservation->batch);
    nf_member_time(out, "made_at", reservation->made_at);
    nf_member_time(out, "asked_at", reservation->asked_at);
    nf_out_putc(out, '}');
}
