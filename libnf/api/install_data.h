#ifndef NF_API_INSTALL_DATA_H
#define NF_API_INSTALL_DATA_H

/*
 * What nf-agent in RAM is told to do by, from the profile as it was when the
 * task was made.  For the files of this folder.
 */

#include "api/reply.h"
#include "base/value.h"
#include "model/task.h"
#include "render/token.h"

struct nf_install_data {
    const struct nf_node *node;
    const struct nf_task *task;
    struct nf_value profile; /* an empty map when the task has none */
    nf_mac_t
        card; /* of the agent that asks; the node's, when it does not say */
    char token[NF_TOKEN_TEXT];
};

nf_error_t nf_install_data_read(struct nf_call *call, struct nf_scope *scope,
                                const struct nf_node *node,
                                const struct nf_task *task,
                                struct nf_install_data *data);

/* {"scripts":[{"name","script": base64}],"raid":{...} if there is one} */
void nf_put_hardware_config(struct nf_out *out,
                            const struct nf_install_data *data);

/* {"network":{...}} */
void nf_put_network_config(struct nf_out *out,
                           const struct nf_install_data *data);

/* {"install_method","os_type",...,"order_url","token"} */
void nf_put_install_config(struct nf_out *out,
                           const struct nf_install_data *data);

#endif
