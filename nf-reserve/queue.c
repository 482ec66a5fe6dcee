#include "queue.h"

struct nf_waiting *
nf_queue_find(struct nf_queue *queue, const struct nf_card *card)
{
    for (size_t i = 0; i < queue->n; i++) {
        if (nf_card_equal(&queue->each[i].ask.card, card)) {
            return &queue->each[i];
        }
    }
    return NULL;
}

struct nf_waiting *
nf_queue_place(struct nf_queue *queue, const struct nf_card *card)
{
    struct nf_waiting *found = nf_queue_find(queue, card);

    return found != NULL || queue->n == NF_QUEUE_MAX ? found
                                                     : &queue->each[queue->n++];
}

void
nf_queue_sweep(struct nf_queue *queue)
{
    size_t n = 0;

    for (size_t i = 0; i < queue->n; i++) {
        if (queue->each[i].state == NF_WAITING_OVER) {
            continue;
        }
        if (n < i) {
            queue->each[n] = queue->each[i];
        }
        n++;
    }
    queue->n = n;
}

size_t
nf_queue_count(const struct nf_queue *queue, enum nf_waiting_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < queue->n; i++) {
        n += queue->each[i].state == state;
    }
    return n;
}
